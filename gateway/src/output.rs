//! Standard output. The printing macros panic on a closed pipe.

use std::fmt::Display;
use std::io::{self, Write as _};

use crate::failure::{Failure, other};

pub(crate) fn line(text: impl Display) -> Result<(), Failure> {
    writeln!(io::stdout().lock(), "{text}")
        .map_err(|error| other(format!("standard output: {error}")))
}
