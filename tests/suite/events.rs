//! Events beyond the published examples: names nobody has heard of, words and fields that are new, payloads
//! that have changed shape. None of them is refused, and nothing of them is lost.

mod decoding;
mod malformed;
mod names;
mod tolerance;

use moneyhub_webhooks::Event;

use crate::support::{parse_token, token};

fn token_event(urn: &str, payload: &str) -> Event {
    parse_token(&token().event(urn, payload).signed())
        .unwrap()
        .into_event()
}
