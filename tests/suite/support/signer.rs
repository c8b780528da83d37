//! RS256 signatures with a private key in PEM (PKCS#1), by the enabled backend.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The DER in a PEM file with one object.
fn der(pem: &str) -> Vec<u8> {
    let base64: String = pem
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .collect();
    STANDARD.decode(base64).unwrap()
}

#[cfg(feature = "aws-lc")]
pub(crate) fn rs256(pem: &str, message: &[u8]) -> Vec<u8> {
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};

    let key = RsaKeyPair::from_der(&der(pem)).unwrap();
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        message,
        &mut signature,
    )
    .unwrap();
    signature
}

#[cfg(not(feature = "aws-lc"))]
pub(crate) fn rs256(pem: &str, message: &[u8]) -> Vec<u8> {
    use rsa::pkcs1::DecodeRsaPrivateKey;
    use rsa::{Pkcs1v15Sign, RsaPrivateKey};
    use sha2::{Digest, Sha256};

    let key = RsaPrivateKey::from_pkcs1_der(&der(pem)).unwrap();
    key.sign(Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(message))
        .unwrap()
}
