//! Secrets: where they are read from, and the key that signs. A value is in no message, no log and no `Debug`.

use std::{env, fmt, fs};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::failure::{Failure, failed, wrong};

/// The lengths that Standard Webhooks allows, in bytes.
const LENGTHS: std::ops::RangeInclusive<usize> = 24..=64;

const FORM: &str = "its content is not `whsec_` and base64 of 24 to 64 bytes, such as \
    the output of: echo \"whsec_$(openssl rand -base64 32)\"";

/// A key of HMAC-SHA256.
#[derive(Clone)]
pub(crate) struct Secret {
    mac: Hmac<Sha256>,
    bytes: Vec<u8>,
}

impl Secret {
    /// Parses a secret as Standard Webhooks writes it.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let base64 = text.strip_prefix("whsec_").ok_or(FORM)?;
        let bytes = BASE64_STANDARD.decode(base64).map_err(|_| FORM)?;
        if !LENGTHS.contains(&bytes.len()) {
            return Err(FORM);
        }
        let mac = Hmac::new_from_slice(&bytes).map_err(|_| FORM)?;
        Ok(Self { mac, bytes })
    }

    /// Signs a message, in base64.
    pub(crate) fn sign(&self, parts: &[&[u8]]) -> String {
        let mut mac = self.mac.clone();
        for part in parts {
            mac.update(part);
        }
        BASE64_STANDARD.encode(mac.finalize().into_bytes())
    }

    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// Reads what `env:NAME` or `file:PATH` refers to in a setting, without the line break at its end. `None`: it is no such
/// reference.
pub(crate) fn read(setting: &str, reference: &str) -> Option<Result<String, Failure>> {
    let text = if let Some(name) = reference.strip_prefix("env:") {
        env::var(name).map_err(|error| wrong(setting, reference, error_of_variable(&error)))
    } else {
        let path = reference.strip_prefix("file:")?;
        // It may be there later.
        fs::read_to_string(path).map_err(|error| failed(setting, reference, error))
    };
    Some(text.map(|text| text.trim_end_matches(['\r', '\n']).to_owned()))
}

/// The standard message shows a value that is not Unicode.
fn error_of_variable(error: &env::VarError) -> &'static str {
    match error {
        env::VarError::NotPresent => "the variable is not set",
        env::VarError::NotUnicode(_) => "the variable is not UTF-8",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn secrets_of_another_form_are_rejected_and_not_shown() {
        let short = BASE64_STANDARD.encode([7; 23]);
        let long = BASE64_STANDARD.encode([7; 65]);
        for text in [
            "",
            "hunter2",
            "whsec_",
            "whsec_?",
            &format!("whsec_{short}"),
            &format!("whsec_{long}"),
            &format!(" whsec_{}", BASE64_STANDARD.encode([7; 32])),
        ] {
            assert_eq!(Secret::parse(text).unwrap_err(), FORM, "{text}");
        }
        for length in LENGTHS {
            let secret = Secret::parse(&format!(
                "whsec_{}",
                BASE64_STANDARD.encode(vec![7; length])
            ));
            assert_eq!(format!("{:?}", secret.unwrap()), "Secret");
        }
    }
}
