//! `moneyhub-webhooks`: inspect webhooks, receive them locally, and send test deliveries.

mod completions;
mod doctor;
mod document;
mod failure;
mod inspect;
mod interrupt;
mod json;
mod keys;
mod listen;
mod output;
mod policy;
mod recording;
mod report;
mod send;
mod source;
mod text;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

use failure::{Failure, failed};

const EXAMPLES: &str = "\
Examples:
  moneyhub-webhooks inspect body.jwt                     show what a body contains
  moneyhub-webhooks listen                               receive webhooks and show them on a page
  moneyhub-webhooks send --all http://127.0.0.1:9101     send one event of each type

Exit status: 0 accepted, 1 rejected or failed, 2 wrong usage.
Output is colored on a terminal unless NO_COLOR is set.";

/// Inspect Moneyhub webhooks, receive them locally, and send test deliveries.
#[derive(Parser)]
#[command(name = "moneyhub-webhooks", version, after_help = EXAMPLES, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show what a body contains and whether a receiver accepts it
    Inspect(inspect::InspectArgs),
    /// Receive webhooks locally and show them here and on a page
    Listen(listen::ListenArgs),
    /// Post sample, recorded or deliberately invalid webhooks
    Send(send::SendArgs),
    /// Show which keys of a key set are usable
    Keys(keys::KeysArgs),
    /// Check the settings of a receiver, its keys and this clock
    Doctor(doctor::DoctorArgs),
    /// Print a completion script for a shell
    Completions(completions::CompletionsArgs),
    /// Print the manual page
    #[command(hide = true)]
    Man,
}

fn main() -> ExitCode {
    let command = match Cli::try_parse() {
        Ok(cli) => cli.command,
        Err(usage) => return told(&usage),
    };
    run(command).unwrap_or_else(|failure| {
        let (message, status) = match failure {
            Failure::Usage(message) => (message, 2),
            Failure::Failed(message) => (message, 1),
        };
        output::error(&message);
        ExitCode::from(status)
    })
}

/// Prints help, or what is wrong with the arguments: those can be names of files that others have chosen.
fn told(usage: &clap::Error) -> ExitCode {
    let is_safe = |argument: OsString| {
        let argument = argument.to_string_lossy();
        text::visible(&argument) == argument
    };
    if std::env::args_os().all(is_safe) {
        // A closed pipe is not a failure.
        _ = usage.print();
    } else {
        let plain = usage.render().to_string();
        plain.lines().for_each(output::complain);
    }
    ExitCode::from(u8::try_from(usage.exit_code()).unwrap_or(2))
}

/// A thread for each core, and one more on a single core: an answer of a key server that never ends keeps one busy until
/// the timeout of the fetch.
fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(cores.max(2))
        .enable_all()
        .build()
}

fn run(command: Command) -> Result<ExitCode, Failure> {
    let runtime = runtime().map_err(failed)?;
    match command {
        Command::Inspect(args) => runtime.block_on(inspect::run(args)),
        Command::Listen(args) => runtime.block_on(listen::run(args)),
        Command::Send(args) => runtime.block_on(send::run(args)),
        Command::Keys(args) => runtime.block_on(keys::run(args)),
        Command::Doctor(args) => runtime.block_on(doctor::run(args)),
        Command::Completions(args) => completions::completions(args, Cli::command()),
        Command::Man => completions::manual(Cli::command()),
    }
}
