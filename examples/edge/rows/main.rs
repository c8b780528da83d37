//! Prints rows and what the native build answers to them, a line each: `edge-rows FIXTURES CORPUS`.
//!
//! | name | body | at a receiver of |
//! |---|---|---|
//! | `fixture` | what is in the folder FIXTURES | each policy, at three times |
//! | `attack` | each fault that the test issuer knows | each policy |
//! | `sample` | each event that it knows, signed and plain | each policy |
//! | `body` | what the fuzzer found, in the folder CORPUS | each policy |
//! | `token` | the same as header, claims and signature | each policy |
//! | `key-set` | a good token | the key set that the fuzzer found |

use std::error::Error;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use chrono::DateTime;
use moneyhub_webhooks::EventType;
use moneyhub_webhooks::testing::{Fault, TestIssuer, samples};
use moneyhub_webhooks_edge::rows::{Policy, Row, Signed, answer};
use serde::Serialize;

/// `iat` of the fixtures.
const ISSUED_AT: i64 = 1_735_689_600;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args_os().skip(1).map(PathBuf::from);
    let (Some(fixtures), Some(corpus)) = (arguments.next(), arguments.next()) else {
        return Err("usage: edge-rows FIXTURES CORPUS".into());
    };
    let moneyhub = Signed {
        issuer: "https://identity.moneyhub.co.uk".to_owned(),
        client_id: "d9dc9d5e-d190-438c-b658-a4be3779100d".to_owned(),
        jwks: fs::read(fixtures.join("keys/jwks.json"))?,
    };
    let mut lines = Lines(BufWriter::new(io::stdout().lock()));

    let mut files = vec![fixtures.join("published-sample.jwt")];
    for folder in ["json", "tokens", "rejected"] {
        files.extend(files_of(&fixtures.join(folder))?);
    }
    for file in files {
        let body = fs::read(&file)?;
        for time in [ISSUED_AT - 3600, ISSUED_AT, ISSUED_AT + 3600] {
            lines.rows(
                &format!("fixture {}", file.display()),
                &moneyhub,
                time,
                &body,
            )?;
        }
    }

    let issuer = TestIssuer::at(DateTime::from_timestamp(ISSUED_AT, 0).ok_or("no time")?);
    let pretended = Signed {
        issuer: issuer.issuer().to_owned(),
        client_id: issuer.client_id().to_owned(),
        jwks: issuer.jwks().into_bytes(),
    };
    for event in [
        samples::of(EventType::PaymentError),
        samples::unknown(),
        samples::malformed(),
    ] {
        for fault in Fault::ALL {
            let body = issuer.delivery(&event).faulty(*fault);
            lines.rows(&format!("attack {fault}"), &pretended, ISSUED_AT, &body)?;
        }
    }
    let known = EventType::ALL
        .iter()
        .map(|event_type| samples::of(*event_type));
    for event in known.chain([samples::unknown(), samples::malformed()]) {
        for body in [issuer.sign(&event), issuer.json(&event)] {
            lines.rows(
                &format!("sample {}", event.name()),
                &pretended,
                ISSUED_AT,
                body.as_bytes(),
            )?;
        }
    }

    for file in files_of(&corpus.join("body"))? {
        lines.rows(
            &format!("body {}", file.display()),
            &moneyhub,
            ISSUED_AT,
            &fs::read(file)?,
        )?;
    }
    for file in files_of(&corpus.join("token"))? {
        lines.rows(
            &format!("token {}", file.display()),
            &moneyhub,
            ISSUED_AT,
            &token(&fs::read(file)?),
        )?;
    }
    let body = fs::read(fixtures.join("tokens/paymentCompleted.jwt"))?;
    for file in files_of(&corpus.join("key_set"))? {
        let name = format!("key-set {}", file.display());
        let policy = Policy::Signed(Signed {
            jwks: fs::read(file)?,
            ..moneyhub.clone()
        });
        lines.row(Row {
            name,
            policy,
            time: ISSUED_AT,
            body: body.clone(),
        })?;
    }
    Ok(lines.0.flush()?)
}

fn files_of(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<Vec<_>>>()?;
    files.sort();
    Ok(files)
}

/// What the fuzz target `token` makes of its input: the lines are the parts.
fn token(input: &[u8]) -> Vec<u8> {
    let mut parts = input.splitn(3, |byte| *byte == b'\n').map(base64url);
    let mut next = || parts.next().unwrap_or_default();
    format!("{}.{}.{}", next(), next(), next()).into_bytes()
}

fn base64url(bytes: &[u8]) -> String {
    base64_simd::URL_SAFE_NO_PAD.encode_to_string(bytes)
}

struct Lines<W>(W);

#[derive(Serialize)]
struct Line {
    row: Row,
    expected: String,
}

impl<W: io::Write> Lines<W> {
    /// A row for each policy.
    fn rows(&mut self, name: &str, signed: &Signed, time: i64, body: &[u8]) -> io::Result<()> {
        for policy in [
            Policy::Unsigned,
            Policy::Signed(signed.clone()),
            Policy::Both(signed.clone()),
        ] {
            self.row(Row {
                name: name.to_owned(),
                policy,
                time,
                body: body.to_vec(),
            })?;
        }
        Ok(())
    }

    fn row(&mut self, row: Row) -> io::Result<()> {
        let expected = answer(&row);
        serde_json::to_writer(&mut self.0, &Line { row, expected })?;
        writeln!(self.0)
    }
}
