//! Writes to standard output and standard error, colored on a terminal. A reader that closes the pipe early is
//! not an error.

use std::io::{ErrorKind, Write as _};

use anstyle::{AnsiColor, Style};
use clap::{Args, ValueEnum};

use crate::failure::{Failure, failed_at};
use crate::text::visible;

pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default().bold();
pub(crate) const HEADING: Style = Style::new().bold();
pub(crate) const FAINT: Style = Style::new().dimmed();

/// The format of a command's output.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    Text,
    Json,
}

#[derive(Args)]
pub(crate) struct OutputArgs {
    /// Text for people, or one JSON object per line for programs
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    pub(crate) output: Output,
}

/// Writes to standard output.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = anstream::stdout().lock();
    has_reader(
        stdout
            .write_all(text.as_bytes())
            .and_then(|()| stdout.flush()),
    )
    .map(drop)
}

/// Writes bytes to standard output unchanged. Returns false once the reader has closed the pipe.
pub(crate) fn print_raw(bytes: &[u8]) -> Result<bool, Failure> {
    let mut stdout = std::io::stdout().lock();
    has_reader(stdout.write_all(bytes).and_then(|()| stdout.flush()))
}

fn has_reader(written: std::io::Result<()>) -> Result<bool, Failure> {
    match written {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(failed_at("standard output", error)),
    }
}

/// Writes a warning to standard error. It can contain names that others have chosen, and is escaped.
pub(crate) fn warn(text: &str) {
    say(WARNING, "warning", text);
}

pub(crate) fn error(text: &str) {
    say(BAD, "error", text);
}

/// Writes a line to standard error, escaped.
pub(crate) fn complain(line: &str) {
    _ = writeln!(anstream::stderr().lock(), "{}", visible(line));
}

fn say(style: Style, label: &str, text: &str) {
    let text = visible(text);
    // If standard error is closed, the message is lost.
    _ = writeln!(anstream::stderr().lock(), "{style}{label}:{style:#} {text}");
}
