//! The time of `parse_at` as a ratio to references of the same run, with targets.
//!
//! A ratio is the median of many rounds. In each round all candidates run in turns, measured in CPU time of the thread.
//! Ratios can be compared between machines, times only within a run. A missed target is marked. With `--check` it also
//! fails the run. An argument selects one part: `tokens`, `json`, `refusals`, `forms`, `keys`, `growth` or `threads`.

use std::fmt;
use std::hint::black_box;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cpu_time::ThreadTime;
use moneyhub_webhooks::{ErrorKind, KeyCache, KeySet, Receiver};
use moneyhub_webhooks_benches::bodies::{self, CLIENT_ID, Event, ISSUER, Key};
use moneyhub_webhooks_benches::references::{Jsonwebtoken, RawVerification, skip, usual, value};

use Target::{AtLeast, AtMost};

/// How long a candidate runs in a round: long enough that reading the clock makes no difference.
const TURN: Duration = Duration::from_millis(4);
const ROUNDS: usize = 61;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let argument = |name| arguments.iter().any(|argument| argument == name);
    let part = arguments.iter().find(|argument| !argument.starts_with('-'));
    // `cargo bench` passes `--bench`. As a test, one round shows that everything runs.
    let mut report = Report {
        rounds: if argument("--bench") { ROUNDS } else { 1 },
        missed: 0,
    };

    // glibc gives memory back to the system after each large body, until a larger block was freed: one of at most
    // 32 MiB, with its header. A service that has run for a while is in that state.
    drop(black_box(vec![0_u8; 31 * 1024 * 1024]));

    println!("processor: {}", processor());
    let parts: [(_, fn(&mut Report)); 7] = [
        ("tokens", tokens),
        ("json", json),
        ("refusals", refusals),
        ("forms", forms),
        ("keys", keys),
        ("growth", growth),
        ("threads", threads),
    ];
    for (name, measure) in parts {
        if part.is_none_or(|part| part == name) {
            measure(&mut report);
        }
    }

    if report.missed > 0 && argument("--check") {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

/// The processor features that make a difference to the figures.
#[cfg(target_arch = "x86_64")]
fn processor() -> String {
    let has = |name, has| format!("{name} {}", if has { "yes" } else { "no" });
    [
        has("AVX2", std::is_x86_feature_detected!("avx2")),
        has("AVX-512", std::is_x86_feature_detected!("avx512f")),
        has("SHA-NI", std::is_x86_feature_detected!("sha")),
    ]
    .join(", ")
}

#[cfg(not(target_arch = "x86_64"))]
fn processor() -> &'static str {
    std::env::consts::ARCH
}

fn receiver(key: &Key) -> Receiver {
    let keys = KeySet::from_jwks(key.jwks().as_bytes()).unwrap();
    Receiver::signed(keys, CLIENT_ID)
        .and_unsigned_json()
        .max_body(16 * 1024 * 1024)
}

fn parse(receiver: &Receiver, body: &str) {
    black_box(
        receiver
            .parse_at(black_box(body).as_bytes(), bodies::now())
            .unwrap(),
    );
}

fn tokens(report: &mut Report) {
    let small = bodies::payment();
    let large = bodies::transactions(6000);
    for (name, key, event, target) in [
        (
            "token, one payment, RSA-2048",
            Key::rsa_2048(),
            &small,
            1.10,
        ),
        (
            "token, one payment, RSA-4096",
            Key::rsa_4096(),
            &small,
            1.05,
        ),
        ("token, 6000 ids, RSA-2048", Key::rsa_2048(), &large, 1.8),
    ] {
        let token = event.token(&key);
        let receiver = receiver(&key);
        let floor = RawVerification::new(&key, &token);
        let jsonwebtoken = Jsonwebtoken::new(&key);
        let [parse, verify, decode] =
            report.race([&|| parse(&receiver, &token), &|| floor.verify(), &|| {
                _ = black_box(jsonwebtoken.decode(black_box(&token)))
            }]);
        report.heading(name, token.len(), &parse);
        report.ratio("raw verification", &parse, &verify, Some(AtMost(target)));
        report.ratio("jsonwebtoken::decode", &parse, &decode, None);
    }
}

fn json(report: &mut Report) {
    let receiver = receiver(&Key::rsa_2048());
    for (name, event, of_skip, of_value, of_usual) in [
        ("JSON, one payment", bodies::payment(), None, None, 0.75),
        (
            "JSON, 6000 ids",
            bodies::transactions(6000),
            Some(AtMost(1.9)),
            None,
            0.75,
        ),
    ] {
        let json = event.json();
        let [parsed, skipped, valued, usually] = report.race([
            &|| parse(&receiver, &json),
            &|| _ = black_box(skip(black_box(&json))),
            &|| _ = black_box(value(black_box(&json))),
            &|| _ = black_box(usual(black_box(&json))),
        ]);
        report.heading(name, json.len(), &parsed);
        report.ratio("skip", &parsed, &skipped, of_skip);
        report.ratio("serde_json::Value", &parsed, &valued, of_value);
        report.ratio("the usual way", &parsed, &usually, Some(AtMost(of_usual)));
    }
}

