//! `completions` and `man`: shell completions and the manual page.

use std::process::ExitCode;

use clap::{Args, Command};
use clap_complete::Shell;

use crate::failure::{Failure, failed};
use crate::output::print_raw;

const EXAMPLES: &str = "\
Examples:
  moneyhub-webhooks completions bash > ~/.local/share/bash-completion/completions/moneyhub-webhooks
  moneyhub-webhooks completions fish > ~/.config/fish/completions/moneyhub-webhooks.fish
  moneyhub-webhooks completions zsh > \"${fpath[1]}/_moneyhub-webhooks\"";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CompletionsArgs {
    /// The shell to complete for
    shell: Shell,
}

pub(crate) fn completions(
    args: CompletionsArgs,
    mut command: Command,
) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    let name = command.get_name().to_owned();
    clap_complete::generate(args.shell, &mut command, name, &mut script);
    print_raw(&script)?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn manual(command: Command) -> Result<ExitCode, Failure> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command)
        .render(&mut page)
        .map_err(failed)?;
    print_raw(&page)?;
    Ok(ExitCode::SUCCESS)
}
