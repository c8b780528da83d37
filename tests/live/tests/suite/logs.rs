//! What `tracing` is told of fetches: counts and reasons, and nothing of a token.

use std::cell::RefCell;
use std::io;
use std::sync::Once;

use moneyhub_webhooks::ErrorKind;
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

const STARTED: &str = "DEBUG moneyhub_webhooks: fetching the key set";

#[tokio::test]
async fn fetches_are_logged_with_counts_and_reasons() {
    collect();
    let server = Server::http();
    let with_another =
        String::from_utf8(jwks(&[("first", &FIRST)])).unwrap().replacen('[', r#"[{"kty":"EC"},"#, 1);
    server.answer(KEYS, Answer::ok(with_another));
    let service = Service::of(&server);
    assert_eq!(service.judge(&FIRST.token("first")).await, Ok(()));
    let succeeded = "INFO moneyhub_webhooks: fetched the key set usable=1 ignored=1";
    assert_eq!(take_own(), [STARTED, succeeded]);

    server.answer(KEYS, Answer::new(503, ""));
    service.clock.set(30);
    assert_eq!(service.judge(&forged("stranger")).await, Err(ErrorKind::KeysUnavailable));
    let failed = "WARN moneyhub_webhooks: could not fetch the key set \
        error=keys unavailable: the answer has the status 503";
    assert_eq!(take_own(), [STARTED, failed]);

    assert_eq!(service.judge(&FIRST.token("first")).await, Ok(()));
    assert_eq!(take_own(), [""; 0]);
}

#[tokio::test]
async fn nothing_of_a_token_is_logged_at_any_level() {
    collect();
    let server = Server::http();
    let service = Service::warm(&server).await;
    let tokens = [FIRST.token("first"), SECOND.token("kid-of-the-new-key"), forged("kid-of-a-stranger")];
    server.publish(&[("kid-of-the-new-key", &SECOND)]);
    for second in [0, 30, 60, 700] {
        service.clock.set(second);
        for token in &tokens {
            _ = service.judge(token).await;
        }
        server.answer(KEYS, Answer::ok("<html>"));
    }
    let text = take();
    assert!(text.contains("could not fetch the key set"));
    for secret in tokens.iter().flat_map(|token| token.split('.')).chain(["kid-of-", "token"]) {
        assert!(!text.contains(secret), "{secret} is in {text}");
    }
}
