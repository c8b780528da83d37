//! The Rust side of `tests/interop/readers`: writes tokens and JSON for other libraries to read, and checks their results.
//!
//! usage: readers write FOLDER
//!        readers check < LINES
//!
//! `write` makes `tokens.jsonl` (tokens of `TestIssuer` with the expected claims), `forged.jsonl` (its faulty tokens),
//! `jwks.json` and `json.jsonl` (serialized webhooks and events). `check` reads the lines of the readers, and prints
//! the rows of the part.

mod cases;
#[path = "../comparison/mod.rs"]
mod comparison;
mod rows;

use std::error::Error;
use std::fs;
use std::io::{self, BufRead, Write};
use std::path::Path;

use cases::{Case, cases, issuer};
use moneyhub_webhooks::EventType;
use moneyhub_webhooks::testing::Fault;
use rows::Rows;
use serde_json::json;

/// The faults that a reader can detect with the key set, the issuer and the audience.
const FAULTS: [Fault; 5] = [
    Fault::Forged,
    Fault::AlgorithmNone,
    Fault::UnknownKey,
    Fault::WrongIssuer,
    Fault::WrongAudience,
];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["write", folder] => write(Path::new(folder)),
        ["check"] => check(),
        _ => Err("usage: readers write FOLDER | readers check < LINES".into()),
    }
}

fn write(folder: &Path) -> Result<(), Box<dyn Error>> {
    let issuer = issuer();
    let mut tokens = String::new();
    let mut texts = String::new();
    for Case {
        name,
        token,
        claims,
        webhook,
        event,
        ..
    } in cases()?
    {
        let (webhook, event) = (
            serde_json::to_string(&webhook)?,
            serde_json::to_string(&event)?,
        );
        tokens += &format!(
            "{}\n",
            json!({"name": name, "token": token, "claims": claims.get()})
        );
        texts += &format!(
            "{}\n",
            json!({"name": name, "webhook": webhook, "event": event})
        );
    }
    let mut forged = String::new();
    for fault in FAULTS {
        let delivery = issuer.delivery(&moneyhub_webhooks::testing::samples::of(
            EventType::PaymentError,
        ));
        let token = String::from_utf8(delivery.faulty(fault))?;
        forged += &format!("{}\n", json!({"name": fault.as_str(), "token": token}));
    }
    fs::write(folder.join("tokens.jsonl"), tokens)?;
    fs::write(folder.join("forged.jsonl"), forged)?;
    fs::write(folder.join("json.jsonl"), texts)?;
    fs::write(folder.join("jwks.json"), issuer.jwks())?;
    Ok(())
}

fn check() -> Result<(), Box<dyn Error>> {
    let cases = cases()?;
    let mut rows = Rows::new(&cases);
    for line in io::stdin().lock().lines() {
        rows.read(&line?)?;
    }
    let mut out = io::stdout().lock();
    for row in rows.print() {
        writeln!(out, "{row}")?;
    }
    Ok(())
}
