//! The official libraries of Python and Node verify deliveries, in services that fail at first. `tests/services/run.sh`
//! installs the libraries and runs these tests.

use std::collections::BTreeSet;
use std::env;
use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::process::{Child, ChildStdout, Command, Stdio};

use moneyhub_webhooks::EventType;
use moneyhub_webhooks::testing::{TestIssuer, samples};
use serde_json::{Value, json};

use crate::gateway::{Gateway, configure, run, source};
use crate::stage::{Folder, SECRET};

struct Service {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    port: u16,
}

impl Service {
    /// `None`: the library is not installed.
    fn start(library: &str, program: impl FnOnce(&str) -> Command) -> Option<Self> {
        let Ok(place) = env::var(library) else {
            let note = format!("NOTE: {library} is not set: a test is SKIPPED\n");
            // Not `eprintln!`, which a test that passes does not show.
            let _ = std::io::stderr().write_all(note.as_bytes());
            return None;
        };
        let mut command = program(&place);
        let mut child = command.arg(SECRET).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = lines.next().unwrap().unwrap().parse().unwrap();
        Some(Self { child, lines, port })
    }

    /// The next delivery.
    fn next(&mut self) -> Value {
        serde_json::from_str(&self.lines.next().unwrap().unwrap()).unwrap()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn verifies_all_deliveries(mut service: Service) {
    let folder = Folder::new();
    let url = format!("http://127.0.0.1:{}/hook", service.port);
    let both =
        "secret = [\"env:NEXT_SECRET\", \"env:TARGET_SECRET\"]\ntimeout = 1\nconcurrency = 1";
    let settings = source("moneyhub", &url, "").replace("secret = \"env:TARGET_SECRET\"", both);
    configure(&folder, &settings);
    let gateway = Gateway::start(&folder).await;
    let issuer = TestIssuer::new();
    for _ in 0..8 {
        let body = issuer.sign(&samples::of(EventType::NewTransactions));
        assert_eq!(gateway.post("/webhooks", &body).await, 202);
    }
    gateway.counts("moneyhub", "waiting", 0).await;
    let deliveries: Vec<Value> = (0..12).map(|_| service.next()).collect();
    let answers: Vec<Value> = deliveries
        .iter()
        .map(|delivery| delivery["answer"].clone())
        .collect();
    let mut expected = vec![json!(500), json!(503), json!("hang"), json!("close")];
    expected.resize(12, json!(200));
    assert_eq!(answers, expected);
    let taken = deliveries
        .iter()
        .filter(|delivery| delivery["answer"] == 200);
    let keys: BTreeSet<&str> = taken
        .map(|delivery| delivery["key"].as_str().unwrap())
        .collect();
    assert_eq!(keys.len(), 8);

    let check = run(&folder.0, &["check", "--config", "gateway.toml"]);
    assert!(check.status.success(), "{check:?}");
    let delivery = service.next();
    assert_eq!(delivery["answer"], 200);
    assert!(delivery["bytes"].as_u64().unwrap() > 300_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_library_of_python_verifies_deliveries() {
    let service = Service::start("STANDARD_WEBHOOKS_PYTHON", |python| {
        let mut command = Command::new(python);
        command.arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/services/target.py"
        ));
        command
    });
    if let Some(service) = service {
        verifies_all_deliveries(service).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_library_of_node_verifies_deliveries() {
    let service = Service::start("STANDARD_WEBHOOKS_NODE", |modules| {
        let mut command = Command::new("node");
        command.env("NODE_PATH", modules).arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/services/target.mjs"
        ));
        command
    });
    if let Some(service) = service {
        verifies_all_deliveries(service).await;
    }
}
