//! The instructions of `parse_at` and of its lower bounds, counted by valgrind. The counts are the same in every run of
//! one build.

use std::hint::black_box;
use std::thread;

use gungraun::prelude::*;
use moneyhub_webhooks::{KeySet, Receiver, Webhook};
use moneyhub_webhooks_benches::bodies::{self, CLIENT_ID, Event, Key};
use moneyhub_webhooks_benches::references::{RawVerification, skip};

/// A receiver that has parsed this body once, so that the cost of the first use is not counted.
fn warm(body: String) -> (Receiver, String) {
    let keys = KeySet::from_jwks(Key::rsa_2048().jwks().as_bytes()).unwrap();
    let receiver = Receiver::signed(keys, CLIENT_ID).and_unsigned_json();
    receiver.parse_at(body.as_bytes(), bodies::now()).unwrap();
    (receiver, body)
}

fn json(event: Event) -> (Receiver, String) {
    warm(event.json())
}

fn json_payload_first(event: Event) -> (Receiver, String) {
    let (_, json) = event
        .other_json()
        .into_iter()
        .find(|(form, _)| *form == "payload first")
        .unwrap();
    warm(json)
}

fn token(event: Event) -> (Receiver, String) {
    warm(signed(event))
}

/// The token, signed on a separate thread. Signing uses random numbers, so that the heap of that thread differs in each
/// run.
fn signed(event: Event) -> String {
    thread::spawn(move || event.token(&Key::rsa_2048()))
        .join()
        .unwrap()
}

#[library_benchmark]
#[bench::json_payment(args = (bodies::payment()), setup = json)]
#[bench::json_payment_payload_first(args = (bodies::payment()), setup = json_payload_first)]
#[bench::json_1000_ids(args = (bodies::transactions(1000)), setup = json)]
#[bench::json_6000_ids(args = (bodies::transactions(6000)), setup = json)]
#[bench::token_payment(args = (bodies::payment()), setup = token)]
#[bench::token_1000_ids(args = (bodies::transactions(1000)), setup = token)]
#[bench::token_6000_ids(args = (bodies::transactions(6000)), setup = token)]
fn parse_at((receiver, body): (Receiver, String)) -> (Webhook, Receiver, String) {
    let webhook = black_box(&receiver)
        .parse_at(black_box(body.as_bytes()), bodies::now())
        .unwrap();
    // Returned, so that dropping them is not counted.
    (black_box(webhook), receiver, body)
}

fn floor(event: Event) -> RawVerification {
    let floor = RawVerification::new(&Key::rsa_2048(), &signed(event));
    floor.verify();
    floor
}

#[library_benchmark]
#[bench::payment(args = (bodies::payment()), setup = floor)]
#[bench::ids_6000(args = (bodies::transactions(6000)), setup = floor)]
fn raw_verification(floor: RawVerification) -> RawVerification {
    black_box(&floor).verify();
    floor
}

fn text(event: Event) -> String {
    event.json()
}

#[library_benchmark]
#[bench::payment(args = (bodies::payment()), setup = text)]
#[bench::ids_6000(args = (bodies::transactions(6000)), setup = text)]
fn json_skip(json: String) -> String {
    black_box(skip(black_box(&json)));
    json
}

/// The same with a metrics recorder installed.
#[cfg(feature = "metrics")]
fn recorded(event: Event) -> (Receiver, String) {
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new()
        .set_buckets(&[1.0])
        .unwrap();
    recorder.install_recorder().unwrap();
    moneyhub_webhooks::metrics::register();
    token(event)
}

#[cfg(feature = "metrics")]
#[library_benchmark]
#[bench::token_payment(args = (bodies::payment()), setup = recorded)]
#[bench::token_6000_ids(args = (bodies::transactions(6000)), setup = recorded)]
fn parse_at_recorded((receiver, body): (Receiver, String)) -> (Webhook, Receiver, String) {
    let webhook = black_box(&receiver)
        .parse_at(black_box(body.as_bytes()), bodies::now())
        .unwrap();
    (black_box(webhook), receiver, body)
}

library_benchmark_group!(
    name = parse,
    benchmarks = [parse_at, raw_verification, json_skip]
);

#[cfg(feature = "metrics")]
library_benchmark_group!(name = recording, benchmarks = parse_at_recorded);

#[cfg(not(feature = "metrics"))]
main!(library_benchmark_groups = parse);

#[cfg(feature = "metrics")]
main!(library_benchmark_groups = [parse, recording]);
