//! How many deliveries arrived, and how they were answered.

use std::collections::BTreeMap;
use std::fmt;

use moneyhub_webhooks::ErrorKind;
use serde::{Serialize, Serializer};

use crate::report::Verdict;

#[derive(Clone, Default, Serialize)]
pub(super) struct Counts {
    total: u64,
    signed: u64,
    unsigned: u64,
    rejected: u64,
    #[serde(serialize_with = "by_kind")]
    rejections: Vec<(ErrorKind, u64)>,
    /// Deliveries without a line, because standard output was not read.
    pub(super) not_printed: u64,
    /// Deliveries that are missing in the recording, because writing took too long.
    pub(super) not_recorded: u64,
}

impl Counts {
    pub(super) fn add(&mut self, verdict: &Verdict) {
        self.total += 1;
        match verdict {
            Verdict::Accepted(authenticity) if authenticity.is_signed() => self.signed += 1,
            Verdict::Accepted(_) => self.unsigned += 1,
            Verdict::NotVerified => {}
            Verdict::Rejected { error, .. } => {
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
            not_printed,
            not_recorded,
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
        for (lost, what) in [(not_printed, "printed"), (not_recorded, "recorded")] {
            if *lost > 0 {
                write!(f, ", {lost} not {what}")?;
            }
        }
        Ok(())
    }
}

/// Serialises an object from each kind, such as `expired`, to its count.
fn by_kind<S: Serializer>(
    rejections: &[(ErrorKind, u64)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let by_kind: BTreeMap<_, _> = rejections
        .iter()
        .map(|(kind, count)| (kind.as_str(), count))
        .collect();
    by_kind.serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::Counts;

    #[test]
    fn what_is_missing_in_the_output_is_counted_in_words() {
        let counts = Counts {
            total: 3,
            not_printed: 2,
            not_recorded: 1,
            ..Counts::default()
        };
        assert_eq!(
            counts.to_string(),
            "3 deliveries: 0 signed, 0 unsigned, 0 rejected, 2 not printed, 1 not recorded"
        );
    }
}
