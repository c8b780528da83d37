//! The headers of the [Standard Webhooks](https://www.standardwebhooks.com/) scheme, version 1 with HMAC-SHA256.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue, InvalidHeaderValue};

use crate::secret::Secret;

/// Returns the headers of an attempt made at `timestamp`, in seconds since 1970: one signature for each secret. The
/// receiver rejects a timestamp that is minutes old, so each attempt has its own.
pub(crate) fn headers(
    secrets: &[Secret],
    id: &str,
    timestamp: i64,
    body: &[u8],
) -> Result<HeaderMap, InvalidHeaderValue> {
    let timestamp = timestamp.to_string();
    let parts = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body];
    let signatures: Vec<String> = secrets
        .iter()
        .map(|secret| format!("v1,{}", secret.sign(&parts)))
        .collect();
    Ok(HeaderMap::from_iter([
        (ID, HeaderValue::try_from(id)?),
        (TIMESTAMP, HeaderValue::try_from(timestamp)?),
        (SIGNATURE, HeaderValue::try_from(signatures.join(" "))?),
    ]))
}

const ID: HeaderName = HeaderName::from_static("webhook-id");
const TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    /// The example of the libraries' documentation.
    #[test]
    fn the_signature_is_that_of_the_specification() {
        let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
        let body = br#"{"test": 2432232314}"#;
        let headers = headers(&[secret.clone(), secret], id, 1_614_265_330, body).unwrap();
        let signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(headers["webhook-id"], id);
        assert_eq!(headers["webhook-timestamp"], "1614265330");
        assert_eq!(
            headers["webhook-signature"],
            format!("{signature} {signature}")
        );
    }
}