/// Plain JSON at a receiver that accepts only tokens: rejection must be cheap, since anyone can send a large body.
fn refusals(report: &mut Report) {
    let keys = KeySet::from_jwks(Key::rsa_2048().jwks().as_bytes()).unwrap();
    let receiver = Receiver::signed(keys, CLIENT_ID);
    let reject = |json: &str| {
        let error = receiver
            .parse_at(black_box(json).as_bytes(), bodies::now())
            .unwrap_err();
        black_box(error);
    };
    let plain = bodies::transactions(26_000).json();
    let unnamed = plain.replacen("eventType", "eventName", 1);
    for (name, json) in [("", plain), (", without its name", unnamed)] {
        let [rejected, skipped] =
            report.race([&|| reject(&json), &|| _ = black_box(skip(black_box(&json)))]);
        report.heading(
            &format!("rejected plain JSON, 26 000 ids{name}"),
            json.len(),
            &rejected,
        );
        report.ratio("skip", &rejected, &skipped, Some(AtMost(1.5)));
    }
}

/// Other forms of valid bodies, compared with the usual form. White space before each id is 28 % more bytes, and is
/// skipped byte by byte, in the text and in the payload.
fn forms(report: &mut Report) {
    let key = Key::rsa_2048();
    let receiver = receiver(&key);
    for (name, event, of_floor) in [
        ("one payment", bodies::payment(), None),
        ("6000 ids", bodies::transactions(6000), Some(AtMost(2.0))),
    ] {
        let of_usual = |form| AtMost(if form == "white space" { 1.8 } else { 1.35 });
        let usual = event.token(&key);
        for (form, token) in event.other_tokens(&key) {
            let floor = RawVerification::new(&key, &token);
            let [other, verify, usual] =
                report.race([&|| parse(&receiver, &token), &|| floor.verify(), &|| {
                    parse(&receiver, &usual)
                }]);
            report.heading(&format!("token, {name}, {form}"), token.len(), &other);
            report.ratio("raw verification", &other, &verify, of_floor);
            report.ratio("the usual form", &other, &usual, Some(of_usual(form)));
        }
        let usual = event.json();
        for (form, json) in event.other_json() {
            let [other, usual] =
                report.race([&|| parse(&receiver, &json), &|| parse(&receiver, &usual)]);
            report.heading(&format!("JSON, {name}, {form}"), json.len(), &other);
            report.ratio("the usual form", &other, &usual, Some(of_usual(form)));
        }
    }
}

