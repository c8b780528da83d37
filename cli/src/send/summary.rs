//! The totals of a run: answers by status, latency and rate.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::Serialize;

use super::answer::Answer;
use crate::output::{BAD, GOOD, HEADING};

#[derive(Default)]
pub(super) struct Summary {
    /// `None` counts the deliveries without an answer.
    by_status: BTreeMap<Option<u16>, u64>,
    microseconds: Vec<u64>,
    wrong: u64,
    planned: u64,
    took: Duration,
}

#[derive(Serialize)]
pub(super) struct SummaryJson {
    sent: usize,
    /// Deliveries with an unexpected answer or none.
    wrong: u64,
    by_status: BTreeMap<String, u64>,
    seconds: f64,
    per_second: f64,
    latency_microseconds: BTreeMap<&'static str, u64>,
}

impl Summary {
    pub(super) fn add(&mut self, answer: &Answer) {
        *self.by_status.entry(answer.status).or_default() += 1;
        self.microseconds.push(answer.microseconds);
        self.wrong += u64::from(!answer.as_expected);
    }

    pub(super) fn end(&mut self, planned: u64, took: Duration) {
        self.microseconds.sort_unstable();
        (self.planned, self.took) = (planned, took);
    }

    /// Whether every planned delivery was sent and answered as expected.
    pub(super) fn all_good(&self) -> bool {
        self.wrong == 0 && self.microseconds.len() as u64 == self.planned
    }

    /// The latency in microseconds that `percent` of the deliveries do not exceed, by the nearest rank.
    fn percentile(&self, percent: usize) -> u64 {
        let rank = (self.microseconds.len() * percent).div_ceil(100);
        self.microseconds
            .get(rank.saturating_sub(1))
            .copied()
            .unwrap_or_default()
    }

    fn per_second(&self) -> f64 {
        self.microseconds.len() as f64 / self.took.as_secs_f64().max(1e-6)
    }

    pub(super) fn as_json(&self) -> SummaryJson {
        let name = |status: &Option<u16>| {
            status.map_or_else(|| "none".to_owned(), |status| status.to_string())
        };
        let latency = [("p50", 50), ("p90", 90), ("p99", 99), ("max", 100)];
        SummaryJson {
            sent: self.microseconds.len(),
            wrong: self.wrong,
            by_status: self
                .by_status
                .iter()
                .map(|(status, count)| (name(status), *count))
                .collect(),
            seconds: self.took.as_secs_f64(),
            per_second: self.per_second().round(),
            latency_microseconds: latency
                .map(|(name, percent)| (name, self.percentile(percent)))
                .into(),
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sent = self.microseconds.len();
        let (seconds, rate) = (self.took.as_secs_f64(), self.per_second());
        writeln!(
            f,
            "\n{HEADING}{sent} sent{HEADING:#} in {seconds:.2} s, {rate:.0} per second"
        )?;
        for (status, count) in &self.by_status {
            match status {
                Some(status) => writeln!(f, "  {status:<9} {count}")?,
                None => writeln!(f, "  no answer {count}")?,
            }
        }
        let [p50, p90, p99, max] =
            [50, 90, 99, 100].map(|percent| self.percentile(percent) as f64 / 1000.0);
        writeln!(
            f,
            "  latency   p50 {p50:.1} ms, p90 {p90:.1} ms, p99 {p99:.1} ms, max {max:.1} ms"
        )?;
        if self.all_good() {
            writeln!(f, "{GOOD}✓ all answered as expected{GOOD:#}")
        } else {
            let wrong = self.wrong;
            let missing = self.planned - sent as u64;
            writeln!(
                f,
                "{BAD}✗ {wrong} not answered as expected, {missing} not sent{BAD:#}"
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Summary;

    #[test]
    fn a_percentile_is_the_nearest_rank() {
        let summary = Summary {
            microseconds: (1..=150).collect(),
            ..Summary::default()
        };
        assert_eq!(
            [50, 90, 99, 100].map(|percent| summary.percentile(percent)),
            [75, 135, 149, 150]
        );
        let one = Summary {
            microseconds: vec![7],
            ..Summary::default()
        };
        assert_eq!(
            [50, 99, 100].map(|percent| one.percentile(percent)),
            [7, 7, 7]
        );
        assert_eq!(Summary::default().percentile(50), 0);
    }
}
