//! `send`: posts valid and deliberately invalid deliveries in the way that Moneyhub does.

mod answer;
mod bodies;
mod body;
mod expected;
mod post;
mod replay;
mod show;
mod summary;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use clap::builder::PossibleValuesParser;
use moneyhub_webhooks::EventType;
use moneyhub_webhooks::testing::Fault;
use reqwest::Url;

use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::{OutputArgs, print_raw};
use crate::source;
use bodies::{Bodies, FaultName};
use expected::Expect;

const EXAMPLES: &str = "\
Examples:
  moneyhub-webhooks send http://127.0.0.1:9101
      one event, signed by the test issuer; the receiver must trust its key, as `listen` does
  moneyhub-webhooks send --event paymentError --user-id ada --unsigned http://127.0.0.1:9101
      plain JSON
  moneyhub-webhooks send --all --count 10000 --concurrency 32 http://127.0.0.1:9101
      a load test
  moneyhub-webhooks send --fault all http://127.0.0.1:9101
      does the handler reject everything that it must?
  moneyhub-webhooks send --replay deliveries.jsonl http://127.0.0.1:3000/webhooks
      what `listen --record` recorded; is it answered as it was?
  moneyhub-webhooks send --event reauthReminder --print | moneyhub-webhooks inspect --test-issuer

Exit status: 0 every answer was as expected (2xx; for --fault 4xx, also 202 or 503 to an unknown
key; for --replay as recorded), 1 at least one was not, 2 wrong usage.";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct SendArgs {
    /// The URL to post to
    #[arg(required_unless_present = "print", value_parser = source::http_url)]
    url: Option<Url>,

    #[command(flatten)]
    what: WhatArgs,

    #[command(flatten)]
    how: HowArgs,

    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Args)]
#[command(next_help_heading = "What is sent")]
struct WhatArgs {
    /// A sample of this event, such as paymentError, or `unknown` or `malformed`; can be repeated
    /// [default: newTransactions]
    #[arg(long = "event", value_name = "NAME", value_parser = event_names(), hide_possible_values = true)]
    events: Vec<String>,

    /// One sample of every known event
    #[arg(long, conflicts_with = "events")]
    all: bool,

    /// A body with this fault, which a receiver must reject; can be repeated; `all` for one of each
    #[arg(long = "fault", value_name = "NAME", value_parser = fault_names())]
    faults: Vec<FaultName>,

    /// The body in this file, unchanged; `-` for standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["events", "all", "faults", "signing"])]
    body: Option<PathBuf>,

    /// The bodies in this recording, made by `listen --record`
    #[arg(long, value_name = "FILE", conflicts_with_all = ["events", "all", "faults", "signing", "body"])]
    replay: Option<PathBuf>,

    #[command(flatten)]
    signing: SigningArgs,

    /// Write the bodies to standard output, one per line, and send nothing
    #[arg(long, conflicts_with_all = ["url", "rate", "concurrency", "expect"])]
    print: bool,
}

#[derive(Args)]
#[group(id = "signing", multiple = true)]
struct SigningArgs {
    /// Plain JSON instead of signed tokens
    #[arg(long)]
    unsigned: bool,

    /// The audience of the tokens [default: test-client]
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,

    /// The issuer of the tokens [default: https://test-issuer.invalid]
    #[arg(long, value_name = "ISSUER")]
    issuer: Option<String>,

    /// The key id in the header of the tokens [default: test-key-known-to-everyone]
    #[arg(long, value_name = "ID")]
    key_id: Option<String>,

    /// The user that the events belong to
    #[arg(long, value_name = "ID")]
    user_id: Option<String>,
}

#[derive(Args)]
#[command(next_help_heading = "How it is sent")]
struct HowArgs {
    /// The number of deliveries; the bodies are repeated in turn [default: each once]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,

    /// Deliveries per second at most
    #[arg(long, value_name = "PER_SECOND", value_parser = rate)]
    rate: Option<f64>,

    /// Concurrent requests
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u16).range(1..=1024))]
    concurrency: u16,

    /// The answer expected to a replayed delivery: the recorded status, any status of its class (2xx for 202), or any 2xx
    #[arg(
        long,
        value_enum,
        value_name = "STATUS",
        default_value = "recorded",
        requires = "replay"
    )]
    expect: Expect,

    /// The time limit for each answer
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = clap::value_parser!(u64).range(1..))]
    timeout: u64,
}

fn event_names() -> PossibleValuesParser {
    let known = EventType::ALL.iter().map(|event_type| event_type.as_str());
    PossibleValuesParser::new(known.chain([bodies::UNKNOWN, bodies::MALFORMED]))
}

fn fault_names() -> impl clap::builder::TypedValueParser<Value = FaultName> {
    use clap::builder::TypedValueParser as _;

    let names = Fault::ALL.iter().map(|fault| fault.as_str());
    PossibleValuesParser::new(names.chain(["all"])).map(|name| FaultName::from(name.as_str()))
}

fn rate(text: &str) -> Result<f64, String> {
    const REASON: &str = "expected a number above 0.00001";
    let rate: f64 = text.parse().map_err(|_| REASON)?;
    // Keeps the wait between two deliveries below about a day.
    if rate.is_finite() && rate > 1e-5 {
        Ok(rate)
    } else {
        Err(REASON.to_owned())
    }
}

pub(crate) async fn run(args: SendArgs) -> Result<ExitCode, Failure> {
    let bodies = Bodies::new(args.what, args.how.expect)?;
    let count = args.how.count.unwrap_or(bodies.len());
    let Some(url) = args.url else {
        for number in 0..count {
            let mut body = bodies.get(number)?;
            body.bytes.push(b'\n');
            if !print_raw(&body.bytes)? {
                break;
            }
        }
        return Ok(ExitCode::SUCCESS);
    };
    let client = source::client(&url, Duration::from_secs(args.how.timeout))?;
    let plan = post::Plan {
        count,
        rate: args.how.rate,
        concurrency: args.how.concurrency,
    };
    let interrupt = Interrupt::new()?;
    let posting = post::start(client, url, bodies, plan);
    let all_good = show::show(posting, interrupt, count, args.output.output).await?;
    Ok(if all_good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
