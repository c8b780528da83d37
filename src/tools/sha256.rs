//! SHA-256 (FIPS 180-4), from the backend that verifies the signatures.

/// Returns the digest of a message.
#[cfg(feature = "aws-lc")]
pub(crate) fn sha256(message: &[u8]) -> [u8; 32] {
    use aws_lc_rs::digest::{SHA256, digest};

    let digest = digest(&SHA256, message);
    digest.as_ref().first_chunk().copied().unwrap_or_default()
}

/// Returns the digest of a message.
#[cfg(all(feature = "rust-crypto", not(feature = "aws-lc")))]
pub(crate) fn sha256(message: &[u8]) -> [u8; 32] {
    use sha2::{Digest, Sha256};

    Sha256::digest(message).into()
}
