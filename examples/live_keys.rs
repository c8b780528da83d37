//! Keys that follow rotation: a key set served on loopback changes, and webhooks go on being accepted.
//!
//! `cargo run --example live_keys --features remote-keys`
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "an example")]

use std::error::Error;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use chrono::{DateTime, Utc};
use moneyhub_webhooks::{Receiver, RemoteKeys};

const CLIENT_ID: &str = "d9dc9d5e-d190-438c-b658-a4be3779100d";
const KEY_ID: &str = "YWGBb1-BbQpkmMrRf8nsfJqW46T0uCZOap_1PYdeIyo";
const ISSUER: &str = "https://identity.moneyhub.co.uk";

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(run())
}

async fn run() -> Result<(), Box<dyn Error>> {
    // The issuer starts with a key that did not sign our token: the same key under another id.
    let rotated = include_str!("../fixtures/keys/jwks.json");
    let issuer = Issuer::start(rotated.replace(KEY_ID, "the-key-before"));

    let keys = RemoteKeys::from_url(&issuer.key_set, [ISSUER])
        // Half a minute if it is not set: too long to look on.
        .cooldown(Duration::ZERO)
        .build()?;
    keys.warm_up().await?;
    println!("at start      {:?}", keys.status());

    let receiver = Receiver::signed(&keys, CLIENT_ID);
    let body = include_bytes!("../fixtures/tokens/paymentCompleted.jwt");
    let received_at = "2025-01-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap();

    let rejected = receiver.receive_at(body, received_at).await.unwrap_err();
    println!("before        {rejected}");

    issuer.publish(rotated.to_owned());
    let webhook = receiver.receive_at(body, received_at).await?;
    println!("after         {webhook:?}");

    // The same keys, held now: no fetch.
    receiver.receive_at(body, received_at).await?;
    println!("at the end    {:?}", keys.status());
    Ok(())
}

/// A key set on loopback that can be changed.
struct Issuer {
    key_set: String,
    published: Arc<Mutex<String>>,
}

impl Issuer {
    fn start(jwks: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let key_set = format!("http://{}/oidc/certs", listener.local_addr().unwrap());
        let published = Arc::new(Mutex::new(jwks));
        let answers = Arc::clone(&published);
        thread::spawn(move || {
            for connection in listener.incoming() {
                let jwks = answers.lock().unwrap().clone();
                answer(connection.unwrap(), &jwks);
            }
        });
        Self { key_set, published }
    }

    fn publish(&self, jwks: String) {
        *self.published.lock().unwrap() = jwks;
    }
}

fn answer(mut connection: TcpStream, jwks: &str) {
    let head = BufReader::new(connection.try_clone().unwrap()).lines();
    head.map(Result::unwrap)
        .take_while(|line| !line.is_empty())
        .for_each(drop);
    let length = jwks.len();
    write!(
        connection,
        "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{jwks}"
    )
    .unwrap();
}
