//! Signs tokens with the test key of the fixtures.

use std::sync::LazyLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

const PEM: &str = include_str!("../../fixtures/keys/test-rsa-2048.pem");
pub const KEY_ID: &str = "YWGBb1-BbQpkmMrRf8nsfJqW46T0uCZOap_1PYdeIyo";

static KEY: LazyLock<RsaKeyPair> = LazyLock::new(|| {
    let base64: String = PEM
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .collect();
    RsaKeyPair::from_der(&STANDARD.decode(base64).unwrap()).unwrap()
});

/// Signs this header and these claims, which may be any text.
pub fn sign(header: &str, claims: &str) -> String {
    let signing_input = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(claims)
    );
    let mut signature = vec![0; KEY.public_modulus_len()];
    KEY.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        signing_input.as_bytes(),
        &mut signature,
    )
    .unwrap();
    format!("{signing_input}.{}", URL_SAFE_NO_PAD.encode(signature))
}
