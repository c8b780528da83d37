//! Every case at every receiver, and the table of what was answered.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use moneyhub_webhooks::keys::Keys;
use moneyhub_webhooks::testing::{Fault, samples};
use moneyhub_webhooks::{MemoryReplayGuard, Receiver, RemoteKeys};
use moneyhub_webhooks_receivers::answer::Answer;
use moneyhub_webhooks_receivers::channel::{Limits, Report, channel};
use moneyhub_webhooks_receivers::intake::Intake;
use moneyhub_webhooks_receivers::queue::Caps;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use crate::bodies::{
    clock, delivery, fixture_receiver, fixtures, issuer, token_of_the_limit, transactions,
};
use crate::harness::client::Way;
use crate::harness::patience::PATIENCE;
use crate::harness::postgres_server::{self, PostgresServer};
use crate::harness::redis_server::{self, RedisServer};
use crate::running::{Kind, Options, Running, Servers, limits, start};
use crate::table::Table;

#[tokio::test(flavor = "multi_thread")]
async fn every_receiver_answers_every_case_and_handles_what_it_accepts_once() {
    let redis = match redis_server::is_installed() {
        true => Some(RedisServer::start().await.expect("a Redis")),
        false => None,
    };
    let postgres = match postgres_server::is_installed() {
        true => Some(PostgresServer::shared().await.expect("a PostgreSQL")),
        false => None,
    };
    let mut table = Table::default();
    for kind in Kind::ALL {
        if kind == Kind::Queue && redis.is_none() || kind == Kind::Postgres && postgres.is_none() {
            continue;
        }
        let (redis, postgres) = (redis.as_ref(), postgres.as_deref());
        let mut bench = Bench {
            kind,
            redis,
            postgres,
            table: &mut table,
            started: 0,
        };
        bench.fixtures().await;
        bench.attacks().await;
        bench.sizes().await;
        bench.encodings().await;
        bench.duplicates().await;
        bench.odd_events().await;
        bench.missing_keys().await;
        bench.full().await;
        bench.slow().await;
        bench.panics().await;
    }
    let names = Kind::ALL.map(Kind::name);
    table.print(&names);
    assert_eq!(table.wrong(&names), [""; 0]);
}

struct Bench<'a> {
    kind: Kind,
    redis: Option<&'a RedisServer>,
    postgres: Option<&'a PostgresServer>,
    table: &'a mut Table,
    started: u32,
}

