//! The gateway as a process, and what is sent to it.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use moneyhub_webhooks::testing::TestIssuer;
use reqwest::Client;
use serde_json::Value;

use crate::stage::{Folder, NEXT_SECRET, PATIENCE, SECRET, eventually};

/// The program in a folder, with the settings of a test in its environment.
pub(crate) fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_moneyhub-webhooks-gateway"));
    command
        .current_dir(folder)
        .env("TARGET_SECRET", SECRET)
        .env("NEXT_SECRET", NEXT_SECRET)
        .stdin(Stdio::null());
    command
}

/// Runs the program to its end.
pub(crate) fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = command(folder);
    command
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let started = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if started.elapsed() > PATIENCE {
            child.kill().unwrap();
        }
        thread::sleep(Duration::from_millis(5));
    }
    child.wait_with_output().unwrap()
}

/// Writes a file of settings, and the key set of the test issuer.
pub(crate) fn configure(folder: &Folder, sources: &str) {
    configure_at(folder, ([127, 0, 0, 1], 0).into(), sources);
}

/// The same for a gateway that listens on this address.
pub(crate) fn configure_at(folder: &Folder, address: SocketAddr, sources: &str) {
    folder.write("keys.json", &TestIssuer::new().jwks());
    let addresses = format!("listen = \"{address}\"\nhealth = \"127.0.0.1:0\"\n");
    folder.write("gateway.toml", &format!("{addresses}{sources}"));
}

/// The settings of a source that accepts the tokens of the test issuer.
pub(crate) fn source(name: &str, target: &str, more: &str) -> String {
    let issuer = TestIssuer::new();
    format!(
        "[sources.{name}]\nclient_id = {:?}\nissuer = {:?}\nkeys = \"keys.json\"\ntarget = {target:?}\n\
         secret = \"env:TARGET_SECRET\"\n{more}\n",
        issuer.client_id(),
        issuer.issuer(),
    )
}

/// A gateway that runs. It is killed when it is dropped.
pub(crate) struct Gateway {
    child: Child,
    pub(crate) log: Arc<Mutex<String>>,
    pub(crate) address: SocketAddr,
    pub(crate) health: SocketAddr,
}

impl Gateway {
    pub(crate) async fn start(folder: &Folder) -> Self {
        Self::spawn(command(&folder.0).args(["--config", "gateway.toml"])).await
    }

    pub(crate) async fn spawn(command: &mut Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let log = Arc::new(Mutex::new(String::new()));
        let to = Arc::clone(&log);
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                *to.lock().unwrap() += &(line + "\n");
            }
        });
        let (address, health) = eventually("a line with the addresses", async || {
            let log = log.lock().unwrap();
            let (_, rest) = log.split_once("listening on http://")?;
            let (address, rest) = rest.split_once(", /healthz on http://")?;
            let health = rest.lines().next().filter(|_| rest.contains('\n'))?;
            Some((address.parse().unwrap(), health.parse().unwrap()))
        })
        .await;
        Self {
            child,
            log,
            address,
            health,
        }
    }

    /// Posts a body to a path, and returns the status. `None`: there is no answer.
    pub(crate) async fn try_post(&self, path: &str, body: &str) -> Option<u16> {
        let url = format!("http://{}{path}", self.address);
        let client = Client::builder().no_proxy().build().unwrap();
        let answer = client.post(url).body(body.to_owned()).send().await;
        Some(answer.ok()?.status().as_u16())
    }

    pub(crate) async fn post(&self, path: &str, body: &str) -> u16 {
        self.try_post(path, body).await.unwrap()
    }

    /// A page of the address of `/healthz`.
    pub(crate) async fn page(&self, path: &str) -> String {
        let client = Client::builder().no_proxy().build().unwrap();
        let answer = client
            .get(format!("http://{}{path}", self.health))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200);
        answer.text().await.unwrap()
    }

    pub(crate) async fn healthz(&self) -> Value {
        serde_json::from_str(&self.page("/healthz").await).unwrap()
    }

    /// Waits until a number of a source's backlog is this.
    pub(crate) async fn counts(&self, source: &str, what: &str, number: u64) {
        eventually(&format!("{number} {what}"), async || {
            let health = self.healthz().await;
            (health["sources"][source]["backlog"][what] == number).then_some(())
        })
        .await;
    }

    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args([name, &id])
                .status()
                .unwrap()
                .success()
        );
    }

    pub(crate) async fn ended(&mut self) -> ExitStatus {
        let child = &mut self.child;
        eventually("the end of the process", async || child.try_wait().unwrap()).await
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
