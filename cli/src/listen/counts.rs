//! How many deliveries arrived, and how they were answered.

use std::collections::BTreeMap;
use std::fmt;

use moneyhub_webhooks::{Error, ErrorKind, Webhook};
use serde::{Serialize, Serializer};

#[derive(Clone, Default, Serialize)]
pub(super) struct Counts {
    total: u64,
    signed: u64,
    unsigned: u64,
    rejected: u64,
    #[serde(serialize_with = "by_kind")]
    rejections: Vec<(ErrorKind, u64)>,
}

impl Counts {
    pub(super) fn add(&mut self, result: &Result<Webhook, Error>) {
        self.total += 1;
        match result {
            Ok(webhook) if webhook.authenticity().is_signed() => self.signed += 1,
            Ok(_) => self.unsigned += 1,
            Err(error) => {
                self.rejected += 1;
                match self
                    .rejections
                    .iter_mut()
                    .find(|(kind, _)| *kind == error.kind())
                {
                    Some((_, count)) => *count += 1,
                    None => self.rejections.push((error.kind(), 1)),
                }
            }
        }
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            total,
            signed,
            unsigned,
            rejected,
            rejections,
        } = self;
        let deliveries = if *total == 1 {
            "delivery"
        } else {
            "deliveries"
        };
        write!(
            f,
            "{total} {deliveries}: {signed} signed, {unsigned} unsigned, {rejected} rejected"
        )?;
        if *rejected > 0 {
            let kinds: Vec<_> = rejections
                .iter()
                .map(|(kind, count)| format!("{count} {kind}"))
                .collect();
            write!(f, " ({})", kinds.join(", "))?;
        }
        Ok(())
    }
}

/// Serialises an object from the name of each kind, such as `Expired`, to its count.
fn by_kind<S: Serializer>(
    rejections: &[(ErrorKind, u64)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let by_kind: BTreeMap<_, _> = rejections
        .iter()
        .map(|(kind, count)| (format!("{kind:?}"), count))
        .collect();
    by_kind.serialize(serializer)
}
