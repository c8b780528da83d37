//! What was answered, as a table to look at and to hold.

use std::collections::BTreeMap;

/// Rows in the order in which they came, with what was expected.
#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<(String, String)>,
    cells: BTreeMap<(String, &'static str), String>,
}

impl Table {
    pub(crate) fn note(
        &mut self,
        receiver: &'static str,
        case: impl Into<String>,
        expected: impl ToString,
        seen: impl ToString,
    ) {
        let case = case.into();
        if !self.rows.iter().any(|(row, _)| *row == case) {
            self.rows.push((case.clone(), expected.to_string()));
        }
        self.cells.insert((case, receiver), seen.to_string());
    }

    pub(crate) fn print(&self, receivers: &[&'static str]) {
        let width = self
            .rows
            .iter()
            .map(|(case, _)| case.len())
            .max()
            .unwrap_or(0);
        print!("| {:width$} | {:15} |", "case", "expected");
        receivers
            .iter()
            .for_each(|receiver| print!(" {receiver:15} |"));
        println!();
        for (case, expected) in &self.rows {
            print!("| {case:width$} | {expected:15} |");
            for receiver in receivers {
                print!(" {:15} |", self.cell(case, receiver));
            }
            println!();
        }
    }

    /// The cells that are not as expected.
    pub(crate) fn wrong(&self, receivers: &[&'static str]) -> Vec<String> {
        let cells = self
            .rows
            .iter()
            .flat_map(|row| receivers.iter().map(move |receiver| (row, receiver)));
        cells
            .filter(|((case, expected), receiver)| {
                let cell = self.cell(case, receiver);
                cell != "-" && cell != expected
            })
            .map(|((case, expected), receiver)| {
                format!(
                    "{receiver}, {case}: {}, not {expected}",
                    self.cell(case, receiver)
                )
            })
            .collect()
    }

    fn cell(&self, case: &str, receiver: &'static str) -> &str {
        self.cells
            .get(&(case.to_owned(), receiver))
            .map_or("-", String::as_str)
    }
}
