//! The queue and its workers: what waits, what is taken over, what is buried, and what happens without Redis.

use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use moneyhub_webhooks::testing::Fault;
use moneyhub_webhooks::{KeySet, Receiver, RemoteKeys, Webhook};
use moneyhub_webhooks_receivers::answer::Answer;
use moneyhub_webhooks_receivers::intake::Intake;
use moneyhub_webhooks_receivers::queue::{Caps, Names, Queue, TIME_LIMIT};
use moneyhub_webhooks_receivers::worker::{Effects, Settings, Worker};
use redis::AsyncCommands as _;
use redis::aio::MultiplexedConnection;
use tokio::time::timeout;

use crate::bodies::{clock, delivery, issuer};
use crate::harness::patience::{PATIENCE, SENDER, until};
use crate::harness::redis_server::{self, RedisServer};
use crate::running::{until_crash, worker_settings};

/// A Redis, and the keys and a connection in it.
struct Bench {
    redis: RedisServer,
    names: Names,
    connection: MultiplexedConnection,
}

/// `None`: there is no Redis to test with.
async fn bench() -> Option<Bench> {
    if !redis_server::is_installed() {
        return None;
    }
    let redis = RedisServer::start().await.unwrap();
    let connection = redis.connect().await.unwrap();
    Some(Bench {
        redis,
        names: Names::new("test"),
        connection,
    })
}

impl Bench {
    fn intake(&self, receiver: Receiver, caps: Caps) -> Arc<Intake<Queue>> {
        Intake::new(
            receiver,
            clock,
            self.queue_within(PATIENCE, &self.redis.url(), caps),
        )
    }

    /// One that waits for the Redis at this address for so long.
    fn queue_within(&self, limit: Duration, url: &str, caps: Caps) -> Queue {
        Queue::within(limit, url, &self.names, &self.redis.folder("spill"), caps).unwrap()
    }

    fn default_intake(&self) -> Arc<Intake<Queue>> {
        self.intake(issuer().receiver(), Caps::default())
    }

    /// Runs a worker until `done`, and then to its end.
    async fn work<F, Fut>(
        &self,
        receiver: Receiver,
        settings: Settings,
        handler: F,
        mut done: impl AsyncFnMut(&mut MultiplexedConnection) -> bool,
    ) where
        F: Fn(Webhook) -> Fut + Send + 'static,
        Fut: Future<Output = Effects> + Send + 'static,
    {
        let url = self.redis.url();
        let worker = Worker::new(
            &url,
            &self.names,
            "other",
            receiver,
            clock,
            settings,
            handler,
        )
        .unwrap();
        let stop = worker.stop_flag();
        let watch = async {
            let mut connection = self.connection.clone();
            let is_done = until(async || done(&mut connection).await).await;
            stop.store(true, Ordering::Relaxed);
            is_done
        };
        let ((), is_done) = tokio::join!(worker.run(), watch);
        assert!(is_done, "the worker does not get there");
    }

    fn count(&self) -> impl Fn(Webhook) -> std::future::Ready<Effects> + Send + 'static {
        let key = self.names.key("counts");
        move |webhook| {
            let mut effects = redis::pipe();
            effects.hincr(&key, webhook.id().as_str(), 1);
            std::future::ready(Ok(effects))
        }
    }

    async fn counted(&mut self, id: &str) -> u64 {
        self.connection
            .hget::<_, _, Option<u64>>(self.names.key("counts"), id)
            .await
            .unwrap()
            .unwrap_or(0)
    }

    async fn lengths(&mut self) -> (u64, u64, u64) {
        redis::pipe()
            .xlen(self.names.accepted())
            .xlen(self.names.unjudged())
            .xlen(self.names.dead())
            .query_async(&mut self.connection)
            .await
            .unwrap()
    }
}

async fn is_empty(connection: &mut MultiplexedConnection) -> bool {
    let lengths: (u64, u64) = redis::pipe()
        .xlen("{test}:accepted")
        .xlen("{test}:unjudged")
        .query_async(connection)
        .await
        .unwrap();
    lengths == (0, 0)
}