impl Bench<'_> {
    async fn start(&mut self, options: Options) -> Running {
        self.started += 1;
        let tag = format!("case-{}", self.started);
        start(
            self.kind,
            options,
            Servers {
                redis: self.redis,
                postgres: self.postgres,
                tag: &tag,
            },
        )
        .await
    }

    fn note(&mut self, case: impl Into<String>, expected: impl ToString, seen: impl ToString) {
        self.table.note(self.kind.name(), case, expected, seen);
    }

    /// Ends a receiver, which has to have handled these, each once.
    async fn expect_handled<'b>(
        &mut self,
        case: &str,
        running: Running,
        ids: impl IntoIterator<Item = &'b str>,
    ) {
        let mut handled = running.finish().await.handled;
        handled.sort();
        let mut expected: Vec<_> = ids.into_iter().map(str::to_owned).collect();
        expected.sort();
        assert_eq!(handled, expected, "{}, {case}", self.kind.name());
    }

    async fn fixtures(&mut self) {
        let signed_only = self.start(Options::new(fixture_receiver())).await;
        let json_only = self.start(Options::new(Receiver::unsigned_json())).await;
        let mut handled: [BTreeSet<String>; 2] = Default::default();
        for (folder, at_signed, at_json) in [("tokens", 202, 401), ("json", 401, 202)] {
            let (mut seen_signed, mut seen_json) = (BTreeSet::new(), BTreeSet::new());
            let bodies = fixtures(folder);
            assert_eq!(bodies.len(), 18);
            for (_, body) in bodies {
                seen_signed.insert(signed_only.post(&body).await);
                seen_json.insert(json_only.post(&body).await);
                if folder == "json" {
                    let value: serde_json::Value = serde_json::from_slice(&body).unwrap();
                    let id = value["id"].as_str().unwrap();
                    handled[0].insert(format!("{id} true"));
                    handled[1].insert(format!("{id} false"));
                }
            }
            let all = |seen: BTreeSet<u16>| {
                seen.iter()
                    .map(u16::to_string)
                    .collect::<Vec<_>>()
                    .join(",")
            };
            self.note(
                format!("18 fixtures/{folder} at a receiver of tokens"),
                at_signed,
                all(seen_signed),
            );
            self.note(
                format!("18 fixtures/{folder} at a receiver of plain JSON"),
                at_json,
                all(seen_json),
            );
        }
        let [signed, unsigned] = handled;
        self.expect_handled(
            "signed fixtures",
            signed_only,
            signed.iter().map(String::as_str),
        )
        .await;
        self.expect_handled(
            "plain fixtures",
            json_only,
            unsigned.iter().map(String::as_str),
        )
        .await;
    }

    async fn attacks(&mut self) {
        let running = self.start(Options::new(fixture_receiver())).await;
        for (name, body) in fixtures("rejected") {
            self.note(format!("attack {name}"), 401, running.post(&body).await);
        }
        self.expect_handled("attacks", running, []).await;

        let running = self.start(Options::new(issuer().receiver())).await;
        for (number, &fault) in Fault::ALL.iter().enumerate() {
            let body = delivery(&format!("fault-{number}")).faulty(fault);
            let error = issuer().receiver().parse_at(&body, clock()).unwrap_err();
            self.note(
                format!("fault {fault}"),
                error.http_status(),
                running.post(&body).await,
            );
        }
        for (name, body, expected) in [
            ("nothing", "", 400),
            ("a form", "a=b&c=d", 400),
            ("half of a JSON object", r#"{"token":"1""#, 400),
            ("half of plain JSON", r#"{"eventType":"x""#, 401),
        ] {
            self.note(
                format!("body is {name}"),
                expected,
                running.post(body).await,
            );
        }
        self.expect_handled("faults", running, []).await;
    }

    async fn sizes(&mut self) {
        let running = self.start(Options::new(issuer().receiver())).await;
        let large = issuer().delivery(&transactions(6000)).id("6000").token();
        assert!((312_000..314_000).contains(&large.len()), "{}", large.len());
        self.note("6000 ids, 313 KB", 202, running.post(&large).await);

        let body = token_of_the_limit("limit");
        self.note("exactly the limit", 202, running.post(&body).await);
        let chunked = token_of_the_limit("limit-chunked");
        self.note(
            "exactly the limit, chunked",
            202,
            running.send(&chunked, Way::Chunked).await,
        );
        let over = [&body[..], b"x"].concat();
        self.note("one byte over", 413, running.post(&over).await);
        self.note(
            "one byte over, chunked",
            413,
            running.send(&over, Way::Chunked).await,
        );
        let far_over = vec![b'x'; 9 * 1024 * 1024];
        let status = running.send(far_over, Way::AllFirst).await;
        self.note(
            "9 MiB, from a sender that sends all before it looks for an answer",
            413,
            status,
        );
        self.expect_handled(
            "sizes",
            running,
            ["6000 true", "limit true", "limit-chunked true"],
        )
        .await;
    }

    async fn encodings(&mut self) {
        let running = self.start(Options::new(issuer().receiver())).await;
        let token = delivery("encoded").token();
        let compressed = b"\x1f\x8b\x08\x00 what a sender's gzip has made of a token".to_vec();
        // The header decides, and a good token under it is refused too.
        let bodies = [
            ("gzip", compressed),
            ("deflate", token.clone().into()),
            ("br", token.clone().into()),
        ];
        for (coding, body) in bodies {
            let status = running.send(body, Way::Encoded(coding)).await;
            self.note(format!("content encoding {coding}"), 415, status);
        }
        for coding in [
            "identity, x-unheard-of",
            "identity\r\nContent-Encoding: GZIP",
        ] {
            let status = running.send(&token, Way::Encoded(coding)).await;
            self.note(format!("content encoding {coding:?}"), 415, status);
        }
        // Nothing has marked it as seen.
        self.note(
            "content encoding identity",
            202,
            running.send(&token, Way::Encoded("Identity")).await,
        );
        self.expect_handled("encodings", running, ["encoded true"])
            .await;
    }

    async fn duplicates(&mut self) {
        let running = self.start(Options::new(issuer().receiver())).await;
        let body = delivery("twice").token();
        let statuses = [running.post(&body).await, running.post(&body).await];
        self.note(
            "a token twice, handled once",
            "202 202",
            statuses.map(|it| it.to_string()).join(" "),
        );

        let genuine = delivery("genuine");
        let statuses = [
            running.post(genuine.json()).await,
            running.post(genuine.token()).await,
        ];
        let case = "forged JSON with a genuine id, then the signed one";
        self.note(case, "401 202", statuses.map(|it| it.to_string()).join(" "));
        self.expect_handled(case, running, ["genuine true", "twice true"])
            .await;

        let running = self
            .start(Options::new(issuer().receiver().and_unsigned_json()))
            .await;
        let statuses = [
            running.post(genuine.json()).await,
            running.post(genuine.token()).await,
        ];
        let case = "the same where plain JSON is taken too: both handled";
        self.note(case, "202 202", statuses.map(|it| it.to_string()).join(" "));
        self.expect_handled(case, running, ["genuine false", "genuine true"])
            .await;
    }

    async fn odd_events(&mut self) {
        let running = self.start(Options::new(issuer().receiver())).await;
        for (name, event) in [
            ("unknown", samples::unknown()),
            ("malformed", samples::malformed()),
        ] {
            let body = issuer().delivery(&event).id(name).token();
            self.note(
                format!("{name} event, handled"),
                202,
                running.post(body).await,
            );
        }
        self.expect_handled("odd events", running, ["malformed true", "unknown true"])
            .await;
    }

    async fn missing_keys(&mut self) {
        let (receiver, published) = receiver_without_keys();
        let running = self.start(Options::new(receiver)).await;
        self.note(
            "no keys: kept, and handled later",
            202,
            running.post(delivery("early").token()).await,
        );
        let forged = delivery("forged").faulty(Fault::Forged);
        self.note(
            "no keys, forged: kept, and refused later",
            202,
            running.post(forged).await,
        );
        published.store(true, Ordering::Relaxed);
        self.expect_handled("keys come later", running, ["early true"])
            .await;

        let (receiver, published) = receiver_with_old_keys().await;
        let running = self.start(Options::new(receiver)).await;
        self.note(
            "a key that is too new: kept, and handled later",
            202,
            running.post(delivery("new").token()).await,
        );
        published.store(true, Ordering::Relaxed);
        self.expect_handled(
            "the key is fetched after the cooldown",
            running,
            ["new true"],
        )
        .await;

        let (receiver, _) = receiver_without_keys();
        let caps = Caps {
            unjudged: 0,
            unjudged_on_disk: 0,
            ..Caps::default()
        };
        let limits = Limits {
            unjudged: 0,
            ..limits()
        };
        let running = self
            .start(Options {
                limits,
                caps,
                ..Options::new(receiver)
            })
            .await;
        self.note(
            "no keys, and no room to keep it",
            503,
            running.post(delivery("lost").token()).await,
        );
        self.expect_handled("no room to keep it", running, []).await;
    }

    async fn full(&mut self) {
        let caps = Caps {
            accepted: 0,
            accepted_on_disk: 0,
            ..Caps::default()
        };
        let limits = Limits {
            webhooks: 1,
            ..limits()
        };
        let running = self
            .start(Options {
                limits,
                caps,
                ..Options::new(issuer().receiver())
            })
            .await;
        running.handler.close();
        let mut taken = Vec::new();
        let mut last = 0;
        for number in 0..4 {
            let id = format!("full-{number}");
            last = running.post(delivery(&id).token()).await;
            if last == 202 {
                taken.push(format!("{id} true"));
                if taken.len() == 1 {
                    // The handler has it, and there is room for one more.
                    running.handler.called(1).await;
                }
            }
        }
        self.note("the hand-over is full", 503, last);
        running.handler.open();
        // What was turned away is fresh when it comes again: nothing has marked it as seen.
        if !matches!(self.kind, Kind::Queue | Kind::Postgres) {
            let mut again = 503;
            while again == 503 {
                again = running.post(delivery("full-3").token()).await;
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            self.note(
                "turned away, and again when there is room: handled",
                202,
                again,
            );
            taken.push("full-3 true".into());
        }
        self.expect_handled("full", running, taken.iter().map(String::as_str))
            .await;
    }

    async fn slow(&mut self) {
        let body = delivery("slow").token();
        // API Gateway waits for bodies itself.
        if self.kind != Kind::Lambda {
            let read_limit = Duration::from_millis(400);
            let running = self
                .start(Options {
                    read_limit,
                    ..Options::new(issuer().receiver())
                })
                .await;
            self.note(
                "slower than the limit",
                408,
                running.send(&body, Way::Half).await,
            );
            self.expect_handled("slower than the limit", running, [])
                .await;
        }
        let running = self.start(Options::new(issuer().receiver())).await;
        let slowish = Way::Slow(Duration::from_millis(100));
        let status = running.send(delivery("slowish").token(), slowish).await;
        self.note("slow, within the limit", 202, status);
        running.send(&body, Way::CutOff).await;
        self.note(
            "after one that was cut off",
            202,
            running.post(delivery("next").token()).await,
        );
        self.expect_handled("slow", running, ["next true", "slowish true"])
            .await;
    }

    async fn panics(&mut self) {
        let running = self.start(Options::new(issuer().receiver())).await;
        let statuses = [
            running.post(delivery("panic").token()).await,
            running.post(delivery("after").token()).await,
        ];
        let case = "the handler panics, and goes on with the next";
        self.note(case, "202 202", statuses.map(|it| it.to_string()).join(" "));
        self.expect_handled(case, running, ["after true"]).await;
    }
}

/// A receiver whose keys are not to be had before they are published.
pub(crate) fn receiver_without_keys() -> (Receiver, Arc<AtomicBool>) {
    let published = Arc::new(AtomicBool::new(false));
    let is_published = Arc::clone(&published);
    let keys = RemoteKeys::from_fn([issuer().issuer()], move || {
        let jwks = is_published
            .load(Ordering::Relaxed)
            .then(|| issuer().jwks().into_bytes());
        async { jwks.ok_or("not yet") }
    })
    .cooldown(Duration::ZERO)
    .deadline(PATIENCE)
    .build()
    .unwrap();
    (issuer().receiver().with_keys(Keys::from(keys)), published)
}

/// A receiver that has just fetched the keys from before a rotation. With the new ones the cooldown has passed.
async fn receiver_with_old_keys() -> (Receiver, Arc<AtomicBool>) {
    let published = Arc::new(AtomicBool::new(false));
    let [is_published, has_cooled_down] = [(); 2].map(|()| Arc::clone(&published));
    let keys = RemoteKeys::from_fn([issuer().issuer()], move || {
        let old = include_bytes!("../../../../fixtures/keys/jwks.json").to_vec();
        let jwks = if is_published.load(Ordering::Relaxed) {
            issuer().jwks().into_bytes()
        } else {
            old
        };
        async { Ok::<_, String>(jwks) }
    })
    .clock(move || {
        clock()
            + TimeDelta::minutes(if has_cooled_down.load(Ordering::Relaxed) {
                1
            } else {
                0
            })
    })
    .deadline(PATIENCE)
    .build()
    .unwrap();
    keys.warm_up().await.unwrap();
    (issuer().receiver().with_keys(Keys::from(keys)), published)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_handler_fails_at_is_tried_again_given_up_and_fresh_when_it_comes_again() {
    let running = start(
        Kind::Axum,
        Options::new(issuer().receiver()),
        Servers::default(),
    )
    .await;
    let body = delivery("panic").token();
    // A duplicate, until it is given up after two calls.
    let until = Instant::now() + PATIENCE;
    while running.handler.calls() < 3 && Instant::now() < until {
        assert_eq!(running.post(&body).await, 202);
    }
    assert!(running.handler.calls() >= 3, "it is never fresh again");
    let report = running.finish().await.report.unwrap();
    assert!(report.handled == 0 && report.given_up >= 2, "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_handler_fails_at_for_a_while_is_handled_after_that() {
    let over = Instant::now() + Duration::from_millis(100);
    let handler = move |_| async move {
        let failing = Instant::now() < over;
        if failing {
            Err("the database is being started again".into())
        } else {
            Ok(())
        }
    };
    let limits = Limits {
        attempts: 6,
        pause: Duration::from_millis(5),
        ..limits()
    };
    let (receiver, guard) = (issuer().receiver(), MemoryReplayGuard::new());
    let (channel, worker) = channel(&receiver, guard, clock, limits, handler);
    let intake = Intake::new(receiver, clock, channel);
    assert_eq!(
        intake
            .answer(None, delivery("patient").token().into())
            .await,
        Answer::Accepted
    );
    drop(intake);
    assert_eq!(
        worker.run().await,
        Report {
            handled: 1,
            ..Report::default()
        }
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_who_never_ends_a_request_does_not_keep_a_receiver_from_stopping() {
    for kind in [Kind::Axum, Kind::Actix] {
        let running = start(kind, Options::new(issuer().receiver()), Servers::default()).await;
        let mut stranger = TcpStream::connect(running.address).await.unwrap();
        stranger
            .write_all(b"POST /webhooks HTTP/1.1\r\nhost: ")
            .await
            .unwrap();
        assert_eq!(running.post(delivery("genuine").token()).await, 202);
        assert_eq!(
            running.finish().await.handled,
            ["genuine true"],
            "{}",
            kind.name()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_that_hangs_up_while_its_webhook_is_judged_takes_nothing_with_it() {
    for kind in [Kind::Axum, Kind::Actix, Kind::Lambda] {
        let asked = Arc::new(Semaphore::new(0));
        let publish = Arc::new(Semaphore::new(0));
        let keys = {
            let (asked, publish) = (Arc::clone(&asked), Arc::clone(&publish));
            RemoteKeys::from_fn([issuer().issuer()], move || {
                let (asked, publish) = (Arc::clone(&asked), Arc::clone(&publish));
                async move {
                    asked.add_permits(1);
                    publish
                        .acquire()
                        .await
                        .map_err(|error| error.to_string())?
                        .forget();
                    Ok::<_, String>(issuer().jwks().into_bytes())
                }
            })
            .deadline(PATIENCE)
            .build()
            .unwrap()
        };
        let receiver = issuer().receiver().with_keys(Keys::from(keys));
        let running = start(kind, Options::new(receiver), Servers::default()).await;
        let body = delivery("patient").token();
        tokio::select! {
            _ = running.post(&body) => unreachable!("there are no keys to judge by"),
            _ = asked.acquire() => {}
        }
        // The connection is closed now. It takes the server a moment to notice.
        tokio::time::sleep(Duration::from_millis(50)).await;
        publish.add_permits(1);
        running.handler.called(1).await;
        assert_eq!(
            running.finish().await.handled,
            ["patient true"],
            "{}",
            kind.name()
        );
    }
}
