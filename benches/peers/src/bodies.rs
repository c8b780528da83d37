//! Writes the files that every program reads, so that all measure the same bytes: the bodies, each named after its
//! case; forged copies of the tokens; the key set; and the policy.

use std::fs;
use std::path::Path;

use moneyhub_webhooks_benches::bodies::{CLIENT_ID, ISSUER, Key, now, payment, transactions};
use serde_json::json;

/// Each case: the file of its body, and its heading in the table.
pub const CASES: [(&str, &str); 4] = [
    ("payment.jwt", "token, one payment"),
    ("transactions.jwt", "token, 6000 ids"),
    ("payment.json", "JSON, one payment"),
    ("transactions.json", "JSON, 6000 ids"),
];

pub fn write(folder: &Path) {
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).unwrap();
    fs::create_dir_all(folder).unwrap();
    let key = Key::rsa_2048();
    for (name, event) in [("payment", payment()), ("transactions", transactions(6000))] {
        let token = event.token(&key);
        write(&format!("{name}.jwt"), &token);
        write(&format!("{name}.jwt.forged"), &forged(&token));
        write(&format!("{name}.json"), &event.json());
    }
    write("jwks.json", &key.jwks());
    let policy = json!({ "issuer": ISSUER, "audience": CLIENT_ID, "now": now().timestamp(), "maximumAge": 300 });
    write("policy.json", &policy.to_string());
}

/// The token with the first character of its signature changed. In the last one, some bits are unused.
fn forged(token: &str) -> String {
    let signature = token.rfind('.').unwrap() + 1;
    let other = if token[signature..].starts_with('A') {
        "B"
    } else {
        "A"
    };
    format!("{}{other}{}", &token[..signature], &token[signature + 1..])
}
