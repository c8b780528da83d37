//! Shows what a webhook holds. Without arguments: all bundled fixtures, in a table. With them: one body, from
//! a file or standard input, judged by the receiver that the options describe.
#![allow(clippy::print_stderr, reason = "a command line")]

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use moneyhub_webhooks::{Authenticity, Event, EventType, KeySet, Receiver, Webhook};

const HELP: &str = "\
Shows what a Moneyhub webhook holds.

Usage:
  inspect                                          all bundled fixtures, JSON and signed, in a table
  inspect --client-id ID --jwks FILE [OPTIONS] [BODY]     one signed body
  inspect --unsigned [OPTIONS] [BODY]                     one plain JSON body

BODY is a file; without it, or as -, the body is read from standard input.
An accepted body is printed as its event in JSON, and who sent it on standard error.

Options:
  --client-id ID   the id of your API client, which the token's audience must name
  --jwks FILE      the key set, as published at https://identity.moneyhub.co.uk/oidc/certs
  --issuer ISSUER  accept this issuer in place of the default ones; may be given again
  --at TIME        judge the token's age as of this RFC 3339 time in place of now
  --unsigned       accept plain JSON (beside tokens, where --client-id and --jwks are given too)
  -h, --help       this text

Exit status: 0 accepted, 1 refused or unreadable, 2 wrong usage.
";

fn main() -> ExitCode {
    let (output, status) = match Options::read().and_then(run) {
        Ok(output) => (output, ExitCode::SUCCESS),
        Err(Failure::Refused(line)) => {
            eprintln!("{line}");
            return ExitCode::from(1);
        }
        Err(Failure::Usage(line)) => {
            eprintln!("{line}; see --help");
            return ExitCode::from(2);
        }
    };
    // A reader that has seen enough closes the pipe: no failure of ours.
    let _ = std::io::stdout().write_all(output.as_bytes());
    status
}

enum Failure {
    Refused(String),
    Usage(String),
}

fn refused(error: impl ToString) -> Failure {
    Failure::Refused(error.to_string())
}

fn usage(error: impl ToString) -> Failure {
    Failure::Usage(error.to_string())
}

#[derive(Default)]
struct Options {
    help: bool,
    client_id: Option<String>,
    jwks: Option<PathBuf>,
    issuers: Vec<String>,
    at: Option<DateTime<Utc>>,
    unsigned: bool,
    body: Option<PathBuf>,
}

impl Options {
    fn read() -> Result<Self, Failure> {
        use lexopt::prelude::*;

        let mut options = Self::default();
        let mut arguments = lexopt::Parser::from_env();
        while let Some(argument) = arguments.next().map_err(usage)? {
            match argument {
                Short('h') | Long("help") => options.help = true,
                Long("client-id") => options.client_id = Some(text(&mut arguments)?),
                Long("jwks") => options.jwks = Some(arguments.value().map_err(usage)?.into()),
                Long("issuer") => options.issuers.push(text(&mut arguments)?),
                Long("at") => options.at = Some(time(&text(&mut arguments)?)?),
                Long("unsigned") => options.unsigned = true,
                Value(body) if options.body.is_none() => options.body = Some(body.into()),
                other => return Err(usage(other.unexpected())),
            }
        }
        Ok(options)
    }

    fn receiver(&self) -> Result<Receiver, Failure> {
        let mut receiver = match (&self.client_id, &self.jwks, self.unsigned) {
            (Some(client_id), Some(jwks), unsigned) => {
                let keys = KeySet::from_jwks(&read(jwks)?).map_err(refused)?;
                let receiver = Receiver::signed(keys, client_id);
                if unsigned { receiver.and_unsigned_json() } else { receiver }
            }
            (None, None, true) => Receiver::unsigned_json(),
            _ => {
                return Err(usage(
                    "give --client-id and --jwks for signed bodies, --unsigned for plain JSON",
                ));
            }
        };
        if !self.issuers.is_empty() {
            receiver = receiver.issuers(&self.issuers);
        }
        Ok(receiver)
    }
}

fn text(arguments: &mut lexopt::Parser) -> Result<String, Failure> {
    arguments.value().map_err(usage)?.into_string().map_err(|_| usage("an argument is not UTF-8"))
}

fn time(text: &str) -> Result<DateTime<Utc>, Failure> {
    let time = DateTime::parse_from_rfc3339(text);
    time.map(|time| time.to_utc()).map_err(|error| usage(format!("--at {text}: {error}")))
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| refused(format!("{}: {error}", path.display())))
}

fn run(options: Options) -> Result<String, Failure> {
    if options.help {
        return Ok(HELP.to_owned());
    }
    if std::env::args_os().len() <= 1 {
        return bundled();
    }
    let receiver = options.receiver()?;
    let body = match options.body.as_deref() {
        Some(path) if path != Path::new("-") => read(path)?,
        _ => {
            let mut body = Vec::new();
            std::io::stdin().read_to_end(&mut body).map_err(refused)?;
            body
        }
    };
    let webhook = receiver.parse_at(&body, options.at.unwrap_or_else(Utc::now)).map_err(refused)?;
    eprintln!("{webhook:?}");
    if let Event::Malformed(bad) = webhook.event() {
        eprintln!("malformed payload: {}: {}", bad.path(), bad.reason());
    }
    let json = serde_json::to_string_pretty(webhook.event()).map_err(refused)?;
    Ok(json + "\n")
}

