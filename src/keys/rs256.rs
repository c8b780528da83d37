//! RS256 (RSASSA-PKCS1-v1_5 with SHA-256, RFC 7518, section 3.3) by a key that is parsed once.
//!
//! Both backends stand behind jsonwebtoken's [`JwtVerifier`]. Its own implementations parse the key at every
//! verification, and are chosen by features of which another crate of the build may turn on both or none.

use std::sync::Arc;

use jsonwebtoken::Algorithm;
use jsonwebtoken::crypto::JwtVerifier;
use jsonwebtoken::signature::{self, Verifier};

/// One RSA public key, ready to verify. Cheap to clone.
#[derive(Clone)]
pub(crate) struct VerifyingKey(Arc<dyn JwtVerifier + Send + Sync>);

impl VerifyingKey {
    /// `None` if the two big-endian numbers are no RSA public key.
    pub(super) fn new(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        let key = Rs256::new(modulus, exponent)?;
        Some(Self(Arc::new(key)))
    }

    /// Whether `signature` is this key's of `message`.
    pub(crate) fn verifies(&self, message: &[u8], signature: &Vec<u8>) -> bool {
        self.0.verify(message, signature).is_ok()
    }
}

impl JwtVerifier for Rs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::RS256
    }
}

#[cfg(feature = "aws-lc")]
use aws_lc::Rs256;

#[cfg(feature = "aws-lc")]
mod aws_lc {
    use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};

    use super::{Verifier, signature};

    pub(super) struct Rs256(ParsedPublicKey);

    impl Rs256 {
        pub(super) fn new(n: &[u8], e: &[u8]) -> Option<Self> {
            let numbers = RsaPublicKeyComponents { n, e };
            numbers.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256).ok().map(Self)
        }
    }

    impl Verifier<Vec<u8>> for Rs256 {
        fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
            self.0.verify_sig(message, signature).map_err(|_| signature::Error::new())
        }
    }
}

#[cfg(all(feature = "rust-crypto", not(feature = "aws-lc")))]
use rust_crypto::Rs256;

#[cfg(all(feature = "rust-crypto", not(feature = "aws-lc")))]
mod rust_crypto {
    use rsa::{BigUint, Pkcs1v15Sign, RsaPublicKey};
    use sha2::{Digest, Sha256};

    use super::{Verifier, signature};

    pub(super) struct Rs256(RsaPublicKey);

    impl Rs256 {
        pub(super) fn new(n: &[u8], e: &[u8]) -> Option<Self> {
            RsaPublicKey::new(BigUint::from_bytes_be(n), BigUint::from_bytes_be(e)).ok().map(Self)
        }
    }

    impl Verifier<Vec<u8>> for Rs256 {
        fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
            let padding = Pkcs1v15Sign::new::<Sha256>();
            self.0.verify(padding, &Sha256::digest(message), signature).map_err(|_| signature::Error::new())
        }
    }
}
