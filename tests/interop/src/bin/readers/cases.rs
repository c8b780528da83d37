//! The cases: every sample, an unknown and a malformed event, a name with unusual characters, and numbers that not
//! every reader preserves.

use std::error::Error;

use chrono::{DateTime, Utc};
use moneyhub_webhooks::testing::{TestIssuer, samples};
use moneyhub_webhooks::{Event, EventType, Webhook};
use serde::Serialize;
use serde_json::json;
use serde_json::value::RawValue;

/// An event, and what the crate writes for it.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) event: Event,
    pub(crate) token: String,
    /// The claims that a reader has to find in the token. Only the id in them comes from this crate.
    pub(crate) claims: Box<RawValue>,
    /// The webhook as received with the token.
    pub(crate) webhook: Webhook,
    pub(crate) number: Option<&'static Number>,
}

/// A number in a balance threshold, and the expected results of readers.
pub(crate) struct Number {
    pub(crate) place: Place,
    pub(crate) text: &'static str,
    /// The result of a reader for which every number is a 64-bit float.
    pub(crate) by_floats: &'static str,
    /// The result of a reader for which whole numbers are exact.
    pub(crate) by_integers_and_floats: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Amount,
    Threshold,
}

pub(crate) const SAME: &str = "the same";

const fn number(
    place: Place,
    text: &'static str,
    by_floats: &'static str,
    by_integers_and_floats: &'static str,
) -> Number {
    Number {
        place,
        text,
        by_floats,
        by_integers_and_floats,
    }
}

/// The expected results follow IEEE 754: the nearest number with 53 significant bits, in the fewest digits that
/// identify it.
pub(crate) const NUMBERS: [Number; 14] = [
    number(Place::Amount, "0.1", SAME, SAME),
    number(Place::Amount, "50", SAME, SAME),
    number(
        Place::Amount,
        "50.00",
        "the same, written as 50",
        "the same, written as 50.0",
    ),
    number(Place::Amount, "1e2", SAME, SAME),
    number(Place::Amount, "-12.505", SAME, SAME),
    number(Place::Amount, "0.30000000000000004", SAME, SAME),
    number(Place::Amount, "0.0000000000000000000000000001", SAME, SAME),
    number(
        Place::Amount,
        "9007199254740993",
        "changed to 9007199254740992",
        SAME,
    ),
    number(
        Place::Amount,
        "1234567890123456789012345678",
        "changed to 1234567890123456900000000000",
        SAME,
    ),
    number(
        Place::Amount,
        "12345678901234.56789012345678",
        "changed to 12345678901234.568",
        "changed to 12345678901234.568",
    ),
    number(
        Place::Amount,
        "0.1234567890123456789012345678",
        "changed to 0.12345678901234568",
        "changed to 0.12345678901234568",
    ),
    // 2^96 - 1, the largest amount. The nearest float is larger.
    number(
        Place::Amount,
        "79228162514264337593543950335",
        "malformed",
        SAME,
    ),
    number(
        Place::Threshold,
        "-9007199254740993",
        "changed to -9007199254740992",
        SAME,
    ),
    // 2^63 - 1, the largest threshold. The nearest float is larger.
    number(Place::Threshold, "9223372036854775807", "malformed", SAME),
];

const ODD_NAME: &str =
    "Caf\u{e9} \"Z\u{fc}rich\" <b>&</b> '/\\ + \t\u{2028} \u{6f22}\u{5b57} \u{1f600} \u{7f}";

/// The issuer of the tokens, with the time of the fixtures.
pub(crate) fn issuer() -> TestIssuer {
    // A fixed seed, so that `write` and `check` have the same ids.
    TestIssuer::at(time()).with_seed(0)
}

fn time() -> DateTime<Utc> {
    DateTime::from_timestamp(1_735_689_600, 0).expect("a time of the calendar")
}

