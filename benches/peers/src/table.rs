//! The table, in Markdown. It has one row for each peer and one column for each case. A cell is the time of the peer
//! divided by that of the first peer (this crate) in the same round, as the median of all rounds.

use std::collections::HashMap;

use crate::bodies::CASES;

#[derive(Default)]
struct Row {
    peer: String,
    version: String,
    note: String,
    /// For each case, the nanoseconds of each round.
    times: HashMap<String, Vec<f64>>,
}

/// Reads the output of the rounds. A line has a peer, and a case with nanoseconds or the version or note of the peer.
pub fn print(lines: impl Iterator<Item = String>) {
    let rows = read(lines);
    println!(
        "| | {} | version | note |",
        CASES.map(|(_, heading)| heading).join(" | ")
    );
    println!("|---|{}---|---|", "---:|".repeat(CASES.len()));
    for Row {
        peer,
        version,
        note,
        times,
    } in &rows
    {
        let cells = CASES.map(|(case, _)| match times.get(case) {
            Some(theirs) => ratio(theirs, &rows[0].times[case]),
            None => "–".to_owned(),
        });
        println!("| {peer} | {} | {version} | {note} |", cells.join(" | "));
    }

    let Row { peer, times, .. } = &rows[0];
    let microseconds = CASES
        .map(|(case, heading)| format!("{heading} {:.2} µs", median(times[case].clone()) / 1000.0));
    println!("\n1.00 of {peer} is: {}.", microseconds.join("; "));
}

fn read(lines: impl Iterator<Item = String>) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for line in lines {
        let [peer, kind, text] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("not three fields: {line}")
        };
        let known = rows.iter().position(|row| row.peer == peer);
        let index = known.unwrap_or_else(|| {
            rows.push(Row {
                peer: peer.to_owned(),
                ..Row::default()
            });
            rows.len() - 1
        });
        match kind {
            "version" => rows[index].version = text.to_owned(),
            "note" => rows[index].note = text.to_owned(),
            case => rows[index]
                .times
                .entry(case.to_owned())
                .or_default()
                .push(text.parse().unwrap()),
        }
    }
    rows
}

fn ratio(theirs: &[f64], ours: &[f64]) -> String {
    assert_eq!(theirs.len(), ours.len(), "as many rounds");
    let ratio = median(
        theirs
            .iter()
            .zip(ours)
            .map(|(theirs, ours)| theirs / ours)
            .collect(),
    );
    // Three significant figures: the measurement is no more precise.
    let decimals = if ratio < 10.0 { 2 } else { 1 };
    format!("{ratio:.decimals$}")
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
