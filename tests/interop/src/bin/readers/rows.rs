//! Turns the lines of the readers into rows. A line is one of
//!
//! - `verified<TAB>reader<TAB>case<TAB>` and `the same`, if the token was verified and has the expected claims,
//! - `forged<TAB>reader<TAB>fault<TAB>` and `refused`, if the token was not verified,
//! - `valid<TAB>validator<TAB>webhook` or `event<TAB>case<TAB>` and `valid`, or the reason why it is not,
//! - `read<TAB>reader<TAB>webhook` or `event<TAB>case<TAB>` and the JSON after reading and writing,
//! - `SKIPPED<TAB>name<TAB>reason`.
//!
//! A reader's name says how it represents numbers: `floats`, `integers and floats`, or neither if they are exact.

use std::error::Error;

use chrono::DateTime;
use moneyhub_webhooks::{Event, Receiver};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::cases::{Case, Number, Place, SAME};
use crate::comparison::{Tally, difference, event_difference};

/// The rows so far, in order of their first line.
pub(crate) struct Rows<'a> {
    cases: &'a [Case],
    tallies: Vec<(String, String, Tally)>,
    others: Vec<String>,
}

impl<'a> Rows<'a> {
    pub(crate) fn new(cases: &'a [Case]) -> Self {
        Self {
            cases,
            tallies: Vec::new(),
            others: Vec::new(),
        }
    }

    pub(crate) fn read(&mut self, line: &str) -> Result<(), Box<dyn Error>> {
        let columns: Vec<&str> = line.split('\t').collect();
        match columns[..] {
            ["SKIPPED", name, reason] => self
                .others
                .push(format!("SKIPPED\treaders, {name}\t{reason}")),
            ["verified", reader, case, got] => {
                let row = format!("{reader}: our tokens verified, with our claims");
                self.count(
                    row,
                    Tally::expected(),
                    self.case(case)?,
                    (got != SAME).then_some(got),
                );
            }
            ["forged", reader, fault, got] => {
                self.others.push(format!(
                    "readers\t{reader}: our token that is {fault}\trefused\t{got}"
                ));
            }
            ["valid", validator, form, case, got] => {
                self.validated(validator, form, self.case(case)?, got)
            }
            ["read", reader, form, case, text] => {
                self.read_back(reader, form, self.case(case)?, text)?
            }
            _ => return Err(format!("not a line of a reader: {line}").into()),
        }
        Ok(())
    }

    pub(crate) fn print(self) -> impl Iterator<Item = String> {
        let tallies = self
            .tallies
            .into_iter()
            .map(|(row, expected, tally)| format!("readers\t{row}\t{expected}\t{}", tally.got()));
        tallies.chain(self.others)
    }

    fn case(&self, name: &str) -> Result<&'a Case, Box<dyn Error>> {
        Ok(self
            .cases
            .iter()
            .find(|case| case.name == name)
            .ok_or_else(|| format!("no case {name}"))?)
    }

    fn count(&mut self, row: String, expected: String, case: &Case, fault: Option<&str>) {
        let place = self
            .tallies
            .iter()
            .position(|(name, _, _)| *name == row)
            .unwrap_or_else(|| {
                self.tallies.push((row, expected, Tally::default()));
                self.tallies.len() - 1
            });
        let fault = fault.map(|fault| format!("{}: {fault}", case.name));
        self.tallies[place].2.count(&case.event, fault);
    }

    /// Malformed events must be invalid, since the schema describes the known forms. All others must be valid.
    fn validated(&mut self, validator: &str, form: &str, case: &Case, got: &str) {
        let row = match form {
            "webhook" => {
                format!("{validator}: our webhooks valid by the schema, and malformed ones not")
            }
            _ => format!(
                "{validator}: our events with an id valid by the schema, and malformed ones not"
            ),
        };
        let fault = match (&case.event, got) {
            (Event::Malformed(_), "valid") => Some("valid"),
            (Event::Malformed(_), _) | (_, "valid") => None,
            (_, why) => Some(why),
        };
        self.count(row, Tally::expected(), case, fault);
    }

    fn read_back(
        &mut self,
        reader: &str,
        form: &str,
        case: &Case,
        text: &str,
    ) -> Result<(), Box<dyn Error>> {
        #[derive(Deserialize)]
        struct Sent {
            payload: Box<RawValue>,
        }

        let Sent { payload: sent } = serde_json::from_str(text)?;
        let (event, fault) = if form == "webhook" {
            // The time makes no difference for plain JSON.
            let got = Receiver::unsigned_json().parse_at(text.as_bytes(), DateTime::UNIX_EPOCH)?;
            let fault = difference(&case.webhook, &got, &sent);
            (got.into_event(), fault)
        } else {
            let got: Event = serde_json::from_str(text)?;
            let fault = event_difference(&case.event, &got, &sent);
            (got, fault)
        };
        let Some(number) = case.number else {
            self.count(
                format!("{reader}: our {form}s read and written"),
                Tally::expected(),
                case,
                fault,
            );
            return Ok(());
        };
        let expected = match reader.split_once(", ") {
            Some((_, "floats")) => number.by_floats,
            Some((_, "integers and floats")) => number.by_integers_and_floats,
            _ => SAME,
        };
        let got = what_became_of(number, &case.event, &event);
        // Webhook and event share a row if their results are equal.
        let row = format!("readers\t{reader}: {}\t{expected}\t{got}", case.name);
        if !self.others.contains(&row) {
            self.others.push(row);
        }
        Ok(())
    }
}

fn what_became_of(number: &Number, event: &Event, got: &Event) -> String {
    let (Event::BalanceThreshold(event), Event::BalanceThreshold(balance)) = (event, got) else {
        return if matches!(got, Event::Malformed(_)) {
            "malformed".to_owned()
        } else {
            "another event".to_owned()
        };
    };
    let mut other = balance.clone();
    let (before, now) = match number.place {
        Place::Amount => {
            other.balance_at_time_generation.amount = event.balance_at_time_generation.amount;
            (
                event.balance_at_time_generation.amount.to_string(),
                balance.balance_at_time_generation.amount.to_string(),
            )
        }
        Place::Threshold => {
            other
                .matched_thresholds
                .clone_from(&event.matched_thresholds);
            let first = |thresholds: &[moneyhub_webhooks::event::Threshold]| {
                thresholds.first().map(|first| first.value.to_string())
            };
            (
                first(&event.matched_thresholds).unwrap_or_default(),
                first(&balance.matched_thresholds).unwrap_or_default(),
            )
        }
    };
    match (event == balance, event == &other) {
        (true, _) if before == now => SAME.to_owned(),
        (true, _) => format!("the same, written as {now}"),
        (false, true) => format!("changed to {now}"),
        (false, false) => "another event".to_owned(),
    }
}
