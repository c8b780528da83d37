//! Any bytes as a body, parsed by a receiver of each policy.
#![no_main]

mod common;

libfuzzer_sys::fuzz_target!(|body: &[u8]| {
    for receiver in &*common::RECEIVERS {
        common::check(receiver.parse_at(body, common::now()));
    }
});
