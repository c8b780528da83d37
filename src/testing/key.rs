//! The bundled key: signs with RS256 (RFC 7518, section 3.3), through the backend that also verifies.

use std::sync::LazyLock;

use crate::tools::base64url;

/// The key of the fixtures, in PKCS #1 (RFC 8017, appendix A.1.2).
const PEM: &str = include_str!("../../fixtures/keys/test-rsa-2048.pem");

/// The public exponent, 65537, in the form of a JWK.
pub(super) const EXPONENT: &str = "AQAB";

/// Returns the public modulus in the form of a JWK: big-endian, in base64url.
pub(super) fn modulus() -> String {
    base64url::encode(&backend::modulus(&KEY))
}

/// Returns the signature of a message, in base64url.
pub(super) fn sign(message: &str) -> String {
    base64url::encode(&backend::sign(&KEY, message.as_bytes()))
}

static KEY: LazyLock<backend::Key> = LazyLock::new(|| {
    let base64: String = PEM
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .collect();
    backend::from_der(
        &base64_simd::STANDARD
            .decode_to_vec(base64)
            .expect("the bundled key is base64"),
    )
});

#[cfg(feature = "aws-lc")]
mod backend {
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};

    pub(super) type Key = RsaKeyPair;

    pub(super) fn from_der(der: &[u8]) -> Key {
        RsaKeyPair::from_der(der).expect("the bundled key is good")
    }

    pub(super) fn modulus(key: &Key) -> Vec<u8> {
        key.public_key()
            .modulus()
            .big_endian_without_leading_zero()
            .to_vec()
    }

    pub(super) fn sign(key: &Key, message: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; key.public_modulus_len()];
        key.sign(
            &RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            message,
            &mut signature,
        )
        .expect("a good key signs");
        signature
    }
}

#[cfg(all(feature = "rust-crypto", not(feature = "aws-lc")))]
mod backend {
    use rsa::pkcs1::DecodeRsaPrivateKey as _;
    use rsa::traits::PublicKeyParts as _;
    use rsa::{Pkcs1v15Sign, RsaPrivateKey};
    use sha2::{Digest as _, Sha256};

    pub(super) type Key = RsaPrivateKey;

    pub(super) fn from_der(der: &[u8]) -> Key {
        RsaPrivateKey::from_pkcs1_der(der).expect("the bundled key is good")
    }

    pub(super) fn modulus(key: &Key) -> Vec<u8> {
        key.n().to_bytes_be()
    }

    pub(super) fn sign(key: &Key, message: &[u8]) -> Vec<u8> {
        key.sign(Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(message))
            .expect("a good key signs")
    }
}
