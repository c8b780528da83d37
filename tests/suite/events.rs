//! Events beyond the published examples: unknown names, new values and fields, and payloads with another shape. None of
//! them is rejected, and nothing in them is lost.

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
