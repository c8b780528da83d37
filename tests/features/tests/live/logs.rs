//! What is logged about deliveries: names and reasons, and no values.

use std::cell::RefCell;
use std::io;
use std::sync::Once;

use moneyhub_webhooks::{ErrorKind, Receiver};
use tracing_subscriber::filter::LevelFilter;

use crate::support::Service;
use crate::support::server::{Answer, KEYS, Server};
use crate::support::tokens::{FIRST, SECOND, forged, jwks};

thread_local! {
    /// What this thread has logged, if it is collected.
    static LOG: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

struct Log;

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.with_borrow_mut(|log| log.as_mut().map_or(Ok(bytes.len()), |log| log.write(bytes)))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Collects from now on what this thread logs, at any level. The subscriber is that of the whole program:
/// beside one of a thread, whether an event is of interest is decided by whichever thread comes first.
pub(crate) fn collect() {
    static SUBSCRIBED: Once = Once::new();
    SUBSCRIBED.call_once(|| {
        tracing_subscriber::fmt()
            .with_max_level(LevelFilter::TRACE)
            .with_writer(|| Log)
            .with_ansi(false)
            .without_time()
            .init();
    });
    LOG.set(Some(Vec::new()));
}

/// What was logged since it was last taken.
fn take() -> String {
    String::from_utf8(LOG.with_borrow_mut(|log| log.replace(Vec::new())).unwrap()).unwrap()
}

/// The same, of the crate itself alone.
pub(crate) fn take_own() -> Vec<String> {
    take()
        .lines()
        .map(str::trim)
        .filter(|line| line.contains("moneyhub_webhooks"))
        .map(str::to_owned)
        .collect()
}

/// Logs one plain JSON body.
fn log_of(event: &str, payload: &str) -> Vec<String> {
    collect();
    let body = format!(
        r#"{{"id":"id-of-it","userId":"user-of-it","eventType":"{event}","payload":{payload}}}"#
    );
    assert!(Receiver::unsigned_json().parse(body.as_bytes()).is_ok());
    take_own()
}

#[test]
fn an_accepted_webhook_is_logged_at_debug_level_with_its_event() {
    let expected = r#"DEBUG moneyhub_webhooks: accepted webhook outcome="accepted" event="deletedAccount" authenticity="unsigned""#;
    assert_eq!(
        log_of("deletedAccount", r#"{"accountId":"value-of-it"}"#),
        [expected]
    );
}

#[test]
fn members_that_the_type_does_not_have_are_counted() {
    let expected = r#"DEBUG moneyhub_webhooks: accepted webhook outcome="accepted" event="balanceThreshold" authenticity="unsigned" unknown_members=3"#;
    let payload = r#"{"accountUid":"a","accountName":"b","new":{"of":"it"},"balanceAtTimeGeneration":{"date":"2020-01-10","amount":50,"currency":"GBP","new":1},"matchedThresholds":[{"type":"lt","value":100,"id":"value-of-it"}]}"#;
    assert_eq!(log_of("balanceThreshold", payload), [expected]);
}

#[test]
fn an_unknown_event_is_logged_at_info_level() {
    let expected = r#"INFO moneyhub_webhooks: accepted webhook outcome="accepted" event="incomeVerificationSuccess" authenticity="unsigned""#;
    assert_eq!(
        log_of("incomeVerificationSuccess", r#"{"reportId":"value-of-it"}"#),
        [expected]
    );
}

#[test]
fn a_malformed_webhook_is_logged_as_a_warning_with_path_and_reason() {
    let expected = concat!(
        r#"WARN moneyhub_webhooks: accepted webhook outcome="accepted" event="deletedAccount" authenticity="unsigned" "#,
        r#"malformed_at="accountId" reason="expected a string""#
    );
    assert_eq!(log_of("deletedAccount", r#"{"accountId":77}"#), [expected]);
}

#[test]
fn a_user_that_was_passed_over_is_logged_as_a_warning() {
    collect();
    let body = r#"{"id":"1","userId":{"value":"of it"},"eventType":"deletedAccount","payload":{"accountId":"a"}}"#;
    assert!(Receiver::unsigned_json().parse(body.as_bytes()).is_ok());
    let expected = r#"WARN moneyhub_webhooks: accepted webhook outcome="accepted" event="deletedAccount" authenticity="unsigned" passed_over_user=true"#;
    assert_eq!(take_own(), [expected]);
}

#[test]
fn the_name_of_an_unknown_event_is_escaped_and_cut() {
    let name = r#"a\n\u001b[31m\u2028\" "#.to_owned() + &"é".repeat(200);
    let expected = format!(
        r#"INFO moneyhub_webhooks: accepted webhook outcome="accepted" event="a\n\u{{1b}}[31m\u{{2028}}\" {}" authenticity="unsigned""#,
        "é".repeat(90)
    );
    assert_eq!(log_of(&name, "{}"), [expected]);
}

#[tokio::test]
async fn a_delivery_is_one_event_and_fetches_are_not_logged() {
    collect();
    let server = Server::http();
    server.answer(KEYS, Answer::ok(jwks(&[("first", &FIRST)])));
    let service = Service::of(&server);
    assert_eq!(service.receive(&FIRST.token("first")).await, Ok(()));
    let accepted = r#"DEBUG moneyhub_webhooks: accepted webhook outcome="accepted" event="paymentCompleted" authenticity="signed""#;
    assert_eq!(take_own(), [accepted]);

    server.answer(KEYS, Answer::new(503, ""));
    service.clock.set(30);
    assert_eq!(
        service.receive(&forged("unknown")).await,
        Err(ErrorKind::KeysUnavailable)
    );
    let rejected = r#"WARN moneyhub_webhooks: rejected webhook outcome="keys_unavailable" is_signed=false error=keys unavailable: "#;
    let [logged] = &take_own()[..] else {
        panic!("one delivery")
    };
    assert!(logged.starts_with(rejected), "{logged}");
}

#[tokio::test]
async fn no_part_of_a_token_is_logged_at_any_level() {
    collect();
    let server = Server::http();
    let service = Service::warm(&server).await;
    let tokens = [
        FIRST.token("first"),
        SECOND.token("kid-of-the-new-key"),
        forged("kid-of-a-unknown"),
    ];
    server.publish(&[("kid-of-the-new-key", &SECOND)]);
    for second in [0, 30, 60, 700] {
        service.clock.set(second);
        for token in &tokens {
            _ = service.receive(token).await;
        }
        server.answer(KEYS, Answer::ok("<html>"));
    }
    let text = take();
    assert!(text.contains("accepted webhook") && text.contains("rejected webhook"));
    let values = ["kid-of-", "dc9446ee", "c9d133e0", "5f75a9f9"];
    for secret in tokens
        .iter()
        .flat_map(|token| token.split('.'))
        .chain(values)
    {
        assert!(!text.contains(secret), "{secret} is in {text}");
    }
}
