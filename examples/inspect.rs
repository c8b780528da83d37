//! Shows what the bundled webhooks hold, JSON and signed: the signed ones are verified with the bundled key set, at
//! the time they were signed.

use std::error::Error;
use std::io::Write as _;
use std::path::Path;

use chrono::{DateTime, Utc};
use moneyhub_webhooks::{Authenticity, Event, EventType, KeySet, Receiver, Webhook};

fn main() -> Result<(), Box<dyn Error>> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let read = |source: &str| {
        std::fs::read(fixtures.join(source)).map_err(|error| format!("{source}: {error}"))
    };

    let keys = KeySet::from_jwks(&read("keys/jwks.json")?)?;
    let receiver =
        Receiver::signed(keys, "d9dc9d5e-d190-438c-b658-a4be3779100d").and_unsigned_json();
    let now: DateTime<Utc> = "2025-01-01T00:00:00Z".parse()?;

    let mut output = row(["SOURCE", "AUTHENTICITY", "EVENT", "USER", "PAYLOAD"]);
    for event_type in EventType::ALL {
        for source in [
            format!("json/{event_type}.json"),
            format!("tokens/{event_type}.jwt"),
        ] {
            let webhook = receiver.parse_at(&read(&source)?, now)?;
            output += &described(&source, &webhook);
        }
    }

    // Moneyhub's own sample is a real token of a key that is not published.
    let sample = "published-sample.jwt";
    match receiver.parse_at(&read(sample)?, now) {
        Err(error) => output += &format!("\n{sample}: rejected, as expected: {error}\n"),
        Ok(webhook) => {
            return Err(format!("{sample}: accepted, as it must not be: {webhook:?}").into());
        }
    }

    // A reader that has seen enough closes the pipe: no failure of ours.
    let _ = std::io::stdout().write_all(output.as_bytes());
    Ok(())
}

fn described(source: &str, webhook: &Webhook) -> String {
    let authenticity = match webhook.authenticity() {
        Authenticity::Signed { key_id, .. } => {
            format!("signed by {}…", key_id.get(..8).unwrap_or(key_id))
        }
        Authenticity::Unsigned => "unsigned".to_owned(),
    };
    let user = webhook
        .user_id()
        .map(ToString::to_string)
        .unwrap_or_default();
    let event = webhook.event();
    row([source, &authenticity, event.name(), &user, &gist(event)])
}

fn row([source, authenticity, event, user, payload]: [&str; 5]) -> String {
    format!("{source:44}  {authenticity:19}  {event:33}  {user:24}  {payload}\n")
}

/// The payload in a few words.
fn gist(event: &Event) -> String {
    match event {
        Event::NewTransactions(transactions)
        | Event::UpdatedTransactions(transactions)
        | Event::DeletedTransactions(transactions)
        | Event::RestoredTransactions(transactions) => {
            let accounts = transactions.accounts.iter();
            let of = accounts
                .map(|account| format!("{} of account {}", account.transactions.len(), account.id));
            of.collect::<Vec<_>>().join(", ")
        }
        Event::DeletedAccount(deleted) => format!("account {}", deleted.account_id),
        Event::SyncCompleted(sync) => match sync.completed_at {
            Some(completed_at) => format!("{} at {completed_at}", sync.processing_status),
            None => sync.processing_status.to_string(),
        },
        Event::PostConnectionEnrichmentCompleted(enrichment) => enrichment
            .connection_id
            .as_ref()
            .map(|id| format!("connection {id}"))
            .unwrap_or_default(),
        Event::NewRegularTransactions(regular) | Event::UpdatedRegularTransactions(regular) => {
            format!("{} series", regular.series_ids.len())
        }
        Event::PaymentCompleted(payment)
        | Event::PaymentPending(payment)
        | Event::PaymentError(payment) => {
            let submitted = payment
                .submitted_at
                .map(|time| format!(", submitted {time}"));
            format!(
                "{} {}{}",
                payment.payment_id,
                payment.status,
                submitted.unwrap_or_default()
            )
        }
        Event::AffordabilityReportSuccess(report) => report
            .report_id
            .as_ref()
            .map(|id| format!("report {id}"))
            .unwrap_or_default(),
        Event::AffordabilityReportFailure(report) => {
            format!("report {} {}", report.report_id, report.status)
        }
        Event::AddFirstConnection(nudge) => nudge
            .user_activated_at
            .map(|time| format!("user activated {time}"))
            .unwrap_or_default(),
        Event::BalanceThreshold(crossed) => {
            let balance = &crossed.balance_at_time_generation;
            let thresholds = crossed.matched_thresholds.iter();
            let thresholds = thresholds
                .map(|threshold| format!("{} {}", threshold.threshold_type, threshold.value));
            let minor = balance
                .to_minor_units()
                .map(|minor| format!(" = {minor} minor units"))
                .unwrap_or_default();
            let thresholds = thresholds.collect::<Vec<_>>().join(", ");
            format!(
                "{} {}{minor}, thresholds {thresholds}",
                balance.amount, balance.currency
            )
        }
        Event::ReauthReminder(reminder) => {
            let bank = reminder.bank_name.as_deref().unwrap_or("a bank");
            format!(
                "{bank}, {} days left",
                reminder.time_until_reauthorization_in_days
            )
        }
        Event::RefreshReminder(reminder) => {
            let days = reminder.period_since_last_update_in_days;
            let age = days.map_or("never updated".to_owned(), |days| {
                format!("{days} days old")
            });
            let bank = reminder.bank_name.as_deref().unwrap_or("a bank");
            format!("{bank}, {age}")
        }
        Event::Unknown(unknown) => format!("{} bytes", unknown.payload().len()),
        Event::Malformed(bad) => format!("malformed: {}: {}", bad.path(), bad.reason()),
        _ => String::new(),
    }
}