async fn is_buried(connection: &mut MultiplexedConnection) -> bool {
    connection.xlen::<_, u64>("{test}:dead").await.unwrap() == 1
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_never_reaches_the_streams_and_what_is_done_leaves_nothing() {
    let Some(mut bench) = bench().await else {
        return;
    };
    let intake = bench.default_intake();
    for &fault in Fault::ALL {
        let answer = intake
            .answer(None, delivery("faulty").faulty(fault).into())
            .await;
        assert!(matches!(answer, Answer::Refused(_)), "{fault}: {answer:?}");
    }
    assert_eq!(bench.lengths().await, (0, 0, 0));
    for _ in 0..3 {
        assert_eq!(
            intake
                .answer(None, delivery("three-times").token().into())
                .await,
            Answer::Accepted
        );
    }
    assert_eq!(bench.lengths().await, (3, 0, 0));
    bench
        .work(
            issuer().receiver(),
            worker_settings(),
            bench.count(),
            is_empty,
        )
        .await;
    assert_eq!(
        (bench.counted("three-times").await, bench.lengths().await),
        (1, (0, 0, 0))
    );
    // Once it is handled, copies are not even taken.
    assert_eq!(
        intake
            .answer(None, delivery("three-times").token().into())
            .await,
        Answer::Duplicate
    );
    assert_eq!(bench.lengths().await, (0, 0, 0));
    let bytes: u64 = bench.connection.get("{test}:accepted:bytes").await.unwrap();
    assert_eq!(bytes, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_accepted_waits_for_a_worker_that_has_its_key() {
    let Some(mut bench) = bench().await else {
        return;
    };
    assert_eq!(
        bench
            .default_intake()
            .answer(None, delivery("rotated").token().into())
            .await,
        Answer::Accepted
    );

    // It looks at it more often than a handler may fail.
    let fetched = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&fetched);
    let other_key = RemoteKeys::from_fn([issuer().issuer()], move || {
        counter.fetch_add(1, Ordering::Relaxed);
        async { Ok::<_, String>(issuer().with_key_id("another").jwks().into_bytes()) }
    });
    let other_key = other_key
        .cooldown(Duration::ZERO)
        .deadline(PATIENCE)
        .build()
        .unwrap();
    let often = async |_: &mut MultiplexedConnection| {
        fetched.load(Ordering::Relaxed) > worker_settings().deliveries as u64 + 2
    };
    let receiver = issuer().receiver().with_keys(&other_key);
    bench
        .work(receiver, worker_settings(), bench.count(), often)
        .await;
    assert!(fetched.load(Ordering::Relaxed) > worker_settings().deliveries as u64 + 2);
    assert_eq!(
        (bench.counted("rotated").await, bench.lengths().await),
        (0, (1, 0, 0))
    );

    bench
        .work(
            issuer().receiver(),
            worker_settings(),
            bench.count(),
            is_empty,
        )
        .await;
    assert_eq!(
        (bench.counted("rotated").await, bench.lengths().await),
        (1, (0, 0, 0))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waited_too_long_for_its_key_is_buried_with_its_body() {
    let Some(mut bench) = bench().await else {
        return;
    };
    let body = delivery("old").token();
    assert_eq!(
        bench
            .default_intake()
            .answer(None, body.clone().into())
            .await,
        Answer::Accepted
    );
    let without_the_key = issuer()
        .receiver()
        .with_keys(KeySet::from_jwks(br#"{"keys":[]}"#).unwrap());
    // The clock of the tests stands still: nothing has waited for longer than no time.
    let settings = Settings {
        patience: chrono::TimeDelta::seconds(-1),
        ..worker_settings()
    };
    bench
        .work(without_the_key, settings, bench.count(), is_buried)
        .await;
    assert_eq!(bench.lengths().await, (0, 0, 1));
    let dead: redis::streams::StreamRangeReply =
        bench.connection.xrange_all("{test}:dead").await.unwrap();
    let entry = &dead.ids[0];
    assert_eq!(entry.get::<String>("body").unwrap(), body);
    assert_eq!(
        entry.get::<i64>("received_at").unwrap(),
        clock().timestamp_micros()
    );
    assert_eq!(
        entry.get::<String>("reason").unwrap(),
        "unknown key: the key set has no usable key with the token's `kid`"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_handler_fails_at_is_buried_after_so_many_deliveries_and_the_rest_goes_on() {
    let Some(mut bench) = bench().await else {
        return;
    };
    let intake = bench.default_intake();
    for id in ["bad", "good"] {
        assert_eq!(
            intake.answer(None, delivery(id).token().into()).await,
            Answer::Accepted
        );
    }
    let count = bench.count();
    let handler = move |webhook: Webhook| {
        let effects = if *webhook.id() == "bad" {
            None
        } else {
            Some(count(webhook))
        };
        async {
            match effects {
                Some(effects) => effects.await,
                None => Err("as it was told".into()),
            }
        }
    };
    bench
        .work(issuer().receiver(), worker_settings(), handler, is_buried)
        .await;
    assert_eq!(
        (bench.counted("good").await, bench.lengths().await),
        (1, (0, 0, 1))
    );
    let dead: redis::streams::StreamRangeReply =
        bench.connection.xrange_all("{test}:dead").await.unwrap();
    assert_eq!(
        dead.ids[0].get::<String>("reason").unwrap(),
        "given to handlers 2 times"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_slow_worker_had_is_taken_over_and_takes_effect_once() {
    let Some(mut bench) = bench().await else {
        return;
    };
    assert_eq!(
        bench
            .default_intake()
            .answer(None, delivery("slow").token().into())
            .await,
        Answer::Accepted
    );
    // The first to have it is still at it when the second is done with it.
    let started = Arc::new(tokio::sync::Semaphore::new(0));
    let finish = Arc::new(tokio::sync::Semaphore::new(0));
    let slow = {
        let (count, started, finish) = (bench.count(), Arc::clone(&started), Arc::clone(&finish));
        move |webhook| {
            let effects = count(webhook);
            let (started, finish) = (Arc::clone(&started), Arc::clone(&finish));
            async move {
                started.add_permits(1);
                let _ = finish.acquire().await;
                effects.await
            }
        }
    };
    let url = bench.redis.url();
    let slow = Worker::new(
        &url,
        &bench.names,
        "slow",
        issuer().receiver(),
        clock,
        Settings::default(),
        slow,
    )
    .unwrap();
    let stop = slow.stop_flag();
    let slow = tokio::spawn(slow.run());
    timeout(PATIENCE, started.acquire())
        .await
        .expect("it starts")
        .unwrap()
        .forget();
    bench
        .work(
            issuer().receiver(),
            worker_settings(),
            bench.count(),
            is_empty,
        )
        .await;
    assert_eq!(bench.counted("slow").await, 1);
    finish.add_permits(1);
    stop.store(true, Ordering::Relaxed);
    slow.await.unwrap();
    assert_eq!(
        (bench.counted("slow").await, bench.lengths().await),
        (1, (0, 0, 0))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_worker_has_not_begun_is_free_for_the_others() {
    let Some(mut bench) = bench().await else {
        return;
    };
    let intake = bench.default_intake();
    for id in ["1", "2", "3"] {
        assert_eq!(
            intake.answer(None, delivery(id).token().into()).await,
            Answer::Accepted
        );
    }
    let started = Arc::new(tokio::sync::Semaphore::new(0));
    let busy = {
        let started = Arc::clone(&started);
        move |_: Webhook| {
            started.add_permits(1);
            std::future::pending::<Effects>()
        }
    };
    let url = bench.redis.url();
    let busy = Worker::new(
        &url,
        &bench.names,
        "busy",
        issuer().receiver(),
        clock,
        Settings::default(),
        busy,
    )
    .unwrap();
    let busy = tokio::spawn(busy.run());
    timeout(PATIENCE, started.acquire())
        .await
        .expect("it starts")
        .unwrap()
        .forget();
    let both = async |connection: &mut MultiplexedConnection| {
        connection.hlen::<_, u64>("{test}:counts").await.unwrap() == 2
    };
    bench
        .work(
            issuer().receiver(),
            Settings::default(),
            bench.count(),
            both,
        )
        .await;
    assert_eq!([bench.counted("2").await, bench.counted("3").await], [1, 1]);
    busy.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_hangs_is_ended_before_another_worker_takes_over_and_has_failed() {
    let Some(mut bench) = bench().await else {
        return;
    };
    let intake = bench.default_intake();
    for id in ["hangs", "next"] {
        assert_eq!(
            intake.answer(None, delivery(id).token().into()).await,
            Answer::Accepted
        );
    }
    let count = bench.count();
    let handler = move |webhook: Webhook| {
        let effects = (*webhook.id() != "hangs").then(|| count(webhook));
        async {
            match effects {
                Some(effects) => effects.await,
                None => std::future::pending().await,
            }
        }
    };
    bench
        .work(issuer().receiver(), worker_settings(), handler, is_buried)
        .await;
    assert_eq!(
        (bench.counted("next").await, bench.lengths().await),
        (1, (0, 0, 1))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_what_was_handled_is_no_dead_letter_however_often_it_was_tried() {
    let Some(mut bench) = bench().await else {
        return;
    };
    assert_eq!(
        bench
            .default_intake()
            .answer(None, delivery("copy").token().into())
            .await,
        Answer::Accepted
    );
    let stream = bench.names.accepted();
    let webhook = issuer()
        .receiver()
        .parse_at(delivery("copy").token().as_bytes(), clock())
        .unwrap();
    let mark = bench.names.handled(&webhook.replay_key().to_string());
    let read: redis::streams::StreamReadReply = redis::pipe()
        .cmd("XGROUP")
        .arg(&["CREATE", &stream, "workers", "0"])
        .ignore()
        .set(mark, "another entry")
        .ignore()
        .cmd("XREADGROUP")
        .arg(&["GROUP", "workers", "crashed", "STREAMS", &stream, ">"])
        .query_async::<(redis::streams::StreamReadReply,)>(&mut bench.connection)
        .await
        .unwrap()
        .0;
    redis::cmd("XCLAIM")
        .arg(&[
            &stream,
            "workers",
            "crashed",
            "0",
            &read.keys[0].ids[0].id,
            "RETRYCOUNT",
            "9",
        ])
        .exec_async(&mut bench.connection)
        .await
        .unwrap();
    bench
        .work(
            issuer().receiver(),
            worker_settings(),
            bench.count(),
            is_empty,
        )
        .await;
    assert_eq!(
        (bench.counted("copy").await, bench.lengths().await),
        (0, (0, 0, 0))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_in_the_streams_that_moneyhub_did_not_sign_is_no_event() {
    let Some(mut bench) = bench().await else {
        return;
    };
    let forged = delivery("forged").faulty(Fault::Forged);
    let micros = clock().timestamp_micros().to_string();
    let fields = [("body", &forged[..]), ("received_at", micros.as_bytes())];
    let _: String = bench
        .connection
        .xadd("{test}:accepted", "*", &fields)
        .await
        .unwrap();
    bench
        .work(
            issuer().receiver(),
            worker_settings(),
            bench.count(),
            is_buried,
        )
        .await;
    assert_eq!(
        (bench.counted("forged").await, bench.lengths().await),
        (0, (0, 0, 1))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_of_another_form_is_buried_and_the_rest_goes_on() {
    let Some(mut bench) = bench().await else {
        return;
    };
    let _: String = bench
        .connection
        .xadd("{test}:accepted", "*", &[("what", "is this")])
        .await
        .unwrap();
    let intake = bench.default_intake();
    assert_eq!(
        intake.answer(None, delivery("next").token().into()).await,
        Answer::Accepted
    );
    bench
        .work(
            issuer().receiver(),
            worker_settings(),
            bench.count(),
            is_empty,
        )
        .await;
    assert_eq!(
        (bench.counted("next").await, bench.lengths().await),
        (1, (0, 0, 1))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_bodies_go_to_the_disk_and_from_there_to_redis_when_it_is_back() {
    let Some(mut bench) = bench().await else {
        return;
    };
    bench.redis.kill().await.unwrap();
    let caps = Caps {
        accepted_on_disk: 12_000,
        ..Caps::default()
    };
    // A receiver starts without Redis too, and answers in time.
    until_crash(async {
        let queue = bench.queue_within(TIME_LIMIT, &bench.redis.url(), caps);
        let intake = Intake::new(issuer().receiver(), clock, queue);
        for (id, answer) in [
            ("1", Answer::Accepted),
            ("2", Answer::Accepted),
            ("3", Answer::NoRoom),
        ] {
            let began = Instant::now();
            assert_eq!(
                intake.answer(None, delivery(id).token().into()).await,
                answer
            );
            assert!(began.elapsed() < SENDER, "{id}: {:?}", began.elapsed());
        }
    });
    let folder = std::fs::metadata(bench.redis.folder("spill/accepted")).unwrap();
    assert_eq!(folder.permissions().mode() & 0o777, 0o700, "personal data");

    // What is on the disk is found by the next run.
    bench.redis.restart().await.unwrap();
    bench.connection = bench.redis.connect().await.unwrap();
    let _intake = bench.default_intake();
    let both = async |connection: &mut MultiplexedConnection| {
        connection.hlen::<_, u64>("{test}:counts").await.unwrap() == 2
    };
    bench
        .work(issuer().receiver(), worker_settings(), bench.count(), both)
        .await;
    assert_eq!([bench.counted("1").await, bench.counted("2").await], [1, 1]);
    assert_eq!(
        std::fs::read_dir(bench.redis.folder("spill/accepted"))
            .unwrap()
            .count(),
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_hangs_is_waited_for_within_the_limit() {
    let Some(bench) = bench().await else { return };
    // It accepts connections and says nothing.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://{}/", silent.local_addr().unwrap());
    let queue = bench.queue_within(TIME_LIMIT, &url, Caps::default());
    let intake = Intake::new(issuer().receiver(), clock, queue);
    let began = Instant::now();
    assert_eq!(
        intake.answer(None, delivery("1").token().into()).await,
        Answer::Accepted
    );
    assert!(began.elapsed() < SENDER, "{:?}", began.elapsed());
}

/// Forwards connections to a Redis. What is open when it is told to forget stays open, and nothing comes through.
async fn forgetful_firewall(redis: &RedisServer) -> (String, tokio::sync::watch::Sender<()>) {
    let server = redis
        .url()
        .trim_start_matches("redis://")
        .trim_end_matches('/')
        .to_owned();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://{}/", listener.local_addr().unwrap());
    let forget = tokio::sync::watch::Sender::new(());
    let forgets = forget.clone();
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let mut far = tokio::net::TcpStream::connect(&server).await.unwrap();
            let mut forgotten = forgets.subscribe();
            tokio::spawn(async move {
                tokio::select! {
                    _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                    _ = forgotten.changed() => std::future::pending().await,
                }
            });
        }
    });
    (url, forget)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_to_redis_that_has_died_unnoticed_costs_no_webhook() {
    let Some(mut bench) = bench().await else {
        return;
    };
    let (url, forget) = forgetful_firewall(&bench.redis).await;
    // As on a lambda, which has no disk to fall back on.
    let caps = Caps {
        accepted_on_disk: 0,
        unjudged_on_disk: 0,
        ..Caps::default()
    };
    // A try takes half of it: long enough for the one that succeeds.
    let queue = bench.queue_within(PATIENCE / 10, &url, caps);
    let intake = Intake::new(issuer().receiver(), clock, queue);
    assert_eq!(
        intake.answer(None, delivery("before").token().into()).await,
        Answer::Accepted
    );
    forget.send_replace(());
    assert_eq!(
        intake.answer(None, delivery("dead").token().into()).await,
        Answer::Accepted
    );
    let () = redis::cmd("CLIENT")
        .arg(&["KILL", "TYPE", "normal", "SKIPME", "yes"])
        .query_async(&mut bench.connection)
        .await
        .unwrap();
    assert_eq!(
        intake.answer(None, delivery("closed").token().into()).await,
        Answer::Accepted
    );
    assert_eq!(bench.lengths().await, (3, 0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_takes_nothing_for_a_moment_is_asked_again() {
    let Some(mut bench) = bench().await else {
        return;
    };
    let caps = Caps {
        accepted_on_disk: 0,
        unjudged_on_disk: 0,
        ..Caps::default()
    };
    let intake = bench.intake(issuer().receiver(), caps);
    let maxmemory = |bytes| {
        redis::cmd("CONFIG")
            .arg(&["SET", "maxmemory", bytes])
            .to_owned()
    };
    let () = maxmemory("1")
        .query_async(&mut bench.connection)
        .await
        .unwrap();
    let make_room_when_it_was_asked = async {
        let asked = async |connection: &mut MultiplexedConnection| {
            let errors: String = redis::cmd("INFO")
                .arg("errorstats")
                .query_async(connection)
                .await
                .unwrap();
            errors.contains("errorstat_OOM")
        };
        while !asked(&mut bench.connection).await {}
        let () = maxmemory("0")
            .query_async(&mut bench.connection)
            .await
            .unwrap();
    };
    let answer = intake.answer(None, delivery("1").token().into());
    let (answer, ()) = tokio::join!(answer, make_room_when_it_was_asked);
    assert_eq!(
        (answer, bench.lengths().await),
        (Answer::Accepted, (1, 0, 0))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_stream_keeps_what_it_has_and_the_rest_waits_on_the_disk() {
    let Some(mut bench) = bench().await else {
        return;
    };
    let caps = Caps {
        accepted: 3000,
        ..Caps::default()
    };
    let intake = bench.intake(issuer().receiver(), caps);
    for id in ["1", "2", "3", "4", "5", "6"] {
        assert_eq!(
            intake.answer(None, delivery(id).token().into()).await,
            Answer::Accepted
        );
    }
    let (held, ..) = bench.lengths().await;
    assert!((1..6).contains(&held), "{held}");
    let all = async |connection: &mut MultiplexedConnection| {
        connection.hlen::<_, u64>("{test}:counts").await.unwrap() == 6
    };
    bench
        .work(issuer().receiver(), worker_settings(), bench.count(), all)
        .await;
    for id in ["1", "2", "3", "4", "5", "6"] {
        assert_eq!(bench.counted(id).await, 1, "{id}");
    }
}
