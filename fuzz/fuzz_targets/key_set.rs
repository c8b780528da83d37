//! Any bytes as a key set.
#![no_main]

mod common;

use moneyhub_webhooks::{KeySet, Receiver};

const TOKEN: &[u8] = include_bytes!("../../fixtures/tokens/paymentCompleted.jwt");

libfuzzer_sys::fuzz_target!(|jwks: &[u8]| {
    let keys = match KeySet::from_jwks(jwks) {
        Ok(keys) => keys,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    assert_eq!(keys.is_empty(), keys.len() == 0);
    for ignored in keys.ignored() {
        assert!(!ignored.reason().is_empty());
        let _ = format!("{ignored:?} {:?}", ignored.key_id());
    }
    let _ = format!("{keys:?}");
    let receiver = Receiver::signed(keys, common::CLIENT_ID);
    common::check(receiver.parse_at(TOKEN, common::now()));
});
