//! What came of it, in a table.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use crate::traffic::Tally;

pub(crate) struct Report {
    name: &'static str,
    rate: f64,
    tally: Tally,
    pub(crate) lost: usize,
    pub(crate) twice: usize,
    disturbances: String,
    peak_memory: u64,
}

impl Report {
    pub(crate) fn new(
        name: &'static str,
        duration: Duration,
        mut tally: Tally,
        handled: &BTreeMap<String, u64>,
        disturbances: String,
        peak_memory: u64,
    ) -> Self {
        let lost = tally
            .accepted
            .iter()
            .filter(|id| !handled.contains_key(*id))
            .count();
        let twice = handled.values().filter(|count| **count > 1).count();
        tally.latencies.sort();
        let rate = tally.latencies.len() as f64 / duration.as_secs_f64();
        Self {
            name,
            rate,
            tally,
            lost,
            twice,
            disturbances,
            peak_memory,
        }
    }

    fn latency(&self, part: f64) -> f64 {
        let latencies = &self.tally.latencies;
        let at = (latencies.len() as f64 * part) as usize;
        latencies
            .get(at)
            .map_or(0.0, |latency| latency.as_secs_f64() * 1000.0)
    }
}

pub(crate) fn table(reports: &[Report]) -> String {
    let mut table = String::from(
        "| program | requests/s | 202 | of them new | 4xx | 503 | other | no answer | lost | twice | p50 ms | p99 ms | peak MiB | meanwhile |\n\
         |---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|\n",
    );
    for report in reports {
        let Tally {
            accepted,
            taken,
            refused,
            no_room,
            wrong,
            unanswered,
            ..
        } = &report.tally;
        let _ = writeln!(
            table,
            "| {} | {:.0} | {taken} | {} | {refused} | {no_room} | {wrong} | {unanswered} | {} | {} | {:.2} | {:.2} | {:.1} | {} |",
            report.name,
            report.rate,
            accepted.len(),
            report.lost,
            report.twice,
            report.latency(0.5),
            report.latency(0.99),
            report.peak_memory as f64 / 1024.0,
            report.disturbances,
        );
    }
    table
}
