//! `moneyhub-webhooks-gateway`: verifies and stores webhooks, and delivers each to a service until it is taken.

mod check;
mod config;
mod dead;
mod delivery;
mod failure;
mod health;
mod log;
mod metrics;
mod output;
mod run;
mod secret;
mod serve;
mod settings;
mod signature;
mod stop;
mod store;
mod target;

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::parser::ValueSource;
use clap::{
    Arg, ArgMatches, Command, CommandFactory as _, FromArgMatches as _, Parser, Subcommand,
};

use config::Config;
use failure::{Failure, missing, other};
use settings::Options;

const EXAMPLES: &str = "\
Examples:
  moneyhub-webhooks-gateway --config gateway.toml             receive and deliver
  moneyhub-webhooks-gateway check --config gateway.toml       try the keys, the store and the target
  moneyhub-webhooks-gateway dead list --config gateway.toml   list what was given up

Exit status: 0 stopped or passed, 1 failed, 2 a setting is wrong.";

/// Receive Moneyhub webhooks: verify and store each, answer, and deliver it to a service until it is taken.
#[derive(Parser)]
#[command(name = "moneyhub-webhooks-gateway", version, after_help = EXAMPLES, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Option<GatewayCommand>,
}

#[derive(Subcommand)]
enum GatewayCommand {
    /// Try the configuration, the keys, the store and the target
    Check,
    /// List, show and requeue what was given up
    #[command(subcommand)]
    Dead(dead::DeadCommand),
}

fn main() -> ExitCode {
    let Failure { message, status } = match begin() {
        Ok(()) => return ExitCode::SUCCESS,
        Err(failure) => failure,
    };
    // Nobody is left to tell.
    _ = writeln!(io::stderr().lock(), "error: {message}");
    ExitCode::from(status)
}

fn begin() -> Result<(), Failure> {
    // The settings may stand after the command too.
    let command = Cli::command().mut_args(|argument| argument.global(true));
    let matches = command.get_matches();
    one_place(&Cli::command(), &matches)?;
    let Cli { options, command } = Cli::from_arg_matches(&matches).map_err(|error| error.exit())?;
    let runtime = tokio::runtime::Runtime::new().map_err(other)?;
    let done = runtime.block_on(async {
        let config = Config::new(options)?;
        match command {
            None => run::run(config).await,
            Some(GatewayCommand::Check) => check::run(&config).await,
            Some(GatewayCommand::Dead(command)) => dead::run(&config, command).await,
        }
    });
    // Not to wait for a disk or a name server that hangs.
    runtime.shutdown_background();
    done
}

/// With a file, all settings must be in it.
fn one_place(command: &Command, matches: &ArgMatches) -> Result<(), Failure> {
    let mut set: Vec<(&Arg, String)> = Vec::new();
    for argument in command.get_arguments() {
        let name = match matches.value_source(argument.get_id().as_str()) {
            Some(ValueSource::CommandLine) => argument.get_long().map(|flag| format!("--{flag}")),
            Some(ValueSource::EnvVariable) => {
                let name = argument.get_env();
                name.map(|name| name.to_string_lossy().into_owned())
            }
            _ => None,
        };
        set.extend(name.map(|name| (argument, name)));
    }
    let is_file = |(argument, _): &(&Arg, String)| argument.get_id() == "config";
    if !set.iter().any(is_file) {
        return Ok(());
    }
    match set.into_iter().find(|setting| !is_file(setting)) {
        Some((_, name)) => Err(missing(name, "with --config, set it in the file")),
        None => Ok(()),
    }
}
