//! How many deliveries there were, and what became of them.

use std::collections::BTreeMap;
use std::fmt;

use moneyhub_webhooks::{Error, Webhook};
use serde::Serialize;

#[derive(Clone, Default, Serialize)]
pub(super) struct Counts {
    total: u64,
    signed: u64,
    unsigned: u64,
    refused: u64,
    /// By kind.
    refusals: BTreeMap<String, u64>,
}

impl Counts {
    pub(super) fn add(&mut self, result: &Result<Webhook, Error>) {
        self.total += 1;
        match result {
            Ok(webhook) if webhook.authenticity().is_signed() => self.signed += 1,
            Ok(_) => self.unsigned += 1,
            Err(error) => {
                self.refused += 1;
                *self.refusals.entry(error.kind().to_string()).or_default() += 1;
            }
        }
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { total, signed, unsigned, refused, refusals } = self;
        let deliveries = if *total == 1 { "delivery" } else { "deliveries" };
        write!(f, "{total} {deliveries}: {signed} signed, {unsigned} unsigned, {refused} refused")?;
        if *refused > 0 {
            let kinds: Vec<_> = refusals.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
            write!(f, " ({})", kinds.join(", "))?;
        }
        Ok(())
    }
}
