//! `inspect`: what a body contains, and whether a receiver accepts it.

use std::path::PathBuf;
use std::process::ExitCode;

use chrono::{DateTime, SubsecRound as _, Utc};
use clap::Args;

use crate::document::line;
use crate::failure::Failure;
use crate::output::{Output, OutputArgs, print};
use crate::policy::{Fetching, PolicyArgs};
use crate::report::{Outcome, Report, shape};
use crate::source;

const EXAMPLES: &str = "\
Examples:
  moneyhub-webhooks inspect body.jwt
      show what it contains, without a verdict
  moneyhub-webhooks inspect --moneyhub --client-id d9dc9d5e-d190-438c-b658-a4be3779100d body.jwt
      is it accepted now?
  moneyhub-webhooks inspect --keys jwks.json --client-id ID --at 2025-01-01T00:00:00Z body.jwt
      was it acceptable then?
  pbpaste | moneyhub-webhooks inspect --unsigned --output json | jq .event.payload
  moneyhub-webhooks inspect --shape body.jwt
      names and types without values, to show to others

Exit status: 0 accepted, 1 rejected, or not verified because neither keys nor --unsigned were given,
2 wrong usage.";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct InspectArgs {
    /// The file to read; without one, or with `-`, standard input
    #[arg(value_name = "BODY")]
    body: Option<PathBuf>,

    /// Verify the body as of this time instead of now
    #[arg(long, value_name = "RFC3339", value_parser = time)]
    at: Option<DateTime<Utc>>,

    /// Show only names and types, with every value replaced: to show to others, for example in an issue
    #[arg(long, conflicts_with_all = ["at", "output"])]
    shape: bool,

    #[command(flatten)]
    output: OutputArgs,

    #[command(flatten)]
    policy: PolicyArgs,
}

fn time(text: &str) -> Result<DateTime<Utc>, String> {
    let time = DateTime::parse_from_rfc3339(text).map_err(|error| {
        format!("expected a time as in RFC 3339, such as 2025-01-01T00:00:00Z: {error}")
    })?;
    Ok(time.to_utc())
}

pub(crate) async fn run(args: InspectArgs) -> Result<ExitCode, Failure> {
    let policy = args.policy.policy(Fetching::Once).await?;
    let body = source::read(args.body.as_deref(), policy.max_body)?;
    if args.shape {
        print(&shape(&body))?;
        return Ok(ExitCode::SUCCESS);
    }
    let now = args.at.unwrap_or_else(|| Utc::now().trunc_subsecs(3));
    let outcome = Outcome::new(&policy, &policy.receiver.parse_at(&body, now));
    let report = Report::new(&policy, &body, now, outcome);
    print(&match args.output.output {
        Output::Text => report.to_text(),
        Output::Json => line(&report.as_json()),
    })?;
    Ok(if report.is_accepted() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
