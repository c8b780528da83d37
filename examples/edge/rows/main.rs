//! Prints rows and what the native build answers to them, a line each: `edge-rows FIXTURES SEEDS`.
//!
//! | name | body | at a receiver of |
//! |---|---|---|
//! | `fixture` | what is in the folder FIXTURES | each policy, at three times |
//! | `attack` | each fault that the test issuer knows | each policy |
//! | `sample` | each event that it knows, signed and plain | each policy |
//! | `body` | a seed of the fuzzer, in the folder SEEDS, and edits of it | each policy |
//! | `token` | the same as header, claims and signature | each policy |
//! | `key-set` | a good token | a key set that is a seed, and edits of it |

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
    let (Some(fixtures), Some(seeds)) = (arguments.next(), arguments.next()) else {
        return Err("usage: edge-rows FIXTURES SEEDS".into());
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

    for (name, seed) in edited(&seeds.join("body"))? {
        lines.rows(&format!("body {name}"), &moneyhub, ISSUED_AT, &seed)?;
    }
    for (name, seed) in edited(&seeds.join("token"))? {
        let body = token(&seed);
        lines.rows(&format!("token {name}"), &moneyhub, ISSUED_AT, &body)?;
    }
    let body = fs::read(fixtures.join("tokens/paymentCompleted.jwt"))?;
    for (name, jwks) in edited(&seeds.join("key_set"))? {
        let policy = Policy::Signed(Signed {
            jwks,
            ..moneyhub.clone()
        });
        lines.row(Row {
            name: format!("key-set {name}"),
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

/// The files of a folder, each followed by edits of it: evenly spaced, a bit is flipped, a byte is left out, or a byte is
/// there twice.
fn edited(folder: &Path) -> io::Result<Vec<(String, Vec<u8>)>> {
    const EDITS: usize = 96;

    let mut all = Vec::new();
    for file in files_of(folder)? {
        let seed = fs::read(&file)?;
        all.push((file.display().to_string(), seed.clone()));
        for edit in 0..EDITS {
            let (before, rest) = seed.split_at(seed.len() * edit / EDITS);
            let Some((byte, after)) = rest.split_first() else {
                continue;
            };
            let instead: &[u8] = match edit % 3 {
                0 => &[byte ^ (1 << (edit % 8))],
                1 => &[],
                _ => &[*byte, *byte],
            };
            let name = format!("{}, edit {edit}", file.display());
            all.push((name, [before, instead, after].concat()));
        }
    }
    Ok(all)
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