/// The fixtures as a table, the signed ones verified with the bundled key set at the time they were signed.
fn bundled() -> Result<String, Failure> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let keys = KeySet::from_jwks(&read(&fixtures.join("keys/jwks.json"))?).map_err(refused)?;
    let receiver = Receiver::signed(keys, "d9dc9d5e-d190-438c-b658-a4be3779100d").and_unsigned_json();
    let now = time("2025-01-01T00:00:00Z")?;

    let mut rows = vec![["SOURCE", "FORMAT", "AUTHENTICITY", "EVENT", "USER", "PAYLOAD"].map(str::to_owned)];
    for event_type in EventType::ALL {
        for (folder, format) in [("json", "json"), ("tokens", "jwt")] {
            let source = format!("{folder}/{event_type}.{format}");
            let body = read(&fixtures.join(&source))?;
            let webhook =
                receiver.parse_at(&body, now).map_err(|error| refused(format!("{source}: {error}")))?;
            rows.push(row(source, format, &webhook));
        }
    }
    let mut output = table(&rows);

    // Moneyhub's own sample is a real token of a key that is not published.
    let sample = "published-sample.jwt";
    match receiver.parse_at(&read(&fixtures.join(sample))?, now) {
        Err(error) => _ = write!(output, "\n{sample}: refused, as it must be: {error}\n"),
        Ok(webhook) => {
            return Err(refused(format!("{sample}: accepted, as it must not be: {webhook:?}")));
        }
    }
    Ok(output)
}

fn row(source: String, format: &str, webhook: &Webhook) -> [String; 6] {
    let authenticity = match webhook.authenticity() {
        Authenticity::Signed { key_id, .. } => format!("signed by {}…", key_id.get(..8).unwrap_or(key_id)),
        Authenticity::Unsigned => "unsigned".to_owned(),
    };
    let user = webhook.user_id().map(ToString::to_string).unwrap_or_default();
    let event = webhook.event();
    [source, format.to_owned(), authenticity, event.name().to_owned(), user, gist(event)]
}

/// The payload in a few words.
fn gist(event: &Event) -> String {
    match event {
        Event::NewTransactions(transactions)
        | Event::UpdatedTransactions(transactions)
        | Event::DeletedTransactions(transactions)
        | Event::RestoredTransactions(transactions) => {
            let accounts = transactions.accounts.iter();
            let of =
                accounts.map(|account| format!("{} of account {}", account.transactions.len(), account.id));
            of.collect::<Vec<_>>().join(", ")
        }
        Event::DeletedAccount(deleted) => format!("account {}", deleted.account_id),
        Event::SyncCompleted(sync) => format!("{} at {}", sync.processing_status, sync.completed_at),
        Event::PostConnectionEnrichmentCompleted(enrichment) => {
            enrichment.connection_id.as_ref().map(|id| format!("connection {id}")).unwrap_or_default()
        }
        Event::NewRegularTransactions(regular) | Event::UpdatedRegularTransactions(regular) => {
            format!("{} series", regular.series_ids.len())
        }
        Event::PaymentCompleted(payment) | Event::PaymentPending(payment) | Event::PaymentError(payment) => {
            format!("{} {}, submitted {}", payment.payment_id, payment.status, payment.submitted_at)
        }
        Event::AffordabilityReportSuccess(report) => {
            report.report_id.as_ref().map(|id| format!("report {id}")).unwrap_or_default()
        }
        Event::AffordabilityReportFailure(report) => format!("report {} {}", report.report_id, report.status),
        Event::AddFirstConnection(nudge) => format!("user activated {}", nudge.user_activated_at),
        Event::BalanceThreshold(crossed) => {
            let balance = &crossed.balance_at_time_generation;
            let thresholds = crossed.matched_thresholds.iter();
            let thresholds =
                thresholds.map(|threshold| format!("{} {}", threshold.threshold_type, threshold.value));
            let minor =
                balance.to_minor_units().map(|minor| format!(" = {minor} minor units")).unwrap_or_default();
            let thresholds = thresholds.collect::<Vec<_>>().join(", ");
            format!("{} {}{minor}, thresholds {thresholds}", balance.amount, balance.currency)
        }
        Event::ReauthReminder(reminder) => {
            format!("{}, {} days left", reminder.bank_name, reminder.time_until_reauthorization_in_days)
        }
        Event::RefreshReminder(reminder) => {
            format!("{}, {} days old", reminder.bank_name, reminder.period_since_last_update_in_days)
        }
        Event::Unknown(unknown) => format!("{} bytes", unknown.payload().len()),
        Event::Malformed(bad) => format!("malformed: {}: {}", bad.path(), bad.reason()),
        _ => String::new(),
    }
}

fn table(rows: &[[String; 6]]) -> String {
    let mut widths = [0; 6];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let mut table = String::new();
    for row in rows {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        table.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        table.push('\n');
    }
    table
}
