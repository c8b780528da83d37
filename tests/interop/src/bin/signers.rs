//! The Rust side of `tests/interop/signers`: verifies the tokens that other libraries signed, and prints the rows of the
//! part.
//!
//! A line is `case<TAB>time<TAB>expected<TAB>token`. If the token must be accepted, expected is the plain JSON of the
//! same webhook, and all lines of a case become one row. Otherwise it is the name of an `ErrorKind`.

mod comparison;

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{self, BufRead, Write};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use comparison::Tally;
use moneyhub_webhooks::{Authenticity, KeySet, Receiver, Webhook};
use serde::Deserialize;
use serde_json::value::RawValue;

const JWKS: &[u8] = include_bytes!("../../../../fixtures/keys/jwks.json");
/// The audience of the fixtures. Their issuer is a default issuer.
const CLIENT_ID: &str = "d9dc9d5e-d190-438c-b658-a4be3779100d";

fn main() -> Result<(), Box<dyn Error>> {
    let receiver = Receiver::signed(KeySet::from_jwks(JWKS)?, CLIENT_ID);
    let mut forms: BTreeMap<String, Tally> = BTreeMap::new();
    let mut order = Vec::new();
    let mut refusals = Vec::new();
    let mut skipped = Vec::new();
    for line in io::stdin().lock().lines() {
        let line = line?;
        let columns: Vec<&str> = line.split('\t').collect();
        match columns[..] {
            ["SKIPPED", case, reason] => {
                skipped.push(format!("SKIPPED\tsigners, {case}\t{reason}"))
            }
            [case, at, expected, token] => {
                let at = DateTime::from_timestamp(at.parse()?, 0).ok_or("a time out of range")?;
                let result = receiver.parse_at(token.as_bytes(), at);
                if !expected.starts_with('{') {
                    let got = result
                        .map_or_else(|error| format!("{:?}", error.kind()), |_| "accepted".into());
                    refusals.push(format!("signers\t{case}\t{expected}\t{got}"));
                    continue;
                }
                let expected = Receiver::unsigned_json().parse_at(expected.as_bytes(), at)?;
                let fault = match result {
                    Ok(webhook) => difference(&expected, &webhook, token, at)?.map(str::to_owned),
                    Err(error) => Some(format!("{:?} ({error})", error.kind())),
                };
                let tally = forms.entry(case.to_owned()).or_insert_with(|| {
                    order.push(case.to_owned());
                    Tally::default()
                });
                tally.count(
                    expected.event(),
                    fault.map(|fault| format!("{}: {fault}", expected.event().name())),
                );
            }
            _ => return Err(format!("not a line of a signer: {line}").into()),
        }
    }
    let mut out = io::stdout().lock();
    for case in order {
        let got = forms.get(&case).map(Tally::got).unwrap_or_default();
        writeln!(out, "signers\t{case}\t{}\t{got}", Tally::expected())?;
    }
    for row in refusals.iter().chain(&skipped) {
        writeln!(out, "{row}")?;
    }
    Ok(())
}

/// The first difference between the webhook of a token and the expected one, if any.
fn difference(
    expected: &Webhook,
    got: &Webhook,
    token: &str,
    at: DateTime<Utc>,
) -> Result<Option<&'static str>, Box<dyn Error>> {
    #[derive(Deserialize)]
    struct Claims<'a> {
        #[serde(borrow)]
        events: BTreeMap<String, &'a RawValue>,
    }

    let Authenticity::Signed { issued_at, .. } = got.authenticity() else {
        return Ok(Some("unsigned"));
    };
    // A library that fills in the time may do so shortly after the signer has read the clock.
    if !(0..=2).contains(&issued_at.signed_duration_since(at).num_seconds()) {
        return Ok(Some("issued at another time"));
    }
    let claims =
        URL_SAFE_NO_PAD.decode(token.split('.').nth(1).ok_or("a token without claims")?)?;
    let claims: Claims<'_> = serde_json::from_slice(&claims)?;
    let sent = claims
        .events
        .values()
        .next()
        .ok_or("a token without an event")?;
    Ok(comparison::difference(expected, got, sent))
}
