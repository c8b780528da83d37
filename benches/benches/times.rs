//! Times and allocations of `parse_at` and its references, as a list. They are valid for this machine only: use the
//! ratios for comparisons.

use divan::{AllocProfiler, Bencher, black_box};
use moneyhub_webhooks::{KeySet, Receiver};
use moneyhub_webhooks_benches::bodies::{self, CLIENT_ID, Event, Key};
use moneyhub_webhooks_benches::references::{Jsonwebtoken, RawVerification, skip, usual, value};

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// The number of transaction ids. Zero stands for one payment.
const IDS: [usize; 3] = [0, 100, 6000];

fn event(ids: usize) -> Event {
    if ids == 0 {
        bodies::payment()
    } else {
        bodies::transactions(ids)
    }
}

#[divan::bench_group]
mod json {
    use super::*;

    #[divan::bench(args = IDS)]
    fn parse_at(bencher: Bencher<'_, '_>, ids: usize) {
        let receiver = Receiver::unsigned_json();
        let json = event(ids).json();
        bencher.bench(|| {
            receiver
                .parse_at(black_box(json.as_bytes()), bodies::now())
                .unwrap()
        });
    }

    #[divan::bench(args = IDS)]
    fn reference_skip(bencher: Bencher<'_, '_>, ids: usize) {
        let json = event(ids).json();
        bencher.bench(|| skip(black_box(&json)));
    }

    #[divan::bench(args = IDS)]
    fn reference_value(bencher: Bencher<'_, '_>, ids: usize) {
        let json = event(ids).json();
        bencher.bench(|| value(black_box(&json)));
    }

    #[divan::bench(args = IDS)]
    fn reference_usual_way(bencher: Bencher<'_, '_>, ids: usize) {
        let json = event(ids).json();
        bencher.bench(|| usual(black_box(&json)));
    }
}

#[divan::bench_group]
mod token {
    use super::*;

    #[divan::bench(args = IDS)]
    fn parse_at(bencher: Bencher<'_, '_>, ids: usize) {
        let key = Key::rsa_2048();
        let receiver =
            Receiver::signed(KeySet::from_jwks(key.jwks().as_bytes()).unwrap(), CLIENT_ID);
        let token = event(ids).token(&key);
        bencher.bench(|| {
            receiver
                .parse_at(black_box(token.as_bytes()), bodies::now())
                .unwrap()
        });
    }

    #[divan::bench(args = IDS)]
    fn reference_raw_verification(bencher: Bencher<'_, '_>, ids: usize) {
        let key = Key::rsa_2048();
        let floor = RawVerification::new(&key, &event(ids).token(&key));
        bencher.bench(|| floor.verify());
    }

    #[divan::bench(args = IDS)]
    fn reference_jsonwebtoken_decode(bencher: Bencher<'_, '_>, ids: usize) {
        let key = Key::rsa_2048();
        let jsonwebtoken = Jsonwebtoken::new(&key);
        let token = event(ids).token(&key);
        bencher.bench(|| jsonwebtoken.decode(black_box(&token)));
    }
}
