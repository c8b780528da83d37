//! Servers that fail in any way: tokens are `KeysUnavailable`, and cached keys stay.

use moneyhub_webhooks::ErrorKind;

use crate::support::server::{Answer, KEYS, Server};
use crate::support::tokens::{FIRST, forged, jwks};
use crate::support::{Service, past_deadline};

/// A way to fail, and how the reason for it begins.
struct Failure {
    /// `None`: no connection is taken.
    answer: Option<Answer>,
    reason: &'static str,
}

fn failures() -> Vec<Failure> {
    let good = || jwks(&[("first", &FIRST)]);
    let failure = |answer, reason| Failure {
        answer: Some(answer),
        reason,
    };
    let mut failures = vec![
        failure(
            Answer::ok("<!doctype html><title>Maintenance</title>"),
            "the key set is not a JWKS: expected an object",
        ),
        failure(
            Answer::ok(""),
            "the key set is not a JWKS: expected an object",
        ),
        failure(
            Answer::ok(good()).encoded("gzip"),
            "the answer has a content coding that was not asked for: `gzip`",
        ),
        failure(Answer::truncated(good()), "the answer could not be read: "),
        failure(Answer::huge(), "the answer is over 1 MiB"),
        failure(Answer::trickling(), "no key set within the timeout"),
        Failure {
            answer: None,
            reason: "the request failed: ",
        },
    ];
    // A good key set does not help.
    failures.extend(STATUSES.map(|(status, reason)| failure(Answer::new(status, good()), reason)));
    failures
}

const STATUSES: [(u16, &str); 8] = [
    (201, "the answer has the status 201"),
    (203, "the answer has the status 203"),
    (206, "the answer has the status 206"),
    (400, "the answer has the status 400"),
    (404, "the answer has the status 404"),
    (429, "the answer has the status 429"),
    (500, "the answer has the status 500"),
    (503, "the answer has the status 503"),
];

impl Failure {
    async fn happen_to(&self, server: &mut Server) {
        match &self.answer {
            Some(answer) => server.answer(KEYS, answer.clone()),
            None => server.close().await,
        }
    }

    /// What is said of a token that waits for a fetch which fails so.
    async fn receive(
        &self,
        service: &Service,
        server: &Server,
        token: &str,
    ) -> Result<(), ErrorKind> {
        let result = service.receive(token);
        if self.reason.ends_with("timeout") {
            past_deadline(server, result).await
        } else {
            result.await
        }
    }

    async fn assert_is_reported_by(&self, service: &Service) {
        service.fetch_ended().await;
        let reason = service.last_error();
        assert!(reason.starts_with(self.reason), "{reason}");
    }
}

/// Row 49.
#[tokio::test]
async fn without_cached_keys_a_failed_fetch_is_keys_unavailable_and_is_repeated_after_the_cooldown()
{
    for failure in failures() {
        let mut server = Server::http();
        failure.happen_to(&mut server).await;
        let service = Service::of(&server);
        let token = FIRST.token("first");
        let result = failure.receive(&service, &server, &token).await;
        assert_eq!(
            result,
            Err(ErrorKind::KeysUnavailable),
            "{}",
            failure.reason
        );
        failure.assert_is_reported_by(&service).await;
        assert_eq!(service.keys.status().usable, 0);
        if failure.answer.is_some() {
            server.publish(&[("first", &FIRST)]);
            service.clock.set(30);
            assert_eq!(service.receive(&token).await, Ok(()), "{}", failure.reason);
            assert_eq!(server.fetches(), 2, "{}", failure.reason);
        }
    }
}

/// Row 49.
#[tokio::test]
async fn cached_keys_verify_up_to_the_hard_limit_while_the_server_fails() {
    const DAY: i64 = 24 * 60 * 60;
    for failure in failures() {
        let mut server = Server::http();
        server.publish(&[("first", &FIRST)]);
        let service = Service::of(&server);
        service.keys.warm_up().await.unwrap();
        failure.happen_to(&mut server).await;
        let (known, unknown) = (FIRST.token("first"), forged("unknown"));

        for second in [601, DAY] {
            service.clock.set(second);
            let result = failure.receive(&service, &server, &known).await;
            assert_eq!(result, Ok(()), "{}", failure.reason);
            failure.assert_is_reported_by(&service).await;
            assert_eq!(
                service.receive_at_once(&unknown),
                Err(ErrorKind::KeysUnavailable),
                "{}",
                failure.reason
            );
        }
        service.clock.set(DAY + 1);
        assert_eq!(
            service.receive_at_once(&known),
            Err(ErrorKind::KeysUnavailable),
            "{}",
            failure.reason
        );
        assert_eq!(service.keys.status().fetches, 3);
        if failure.answer.is_some() {
            assert_eq!(server.fetches(), 3, "{}", failure.reason);
            server.publish(&[("first", &FIRST)]);
            service.clock.set(DAY + 30);
            assert_eq!(service.receive(&known).await, Ok(()), "{}", failure.reason);
            assert_eq!(server.fetches(), 4, "{}", failure.reason);
        }
    }
}

/// Row 49. 204 and 304 have no body at all.
#[tokio::test]
async fn a_response_without_a_body_is_rejected_by_its_status() {
    for status in [204, 304] {
        let server = Server::http();
        let service = Service::warm(&server).await;
        server.answer(KEYS, Answer::new(status, ""));
        service.clock.set(601);
        assert_eq!(service.receive(&FIRST.token("first")).await, Ok(()));
        assert_eq!(
            service.last_error(),
            format!("the answer has the status {status}")
        );
        assert_eq!(
            service.receive(&forged("unknown")).await,
            Err(ErrorKind::KeysUnavailable)
        );
        assert_eq!(server.fetches(), 2);
    }
}

/// Row 49. The rest of the 100 MB stays with the server, but for what its sockets have room for.
#[tokio::test]
async fn a_huge_response_is_read_only_up_to_the_maximum_size_of_a_key_set() {
    let server = Server::http();
    server.answer(KEYS, Answer::huge());
    let service = Service::of(&server);
    assert_eq!(
        service.receive(&FIRST.token("first")).await,
        Err(ErrorKind::KeysUnavailable)
    );
    let written = server.bytes_written().await;
    println!("of 100 MB {written} bytes were written");
    assert!(written < 8 << 20, "{written}");
}

/// Row 49. A body of exactly 1 MiB is read, one byte more is not.
#[tokio::test]
async fn a_key_set_has_at_most_one_mebibyte() {
    const MEBIBYTE: usize = 1 << 20;
    for (length, result) in [
        (MEBIBYTE, Ok(())),
        (MEBIBYTE + 1, Err(ErrorKind::KeysUnavailable)),
    ] {
        let server = Server::http();
        let mut padded = jwks(&[("first", &FIRST)]);
        padded.resize(length, b' ');
        server.answer(KEYS, Answer::ok(padded));
        assert_eq!(
            Service::of(&server).receive(&FIRST.token("first")).await,
            result,
            "{length}"
        );
    }
}