/// All cases, the same in every run.
pub(crate) fn cases() -> Result<Vec<Case>, Box<dyn Error>> {
    let issuer = issuer();
    let mut cases = Vec::new();
    for event_type in EventType::ALL {
        let path = format!(
            "{}/../../fixtures/json/{event_type}.json",
            env!("CARGO_MANIFEST_DIR")
        );
        let body = std::fs::read_to_string(path)?;
        // A timestamp is written without a fraction of zero.
        let payload = payload_of(&body.replace(".000Z", "Z"))?;
        cases.push(case(
            &issuer,
            event_type.as_str(),
            event_type.urn(),
            samples::of(*event_type),
            payload,
            None,
        )?);
    }
    let payload = RawValue::from_string(
        r#"{"accountId":"6d0baf11-248e-4c11-9c04-97b7758b4e04"}"#.to_owned(),
    )?;
    let urn = "urn:com:moneyhub:events:something-new";
    cases.push(case(
        &issuer,
        "unknown",
        urn,
        samples::unknown(),
        payload,
        None,
    )?);
    let payload = RawValue::from_string(r#"{"paymentId":17,"status":"rejected"}"#.to_owned())?;
    cases.push(case(
        &issuer,
        "malformed",
        EventType::PaymentError.urn(),
        samples::malformed(),
        payload,
        None,
    )?);

    cases.push(balance(&issuer, "odd name", ODD_NAME, ["50", "100"], None)?);
    for number in &NUMBERS {
        let (name, numbers) = match number.place {
            Place::Amount => (format!("amount {}", number.text), [number.text, "100"]),
            Place::Threshold => (format!("threshold {}", number.text), ["50", number.text]),
        };
        cases.push(balance(
            &issuer,
            &name,
            "Test Account",
            numbers,
            Some(number),
        )?);
    }
    Ok(cases)
}

/// A balance threshold with this name, and these numbers as amount and threshold.
fn balance(
    issuer: &TestIssuer,
    name: &str,
    account_name: &str,
    [amount, threshold]: [&str; 2],
    number: Option<&'static Number>,
) -> Result<Case, Box<dyn Error>> {
    let payload = format!(
        r#"{{"accountUid":"1","accountName":{},"balanceAtTimeGeneration":{{"date":"2020-01-10","amount":{amount},"currency":"GBP"}},"matchedThresholds":[{{"type":"lt","value":{threshold}}}]}}"#,
        json!(account_name)
    );
    let event: Event = serde_json::from_str(&format!(
        r#"{{"eventType":"balanceThreshold","payload":{payload}}}"#
    ))?;
    if !matches!(event, Event::BalanceThreshold(_)) {
        return Err(format!("{name} is not a balance threshold").into());
    }
    case(
        issuer,
        name,
        EventType::BalanceThreshold.urn(),
        event,
        RawValue::from_string(payload)?,
        number,
    )
}

fn case(
    issuer: &TestIssuer,
    name: &str,
    urn: &str,
    event: Event,
    payload: Box<RawValue>,
    number: Option<&'static Number>,
) -> Result<Case, Box<dyn Error>> {
    #[derive(Serialize)]
    struct Claims<'a> {
        iss: &'a str,
        aud: &'a str,
        jti: String,
        sub: &'a str,
        events: std::collections::BTreeMap<&'a str, Box<RawValue>>,
        iat: i64,
    }

    let token = issuer.sign(&event);
    let webhook = issuer.receiver().parse_at(token.as_bytes(), time())?;
    let claims = Claims {
        iss: issuer.issuer(),
        aud: issuer.client_id(),
        jti: webhook.id().to_string(),
        sub: "5c79210bbac25ecb5e71ac40",
        events: [(urn, payload)].into(),
        iat: time().timestamp(),
    };
    let claims = serde_json::value::to_raw_value(&claims)?;
    Ok(Case {
        name: name.to_owned(),
        event,
        token,
        claims,
        webhook,
        number,
    })
}

/// The exact payload text of a body.
fn payload_of(body: &str) -> Result<Box<RawValue>, serde_json::Error> {
    #[derive(serde::Deserialize)]
    struct Body {
        payload: Box<RawValue>,
    }

    serde_json::from_str(body).map(|Body { payload }| payload)
}
