//! `/metrics` and `/healthz` of each program, over its own listener, after a mix of deliveries.

mod files;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use moneyhub_webhooks::EventType;
use moneyhub_webhooks::testing::{Fault, TestIssuer, samples};
use redis::AsyncCommands as _;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::harness::client::{self, Way};
use crate::harness::key_server;
use crate::harness::patience::{PATIENCE, until};
use crate::harness::program::Program;
use crate::harness::redis_server::{self, RedisServer};

const AXUM: &str = env!("CARGO_BIN_EXE_receive-axum");
const ACTIX: &str = env!("CARGO_BIN_EXE_receive-actix");
const LAMBDA: &str = env!("CARGO_BIN_EXE_receive-lambda");
const QUEUE: &str = env!("CARGO_BIN_EXE_receive-queue");
const WORK: &str = env!("CARGO_BIN_EXE_work");

/// A program, and where it listens.
struct Watched {
    program: Program,
    public: SocketAddr,
    watch: SocketAddr,
}

type Environment = Vec<(&'static str, String)>;

async fn environment(issuer: &TestIssuer) -> Environment {
    vec![
        ("MONEYHUB_CLIENT_ID", issuer.client_id().to_owned()),
        ("MONEYHUB_ISSUER", issuer.issuer().to_owned()),
        (
            "MONEYHUB_JWKS_URL",
            key_server::start(issuer.jwks()).await.unwrap(),
        ),
        ("LISTEN", "127.0.0.1:0".to_owned()),
    ]
}

fn with_redis(mut environment: Environment, redis: &RedisServer, tag: &str) -> Environment {
    environment.push(("REDIS_URL", redis.url()));
    environment.push(("REDIS_TAG", tag.to_owned()));
    environment.push(("SPILL", redis.folder(tag).to_string_lossy().into_owned()));
    environment
}

async fn start(program: &str, environment: &Environment) -> Watched {
    let program = Program::start(Path::new(program), environment)
        .await
        .unwrap();
    let public = program.address("listening on ").await.unwrap();
    let watch = program.address("watched on ").await.unwrap();
    Watched {
        program,
        public,
        watch,
    }
}

impl Watched {
    async fn post(&self, body: impl AsRef<[u8]>) -> u16 {
        client::post(self.public, body.as_ref(), Way::Whole)
            .await
            .unwrap()
    }

    async fn metrics(&self) -> String {
        metrics(self.watch).await
    }

    async fn health(&self) -> (u16, Value) {
        health(self.watch).await
    }
}

async fn metrics(watch: SocketAddr) -> String {
    let (status, text) = client::get(watch, "/metrics").await.unwrap();
    assert_eq!(status, 200);
    text
}

async fn health(watch: SocketAddr) -> (u16, Value) {
    let (status, text) = client::get(watch, "/healthz").await.unwrap();
    (status, serde_json::from_str(&text).unwrap())
}

/// The value of each series.
fn values(text: &str) -> BTreeMap<&str, f64> {
    let lines = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let (series, value) = line.rsplit_once(' ').unwrap();
            (series, value.parse().unwrap())
        })
        .collect()
}

/// Of each kind of delivery some.
async fn post_a_mix(watched: &Watched, issuer: &TestIssuer) {
    let payment = |id: &str| {
        issuer
            .delivery(&samples::of(EventType::PaymentCompleted))
            .id(id)
    };
    for (body, status) in [
        (payment("1").token().into_bytes(), 202),
        (payment("1").token().into_bytes(), 202),
        (issuer.sign(&samples::unknown()).into_bytes(), 202),
        (issuer.sign(&samples::malformed()).into_bytes(), 202),
        (payment("2").faulty(Fault::Forged), 401),
        (payment("3").faulty(Fault::Forged), 401),
        (payment("4").faulty(Fault::WrongAudience), 401),
        (payment("5").faulty(Fault::Unsigned), 401),
        (payment("6").faulty(Fault::CutOff), 400),
        (payment("7").faulty(Fault::Oversized), 413),
    ] {
        assert_eq!(watched.post(&body).await, status);
    }
    let encoded = client::post(watched.public, b"x", Way::Encoded("gzip")).await;
    assert_eq!(encoded, Some(415));
}

