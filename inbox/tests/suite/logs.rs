//! What is logged, and that the guide lists it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use moneyhub_webhooks_inbox::{Handled, Received};
use rusqlite::Connection;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::handlers::Says;
use crate::stage::{Place, Stage, post, until};

fn file(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

thread_local! {
    /// What this thread has logged, if that is of interest.
    static LINES: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

/// Remembers each event of the inbox as a line: its level, its message and its fields. It is the subscriber of the whole
/// program: beside one of a thread, whether an event is of interest is decided by whichever thread comes first.
struct Lines;

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0 += &match field.name() {
            "message" => format!(" {value:?}"),
            name => format!(" {name}={value:?}"),
        };
    }
}

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "moneyhub_webhooks_inbox"
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        LINES.with_borrow_mut(|lines| lines.as_mut().map(|lines| lines.push(line.0)));
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[test]
fn a_store_that_fails_and_what_becomes_of_webhooks_is_logged() {
    tracing::subscriber::set_global_default(Lines).unwrap();
    LINES.set(Some(Vec::new()));
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build().unwrap();
    runtime.block_on(faults());
    let lines = LINES.take().unwrap().join("\n");
    for expected in [
        "WARN the store does not take a batch error=",
        "ERROR the store is down",
        "WARN went to the spill folder folder=\"signed\" entries=1",
        "INFO the store is up again",
        "INFO a file was moved from the spill folder to the store file=",
        "ERROR the spill folder does not take a batch error=the folder is full",
        "ERROR a webhook is lost what=Webhook ",
        "WARN an attempt failed key=",
        "ERROR a webhook is a dead letter key=",
        "attempts=2 reason=\"never\"",
        "DEBUG handled key=",
    ] {
        assert!(lines.contains(expected), "no {expected} in {lines}");
    }
    for once in ["the store is down", "the store is up again"] {
        assert_eq!(lines.matches(once).count(), 1, "{once} in {lines}");
    }
    let place = |line: &str| lines.find(line).unwrap();
    assert!(place("the store is down") < place("went to the spill folder"));
}

async fn faults() {
    let stage = Stage::sqlite();
    let builder = stage.builder(stage.moneyhub.receiver()).max_spill(6000);
    let builder = builder.store_timeout(Duration::from_millis(200));
    let inbox = stage.open(builder).await;
    let Place::File(path) = &stage.place else {
        unreachable!()
    };
    let other = Connection::open(path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
    assert_eq!(post(&inbox, stage.body()).await, Received::Unavailable);
    other.execute_batch("ROLLBACK").unwrap();
    until(async || inbox.health().is_store_up && inbox.health().spilled_bytes == 0).await;
    let fails = Says::new(|| Handled::Retry("not yet".into()));
    until(async || {
        inbox
            .work_once(&fails)
            .await
            .is_ok_and(|attempts| attempts == 1)
    })
    .await;
    stage.clock.advance(chrono::TimeDelta::seconds(10));
    let dies = Says::new(|| Handled::Dead("never".into()));
    assert_eq!(inbox.work_once(&dies).await.unwrap(), 1);
    assert_eq!(inbox.requeue_all().await.unwrap(), 1);
    assert_eq!(inbox.work_once(&Says::done()).await.unwrap(), 1);
}

#[test]
fn the_guide_lists_every_event_with_its_level() {
    let code = file("src/observe.rs");
    let levels = ["error", "warn", "info", "debug"];
    let mut logged = BTreeSet::new();
    for level in levels {
        // Of the table of events: `name, level, "message"`. Of macros: `level!(target: TARGET, …, "message")`.
        let (in_table, in_macro) = (
            format!(", {level}, \""),
            format!("tracing::{level}!(target: TARGET, "),
        );
        let of_table = code.split(&in_table).skip(1);
        let of_macros = code.split(&in_macro).skip(1);
        let of_macros = of_macros.map(|rest| rest.split_once('"').unwrap().1);
        for rest in of_table.chain(of_macros) {
            let message = rest.split('"').next().unwrap();
            logged.insert(format!("//! | {level} | `{message}` |"));
        }
    }
    assert_eq!(logged.len(), 22, "{logged:#?}");
    let guide = file("src/guide/logs.rs");
    let is_row = |line: &&str| {
        levels
            .iter()
            .any(|level| line.starts_with(&format!("//! | {level} | ")))
    };
    assert_eq!(guide.lines().filter(is_row).count(), logged.len());
    for row in logged {
        assert!(guide.contains(&row), "{row}");
    }
}
