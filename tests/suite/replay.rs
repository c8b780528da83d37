//! What is a copy, and what a guard remembers of it.

mod key;
mod memory;

use chrono::{DateTime, TimeDelta, Utc};
use moneyhub_webhooks::{ReplayKey, Webhook};
use serde_json::json;

use crate::support::{ISSUED_AT, at, parse_json, parse_token, token};

fn now() -> DateTime<Utc> {
    at(ISSUED_AT)
}

fn seconds(seconds: i64) -> TimeDelta {
    TimeDelta::seconds(seconds)
}

fn signed(id: &str) -> Webhook {
    parse_token(&token().claim("jti", json!(id)).signed()).unwrap()
}

fn unsigned(id: &str) -> Webhook {
    parse_json(&json!({"id": id, "eventType": "x", "payload": {}}).to_string()).unwrap()
}

/// One of many keys, spread evenly.
fn key(signed: bool, number: usize) -> ReplayKey {
    let digits = unsigned(&number.to_string()).replay_key().to_string();
    let first = if signed { '8' } else { '0' };
    format!("{first}{}", &digits[1..]).parse().unwrap()
}
