//! The judge of `interop/signers`: reads the tokens that other libraries signed, and prints the rows of the part.
//!
//! A line is `case<TAB>time<TAB>expected<TAB>token`. Where the token has to be accepted, expected is the plain JSON of
//! the same webhook, and all lines of a case become one row; else it is the name of an `ErrorKind`.

mod comparison;

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::io::{self, BufRead, Write};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use moneyhub_webhooks::{Authenticity, Event, EventType, KeySet, Receiver, Webhook};
use serde::Deserialize;
use serde_json::value::RawValue;

const JWKS: &[u8] = include_bytes!("../../../fixtures/keys/jwks.json");
/// The audience of the fixtures; their issuer is one of the default ones.
const CLIENT_ID: &str = "d9dc9d5e-d190-438c-b658-a4be3779100d";

/// What a form of all events came to.
#[derive(Default)]
struct Accepted {
    types: BTreeSet<&'static str>,
    unknown: usize,
    malformed: usize,
    faults: Vec<String>,
}

impl Accepted {
    /// As many as there are, and one unknown and one malformed event.
    fn expected() -> String {
        format!("{} types, 1 unknown, 1 malformed: the same", EventType::ALL.len())
    }

    fn got(&self) -> String {
        let Self { types, unknown, malformed, faults } = self;
        let counted = format!("{} types, {unknown} unknown, {malformed} malformed: the same", types.len());
        if faults.is_empty() { counted } else { format!("{counted}, but {}", faults.join(", ")) }
    }

    fn count(&mut self, event: &Event) {
        match event {
            Event::Unknown(_) => self.unknown += 1,
            Event::Malformed(_) => self.malformed += 1,
            known => self.types.extend(known.event_type().map(EventType::as_str)),
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let receiver = Receiver::signed(KeySet::from_jwks(JWKS)?, CLIENT_ID);
    let mut accepted: BTreeMap<String, Accepted> = BTreeMap::new();
    let mut order = Vec::new();
    let mut rows = Vec::new();
    let mut skipped = Vec::new();
    for line in io::stdin().lock().lines() {
        let line = line?;
        let columns: Vec<&str> = line.split('\t').collect();
        match columns[..] {
            ["SKIPPED", case, reason] => skipped.push(format!("SKIPPED\tsigners, {case}\t{reason}")),
            [case, at, expected, token] => {
                let at = DateTime::from_timestamp(at.parse()?, 0).ok_or("a time out of range")?;
                let result = receiver.parse_at(token.as_bytes(), at);
                if !expected.starts_with('{') {
                    let got =
                        result.map_or_else(|error| format!("{:?}", error.kind()), |_| "accepted".into());
                    rows.push(format!("signers\t{case}\t{expected}\t{got}"));
                    continue;
                }
                let form = accepted.entry(case.to_owned()).or_insert_with(|| {
                    order.push(case.to_owned());
                    Accepted::default()
                });
                let fault = match &result {
                    Ok(webhook) => difference(expected, webhook, token, at)?.map(str::to_owned),
                    Err(error) => Some(format!("{:?} ({error})", error.kind())),
                };
                match (fault, &result) {
                    (None, Ok(webhook)) => form.count(webhook.event()),
                    (fault, _) => {
                        form.faults.push(format!("{}: {}", name(expected)?, fault.unwrap_or_default()))
                    }
                }
            }
            _ => return Err(format!("not a line of a signer: {line}").into()),
        }
    }
    let mut out = io::stdout().lock();
    for case in order {
        let got = accepted.get(&case).map(Accepted::got).unwrap_or_default();
        writeln!(out, "signers\t{case}\t{}\t{got}", Accepted::expected())?;
    }
    for row in rows.iter().chain(&skipped) {
        writeln!(out, "{row}")?;
    }
    Ok(())
}

/// What the webhook of a token does not have in common with that of the plain JSON.
fn difference(
    body: &str,
    got: &Webhook,
    token: &str,
    at: DateTime<Utc>,
) -> Result<Option<&'static str>, Box<dyn Error>> {
    #[derive(Deserialize)]
    struct Claims<'a> {
        #[serde(borrow)]
        events: BTreeMap<String, &'a RawValue>,
    }

    let Authenticity::Signed { issued_at, .. } = got.authenticity() else { return Ok(Some("unsigned")) };
    // A library that fills in the time may do so a moment after the signer looked at the clock.
    if !(0..=2).contains(&issued_at.signed_duration_since(at).num_seconds()) {
        return Ok(Some("issued at another time"));
    }
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).ok_or("a token without claims")?)?;
    let claims: Claims<'_> = serde_json::from_slice(&claims)?;
    let sent = claims.events.values().next().ok_or("a token without an event")?;
    Ok(comparison::difference(body, got, sent))
}

fn name(body: &str) -> Result<String, Box<dyn Error>> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Named {
        event_type: String,
    }

    Ok(serde_json::from_str::<Named>(body)?.event_type)
}
