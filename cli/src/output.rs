//! Standard output and standard error: colours where they can be seen, and no complaint when a reader has seen
//! enough and closes the pipe.

use std::io::{ErrorKind, Write as _};

use anstyle::{AnsiColor, Style};
use clap::{Args, ValueEnum};

use crate::failure::{Failure, failed_at};

pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default().bold();
pub(crate) const HEADING: Style = Style::new().bold();
pub(crate) const FAINT: Style = Style::new().dimmed();

/// How a command says what it found.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    Text,
    Json,
}

#[derive(Args)]
pub(crate) struct OutputArgs {
    /// For people, or for programs: JSON, one object a line
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    pub(crate) output: Output,
}

/// Writes to standard output.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = anstream::stdout().lock();
    is_read(stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush())).map(drop)
}

/// Writes bytes to standard output as they are, and says whether there is a reader who may want more.
pub(crate) fn print_raw(bytes: &[u8]) -> Result<bool, Failure> {
    let mut stdout = std::io::stdout().lock();
    is_read(stdout.write_all(bytes).and_then(|()| stdout.flush()))
}

fn is_read(written: std::io::Result<()>) -> Result<bool, Failure> {
    match written {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(failed_at("standard output", error)),
    }
}

/// Says on standard error what has to be known whatever becomes of the output.
pub(crate) fn warn(text: &str) {
    say(WARNING, "warning", text);
}

pub(crate) fn error(text: &str) {
    say(BAD, "error", text);
}

fn say(style: Style, label: &str, text: &str) {
    // Where standard error is closed, there is nobody to tell.
    _ = writeln!(anstream::stderr().lock(), "{style}{label}:{style:#} {text}");
}
