//! Tokens that an attacker without a key can send: any bytes as header, claims and signature, each encoded as
//! base64url. The input has them on three lines.
#![no_main]

mod common;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let mut parts = input
        .splitn(3, |byte| *byte == b'\n')
        .map(|part| URL_SAFE_NO_PAD.encode(part));
    let mut next = || parts.next().unwrap_or_default();
    let token = format!("{}.{}.{}", next(), next(), next());
    for receiver in &*common::RECEIVERS {
        let result = receiver.parse_at(token.as_bytes(), common::now());
        // The fuzzer does not have the private key, so that no token may be accepted.
        common::check(Err(result.expect_err("a forged token was accepted")));
    }
});
