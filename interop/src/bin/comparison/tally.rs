//! How many events came out as they should, for a row that stands for all of them.

use std::collections::BTreeSet;

use moneyhub_webhooks::{Event, EventType};

/// The events that came out as they should, and what is wrong with the others.
#[derive(Default)]
pub(crate) struct Tally {
    types: BTreeSet<&'static str>,
    unknown: usize,
    malformed: usize,
    faults: Vec<String>,
}

impl Tally {
    /// All types of events that there are, and one unknown and one malformed event.
    pub(crate) fn expected() -> String {
        format!("{} types, 1 unknown, 1 malformed", EventType::ALL.len())
    }

    pub(crate) fn got(&self) -> String {
        let Self {
            types,
            unknown,
            malformed,
            faults,
        } = self;
        let counted = format!(
            "{} types, {unknown} unknown, {malformed} malformed",
            types.len()
        );
        if faults.is_empty() {
            counted
        } else {
            format!("{counted}; not {}", faults.join(", "))
        }
    }

    /// Counts an event, or what is wrong with it.
    pub(crate) fn count(&mut self, event: &Event, fault: Option<String>) {
        match (fault, event) {
            (Some(fault), _) => self.faults.push(fault),
            (None, Event::Unknown(_)) => self.unknown += 1,
            (None, Event::Malformed(_)) => self.malformed += 1,
            (None, known) => self.types.extend(known.event_type().map(EventType::as_str)),
        }
    }
}