/// Keys from a cache, with a new receiver for each body, compared with a static set. And tokens with made-up key ids.
fn keys(report: &mut Report) {
    let key = Key::rsa_2048();
    let fixed = receiver(&key);
    let cache = KeyCache::new([ISSUER]);
    cache
        .claim_fetch(bodies::now())
        .unwrap()
        .succeed(key.jwks().as_bytes())
        .unwrap();
    let live = || fixed.with_keys(cache.keys_at(bodies::now()));

    let token = bodies::payment().token(&key);
    let [through_cache, with_fixed] =
        report.race([&|| parse(&live(), &token), &|| parse(&fixed, &token)]);
    report.heading(
        "token, one payment, keys from a cache",
        token.len(),
        &through_cache,
    );
    report.ratio(
        "a static set",
        &through_cache,
        &with_fixed,
        Some(AtMost(1.02)),
    );

    let unknown_key = token.replacen(
        token.split('.').next().unwrap(),
        &URL_SAFE_NO_PAD
            .encode(r#"{"kid":"made-up-by-a-stranger-0123456789abcdef","alg":"RS256"}"#),
        1,
    );
    let reject = |receiver: &Receiver| {
        let rejected = receiver.parse_at(black_box(unknown_key.as_bytes()), bodies::now());
        assert_eq!(
            black_box(rejected).unwrap_err().kind(),
            ErrorKind::UnknownKey
        );
    };
    let [through_cache, with_fixed, header] =
        report.race([&|| reject(&live()), &|| reject(&fixed), &|| {
            _ = black_box(jsonwebtoken::decode_header(black_box(&unknown_key)).unwrap())
        }]);
    report.heading(
        "token of an unknown key, keys from a cache",
        unknown_key.len(),
        &through_cache,
    );
    report.ratio("a static set", &through_cache, &with_fixed, None);
    report.ratio(
        "jsonwebtoken::decode_header",
        &through_cache,
        &header,
        Some(AtMost(2.0)),
    );
}

/// The cost of each additional id at different sizes, which is constant if the cost is linear. The largest list takes
/// about 10 ns more per id, because body, text and ids together do not fit into a cache of 2 MiB.
fn growth(report: &mut Report) {
    const COUNTS: [usize; 4] = [1_000, 6_000, 20_000, 60_000];

    let key = Key::rsa_2048();
    let receiver = receiver(&key);
    for (name, body, most_to_least) in [
        (
            "JSON, each further id",
            (|event, _| event.json()) as fn(Event, &Key) -> String,
            1.75,
        ),
        (
            "token, each further id",
            |event, key| event.token(key),
            1.75,
        ),
    ] {
        let bodies = COUNTS.map(|count| body(bodies::transactions(count), &key));
        let [one, two, three, four] = &bodies;
        let times = report.race([
            &|| parse(&receiver, one),
            &|| parse(&receiver, two),
            &|| parse(&receiver, three),
            &|| parse(&receiver, four),
        ]);
        println!("\n{name}");
        let slopes: Vec<_> = (1..COUNTS.len())
            .map(|next| {
                let ids = (COUNTS[next] - COUNTS[next - 1]) as f64;
                let slope: Vec<_> = times[next]
                    .iter()
                    .zip(&times[next - 1])
                    .map(|(more, less)| (more - less) / ids)
                    .collect();
                let nanoseconds = median(slope);
                println!(
                    "    {:>6} to {:<6} {nanoseconds:>19.1} ns",
                    COUNTS[next - 1],
                    COUNTS[next]
                );
                nanoseconds
            })
            .collect();
        let (least, most) = (
            slopes.iter().copied().fold(f64::MAX, f64::min),
            slopes.iter().copied().fold(0.0, f64::max),
        );
        report.verdict("most to least", most / least, Some(AtMost(most_to_least)));
    }
}

/// The throughput of two threads that share a receiver, divided by that of one thread, in real time. Two threads that
/// share only a key show the limit of the machine.
fn threads(report: &mut Report) {
    let key = Key::rsa_2048();
    let receiver = receiver(&key);
    for (name, event, calls) in [
        ("one payment", bodies::payment(), 2000),
        ("6000 ids", bodies::transactions(6000), 100),
    ] {
        let token = event.token(&key);
        let floor = RawVerification::new(&key, &token);
        let parse = || parse(&receiver, &token);
        let verify = || floor.verify();
        let candidates: [&(dyn Fn() + Sync); 2] = [&parse, &verify];
        let mut gains = [Vec::new(), Vec::new()];
        for _ in 0..report.rounds {
            for (gains, call) in gains.iter_mut().zip(candidates) {
                gains.push(2.0 * seconds(1, calls, call) / seconds(2, calls, call));
            }
        }
        let [parse, verify] = gains.map(median);
        println!("\ntwo threads, token, {name}");
        report.verdict("to one thread", parse, Some(AtLeast(1.8)));
        report.verdict("raw verification likewise", verify, None);
    }
}

/// How long these threads take, with `calls` calls each.
fn seconds(threads: usize, calls: usize, call: &(dyn Fn() + Sync)) -> f64 {
    let start = Instant::now();
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| (0..calls).for_each(|_| call()));
        }
    });
    start.elapsed().as_secs_f64()
}

/// Nanoseconds per call, one figure for each round.
type Times = Vec<f64>;

#[derive(Clone, Copy)]
enum Target {
    AtMost(f64),
    AtLeast(f64),
}

impl Target {
    fn is_met(self, ratio: f64) -> bool {
        match self {
            AtMost(most) => ratio <= most,
            AtLeast(least) => ratio >= least,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AtMost(most) => write!(f, "at most {most:.2}"),
            AtLeast(least) => write!(f, "at least {least:.2}"),
        }
    }
}

struct Report {
    rounds: usize,
    missed: usize,
}

impl Report {
    /// Runs all candidates in turns, in each round in another order.
    fn race<const N: usize>(&self, candidates: [&dyn Fn(); N]) -> [Times; N] {
        let mut times = [(); N].map(|()| Vec::new());
        for round in 0..self.rounds {
            for turn in 0..N {
                let candidate = (round + turn) % N;
                times[candidate].push(nanoseconds(candidates[candidate]));
            }
        }
        times
    }

    fn heading(&self, name: &str, bytes: usize, times: &Times) {
        println!("\n{name}: {bytes} bytes, {:.0} ns", median(times.clone()));
    }

    fn ratio(&mut self, to: &str, times: &Times, reference: &Times, target: Option<Target>) {
        let ratios = times
            .iter()
            .zip(reference)
            .map(|(time, reference)| time / reference)
            .collect();
        self.verdict(&format!("to {to}"), median(ratios), target);
    }

    fn verdict(&mut self, of: &str, ratio: f64, target: Option<Target>) {
        let target = target.map_or(String::new(), |target| {
            self.missed += usize::from(!target.is_met(ratio));
            format!(
                "{target}: {}",
                if target.is_met(ratio) {
                    "met"
                } else {
                    "MISSED"
                }
            )
        });
        println!("    {of:<26} {ratio:>8.2}  {target}");
    }
}

/// The average time of a call in one turn.
fn nanoseconds(call: &dyn Fn()) -> f64 {
    let start = ThreadTime::now();
    let (mut calls, mut batch) = (0_u32, 1);
    while start.elapsed() < TURN {
        // Reading a thread's clock costs as much as parsing a small body, so the batches grow.
        for _ in 0..batch {
            call();
        }
        calls += batch;
        batch *= 2;
    }
    start.elapsed().as_nanos() as f64 / f64::from(calls)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