/// What the mix makes, beside what depends on the program.
const OF_THE_MIX: [(&str, f64); 19] = [
    (
        r#"moneyhub_webhooks_deliveries_total{outcome="accepted",event="paymentCompleted",authenticity="signed"}"#,
        2.0,
    ),
    (
        r#"moneyhub_webhooks_deliveries_total{outcome="accepted",event="unknown",authenticity="signed"}"#,
        1.0,
    ),
    (
        r#"moneyhub_webhooks_deliveries_total{outcome="accepted",event="paymentError",authenticity="signed"}"#,
        1.0,
    ),
    (
        r#"moneyhub_webhooks_deliveries_total{outcome="signature",event="none",authenticity="none"}"#,
        2.0,
    ),
    (
        r#"moneyhub_webhooks_deliveries_total{outcome="audience",event="none",authenticity="none"}"#,
        1.0,
    ),
    (
        r#"moneyhub_webhooks_deliveries_total{outcome="format_rejected",event="none",authenticity="none"}"#,
        1.0,
    ),
    (
        r#"moneyhub_webhooks_deliveries_total{outcome="body",event="none",authenticity="none"}"#,
        1.0,
    ),
    (
        r#"moneyhub_webhooks_malformed_total{event="paymentError"}"#,
        1.0,
    ),
    ("moneyhub_receiver_keys_usable", 1.0),
    ("moneyhub_webhooks_parse_seconds_count", 9.0),
    (r#"moneyhub_webhooks_parse_seconds_bucket{le="+Inf"}"#, 9.0),
    ("moneyhub_webhooks_token_age_seconds_count", 4.0),
    (
        r#"moneyhub_webhooks_token_age_seconds_bucket{le="+Inf"}"#,
        4.0,
    ),
    (
        r#"moneyhub_webhooks_token_age_seconds_bucket{le="300"}"#,
        4.0,
    ),
    (
        r#"moneyhub_receiver_answers_total{answer="refused",status="401"}"#,
        4.0,
    ),
    (
        r#"moneyhub_receiver_answers_total{answer="refused",status="400"}"#,
        1.0,
    ),
    (
        r#"moneyhub_receiver_answers_total{answer="too_large",status="413"}"#,
        1.0,
    ),
    (
        r#"moneyhub_receiver_answers_total{answer="encoded",status="415"}"#,
        1.0,
    ),
    ("moneyhub_receiver_backlog_readable", 1.0),
];

const HANDED_TO_A_CHANNEL: [(&str, f64); 2] = [
    (
        r#"moneyhub_receiver_answers_total{answer="accepted",status="202"}"#,
        3.0,
    ),
    (
        r#"moneyhub_receiver_answers_total{answer="duplicate",status="202"}"#,
        1.0,
    ),
];

/// No worker has handled the first copy, so that the second goes in as well.
const HANDED_TO_A_QUEUE: [(&str, f64); 2] = [
    (
        r#"moneyhub_receiver_answers_total{answer="accepted",status="202"}"#,
        4.0,
    ),
    (
        r#"moneyhub_receiver_backlog_entries{queue="accepted"}"#,
        4.0,
    ),
];

/// Every counter and gauge that is not 0 and each total of a histogram, but for what the clock decides.
fn assert_series(text: &str, expected: &[(&str, f64)]) {
    let by_the_clock = [
        "moneyhub_receiver_keys_age_seconds",
        "moneyhub_receiver_backlog_lag_seconds",
    ];
    let values = values(text);
    let seen: BTreeMap<_, _> = values
        .into_iter()
        .filter(|(series, value)| *value != 0.0 && !by_the_clock.contains(series))
        .filter(|(series, _)| {
            !series.ends_with("_sum")
                && (!series.contains("le=\"") || expected.iter().any(|it| it.0 == *series))
        })
        .collect();
    assert_eq!(seen, expected.iter().copied().collect());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_metrics_of_a_channel_are_exactly_those_of_what_was_posted() {
    let issuer = TestIssuer::new();
    for program in [AXUM, ACTIX] {
        let watched = start(program, &environment(&issuer).await).await;
        post_a_mix(&watched, &issuer).await;
        let is_empty = async || watched.health().await.1["backlog"]["accepted"] == 0;
        assert!(until(is_empty).await, "the channel is not empty");
        assert_series(
            &watched.metrics().await,
            &[&OF_THE_MIX[..], &HANDED_TO_A_CHANNEL].concat(),
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_metrics_of_a_queue_are_exactly_those_of_what_was_posted() {
    if !redis_server::is_installed() {
        return;
    }
    let issuer = TestIssuer::new();
    let redis = RedisServer::start().await.unwrap();
    for (program, tag) in [(QUEUE, "queue"), (LAMBDA, "lambda")] {
        let watched = start(
            program,
            &with_redis(environment(&issuer).await, &redis, tag),
        )
        .await;
        post_a_mix(&watched, &issuer).await;
        assert_series(
            &watched.metrics().await,
            &[&OF_THE_MIX[..], &HANDED_TO_A_QUEUE].concat(),
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_metric_has_its_help_and_its_type() {
    let watched = start(AXUM, &environment(&TestIssuer::new()).await).await;
    let text = watched.metrics().await;
    for series in values(&text).into_keys() {
        let name = series.split('{').next().unwrap();
        let family = ["_bucket", "_sum", "_count"]
            .iter()
            .find_map(|suffix| name.strip_suffix(suffix));
        let name = family.unwrap_or(name);
        assert!(text.contains(&format!("# HELP {name} ")), "{name}");
        assert!(text.contains(&format!("# TYPE {name} ")), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_public_listener_has_neither_metrics_nor_health() {
    let issuer = TestIssuer::new();
    let mut programs = vec![
        (AXUM, environment(&issuer).await),
        (ACTIX, environment(&issuer).await),
    ];
    let redis = if redis_server::is_installed() {
        Some(RedisServer::start().await.unwrap())
    } else {
        None
    };
    if let Some(redis) = &redis {
        for program in [QUEUE, LAMBDA] {
            programs.push((
                program,
                with_redis(environment(&issuer).await, redis, "public"),
            ));
        }
    }
    for (program, environment) in programs {
        let watched = start(program, &environment).await;
        for path in ["/metrics", "/healthz"] {
            let (status, body) = client::get(watched.public, path).await.unwrap();
            assert_eq!((status, body.as_str()), (404, ""), "{program} {path}");
        }
        assert_eq!(
            client::get(watched.watch, "/webhooks").await.unwrap().0,
            404
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_watched_listener_is_at_the_address_that_it_was_given() {
    let mut environment = environment(&TestIssuer::new()).await;
    environment.push(("WATCH", "127.0.0.2:0".to_owned()));
    let watched = start(AXUM, &environment).await;
    assert_eq!(watched.watch.ip().to_string(), "127.0.0.2");
    assert_eq!(watched.health().await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_with_keys_is_healthy_and_says_what_it_holds() {
    let watched = start(AXUM, &environment(&TestIssuer::new()).await).await;
    let (status, report) = watched.health().await;
    assert_eq!(status, 200);
    assert_eq!(report["can_verify"], true);
    assert_eq!(report["keys"]["usable"], 1);
    assert_eq!(report["keys"]["fetches"], 1);
    assert!(report["keys"]["age_seconds"].as_u64().unwrap() < 60);
    assert_eq!(report["keys"]["last_error"], Value::Null);
    assert_eq!(report["backlog"]["accepted"], 0);
    assert_eq!(report["backlog"]["dead"], Value::Null, "a channel has none");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_of_tokens_without_keys_is_not_healthy_and_keeps_what_comes() {
    let issuer = TestIssuer::new();
    let mut environment = environment(&issuer).await;
    // The port of nobody.
    environment.push((
        "MONEYHUB_JWKS_URL",
        "http://127.0.0.1:9/secret-path".to_owned(),
    ));
    let watched = start(AXUM, &environment).await;
    assert_eq!(
        watched
            .post(issuer.sign(&samples::of(EventType::PaymentCompleted)))
            .await,
        202
    );
    let (status, report) = watched.health().await;
    assert_eq!(status, 503);
    assert_eq!(report["can_verify"], false);
    assert_eq!(
        (&report["keys"]["usable"], &report["keys"]["age_seconds"]),
        (&0.into(), &Value::Null)
    );
    let error = report["keys"]["last_error"].as_str().unwrap();
    assert!(
        error.starts_with("the request failed: ") && !error.contains("secret"),
        "{error}"
    );
    assert_eq!(report["backlog"]["unjudged"], 1);

    let text = watched.metrics().await;
    let values = values(&text);
    assert_eq!(
        values[r#"moneyhub_receiver_answers_total{answer="stored",status="202"}"#],
        1.0
    );
    assert_eq!(values["moneyhub_receiver_keys_usable"], 0.0);
    assert!(values["moneyhub_receiver_keys_age_seconds"].is_nan());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_of_plain_json_needs_no_keys_to_be_healthy() {
    let environment = vec![
        ("MONEYHUB_ACCEPT", "plain-json".to_owned()),
        ("LISTEN", "127.0.0.1:0".to_owned()),
    ];
    let watched = start(AXUM, &environment).await;
    let (status, report) = watched.health().await;
    assert_eq!((status, &report["keys"]), (200, &Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn lag_dead_letters_and_the_disk_are_seen_and_a_redis_that_is_gone_is_not_ill_health() {
    if !redis_server::is_installed() {
        return;
    }
    let issuer = TestIssuer::new();
    let mut redis = RedisServer::start().await.unwrap();
    let environment = with_redis(environment(&issuer).await, &redis, "lag");
    let watched = start(QUEUE, &environment).await;
    let began = Instant::now();
    assert_eq!(
        watched
            .post(issuer.sign(&samples::of(EventType::PaymentCompleted)))
            .await,
        202
    );
    let mut connection = redis.connect().await.unwrap();
    let _: String = connection
        .xadd("{lag}:dead", "*", &[("reason", "a test")])
        .await
        .unwrap();
    let _: String = connection
        .xadd("{lag}:unjudged", "*", &[("body", "a test")])
        .await
        .unwrap();
    sleep(Duration::from_millis(1100)).await;

    let (_, report) = watched.health().await;
    let backlog = &report["backlog"];
    assert_eq!(
        (&backlog["accepted"], &backlog["unjudged"], &backlog["dead"]),
        (&1.into(), &1.into(), &1.into())
    );
    assert_eq!(backlog["disk_bytes"], 0);
    let lag = backlog["lag_seconds"].as_f64().unwrap();
    let longest = began.elapsed().as_secs_f64();
    assert!((1.0..=longest).contains(&lag), "{lag} of {longest}");
    let text = watched.metrics().await;
    let seen = values(&text);
    assert_eq!(
        seen[r#"moneyhub_receiver_backlog_entries{queue="dead"}"#],
        1.0
    );
    assert_eq!(
        seen[r#"moneyhub_receiver_backlog_entries{queue="unjudged"}"#],
        1.0
    );
    assert!(seen["moneyhub_receiver_backlog_lag_seconds"] >= lag);

    redis.kill().await.unwrap();
    assert_eq!(
        watched
            .post(issuer.sign(&samples::of(EventType::PaymentError)))
            .await,
        202
    );
    let text = watched.metrics().await;
    let seen = values(&text);
    assert_eq!(seen["moneyhub_receiver_backlog_readable"], 0.0);
    assert!(seen[r#"moneyhub_receiver_backlog_entries{queue="dead"}"#].is_nan());
    assert!(
        seen["moneyhub_receiver_backlog_disk_bytes"] > 4096.0,
        "the disk is read without Redis"
    );
    let (status, report) = watched.health().await;
    assert_eq!(status, 200);
    assert!(
        report["backlog"]["error"]
            .as_str()
            .unwrap()
            .starts_with("Redis: "),
        "{report}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_is_watched_too() {
    if !redis_server::is_installed() {
        return;
    }
    let issuer = TestIssuer::new();
    let redis = RedisServer::start().await.unwrap();
    let environment = with_redis(environment(&issuer).await, &redis, "worker");
    let receiver = start(QUEUE, &environment).await;
    assert_eq!(
        receiver
            .post(issuer.sign(&samples::of(EventType::PaymentCompleted)))
            .await,
        202
    );
    let worker = Program::start(Path::new(WORK), &environment).await.unwrap();
    let watch = worker.address("watched on ").await.unwrap();
    let accepted = r#"moneyhub_webhooks_deliveries_total{outcome="accepted",event="paymentCompleted",authenticity="signed"}"#;
    let has_judged = async || values(&metrics(watch).await)[accepted] == 1.0;
    assert!(until(has_judged).await, "the worker has judged nothing");
    let (status, report) = health(watch).await;
    assert_eq!(
        (status, &report["backlog"]["disk_bytes"]),
        (200, &Value::Null)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_connection_to_the_watched_listener_is_closed() {
    let watched = start(AXUM, &environment(&TestIssuer::new()).await).await;
    let began = Instant::now();
    let mut stream = TcpStream::connect(watched.watch).await.unwrap();
    stream
        .write_all(b"GET /metrics HTTP/1.1\r\n")
        .await
        .unwrap();
    let mut answer = Vec::new();
    timeout(PATIENCE, stream.read_to_end(&mut answer))
        .await
        .expect("it is closed")
        .unwrap();
    assert!(
        began.elapsed() >= Duration::from_secs(9),
        "{:?}",
        began.elapsed()
    );
    drop(watched.program);
}
