//! Counts the events that were correct, for a row about all events.

use std::collections::BTreeSet;

use moneyhub_webhooks::{Event, EventType};

/// The events that were correct, and the faults of the others.
#[derive(Default)]
pub(crate) struct Tally {
    types: BTreeSet<&'static str>,
    unknown: usize,
    malformed: usize,
    faults: Vec<String>,
}

impl Tally {
    /// All event types, one unknown event and one malformed event.
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

    /// Counts an event, or records its fault.
    pub(crate) fn count(&mut self, event: &Event, fault: Option<String>) {
        match (fault, event) {
            (Some(fault), _) => self.faults.push(fault),
            (None, Event::Unknown(_)) => self.unknown += 1,
            (None, Event::Malformed(_)) => self.malformed += 1,
            (None, known) => self.types.extend(known.event_type().map(EventType::as_str)),
        }
    }
}
