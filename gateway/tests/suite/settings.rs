//! Settings: from a file or from flags and the environment, and what is said about mistakes.

use std::net::TcpListener;

use moneyhub_webhooks::EventType;
use moneyhub_webhooks::testing::{TestIssuer, samples};

use crate::gateway::{Gateway, command, configure, run, source};
use crate::postgres_server;
use crate::stage::{Folder, NEXT_SECRET, SECRET};
use crate::target::Target;

/// The status of the end, and the message.
fn ends(folder: &Folder, arguments: &[&str]) -> (Option<i32>, String) {
    let output = run(&folder.0, arguments);
    assert!(output.stdout.is_empty());
    (
        output.status.code(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

/// The last line of what a start with this file says.
fn file(folder: &Folder, settings: &str) -> (Option<i32>, String) {
    folder.write("gateway.toml", settings);
    let (status, text) = ends(folder, &["--config", "gateway.toml"]);
    (status, text.lines().last().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn flags_and_the_environment_alone_are_enough() {
    let target = Target::start().await;
    let folder = Folder::new();
    let issuer = TestIssuer::new();
    folder.write("keys.json", &issuer.jwks());
    folder.write("secret", &format!("{SECRET}\n"));
    let gateway = Gateway::spawn(
        command(&folder.0)
            .args(["--listen", "127.0.0.1:0", "--health", "127.0.0.1:0"])
            .args([
                "--issuer",
                issuer.issuer(),
                "--keys",
                "keys.json",
                "--path",
                "/in",
            ])
            .env(
                "MONEYHUB_GATEWAY_CLIENT_ID",
                format!("another,{}", issuer.client_id()),
            )
            .env("MONEYHUB_GATEWAY_TARGET", &target.url)
            .env("MONEYHUB_GATEWAY_SECRET", "file:secret"),
    )
    .await;
    let body = issuer.sign(&samples::of(EventType::PaymentError));
    assert_eq!(gateway.post("/in", &body).await, 202);
    target.received(1).await;
    assert!(folder.0.join("inbox.db").exists());
}

/// It may be there later, so the status is not that of a wrong setting: another start may help.
#[test]
fn a_file_that_can_not_be_read_is_named_with_its_setting() {
    let folder = Folder::new();
    configure(&folder, "");
    let right = source("moneyhub", "https://ledger.example/", "");
    let secret = "secret = \"env:TARGET_SECRET\"";
    for (right_setting, by, what) in [
        ("\"keys.json\"", "\"none.json\"", "keys: none.json"),
        (secret, "secret = \"file:none\"", "secret: file:none"),
        (
            secret,
            &format!("{secret}\nstore = \"file:none\""),
            "store: file:none",
        ),
    ] {
        let (status, text) = file(&folder, &right.replace(right_setting, by));
        let message = format!("error: sources.moneyhub.{what}: No such file or directory");
        assert!(text.starts_with(&message), "{text}");
        assert_eq!(status, Some(1), "{text}");
    }
    let (status, text) = ends(&folder, &["--config", "none.toml"]);
    let message = "error: --config: none.toml: No such file or directory";
    assert!(text.starts_with(message), "{text}");
    assert_eq!(status, Some(1), "{text}");
}

#[test]
fn mistakes_are_named_with_the_setting_and_the_value() {
    let folder = Folder::new();
    configure(&folder, "");
    folder.write("short", "whsec_c2hvcnQ=\n");
    folder.write("empty.json", "{\"keys\":[]}");
    let right = source("moneyhub", "https://ledger.example/", "");
    let secret = "secret = \"env:TARGET_SECRET\"";
    for (wrong, by, message) in [
        (
            "\"test-client\"",
            "\"\"",
            "client_id: \"\": it is empty, so that no token would be accepted",
        ),
        (
            "\"test-client\"",
            "[\"a\", \" b\"]",
            "client_id: \" b\": it has white space at an end, so that no token would be accepted",
        ),
        (
            "client_id = \"test-client\"",
            "",
            "client_id: it is missing: the id of your API client at Moneyhub",
        ),
        (
            "\"keys.json\"",
            "\"empty.json\"",
            "keys: empty.json: it has no usable key",
        ),
        (
            "\"keys.json\"",
            "\"http://keys.example/\"",
            "keys: http://keys.example/: ",
        ),
        (
            "https://ledger",
            "http://ledger",
            "target: http://ledger.example/: http is for this machine: use https, or set sources.moneyhub.allow_http",
        ),
        (
            "https://ledger",
            "ftp://ledger",
            "target: ftp://ledger.example/: it is not an https URL",
        ),
        (
            "https://ledger.example/",
            "ledger",
            "target: ledger: relative URL without a base",
        ),
        (
            "https://ledger.example/",
            "https://u:hunter2@ledger:99999/",
            "target: it is not a URL: invalid port number",
        ),
        (
            secret,
            "",
            "secret: it is missing: `env:NAME` or `file:PATH`",
        ),
        (
            secret,
            "secret = \"env:NONE\"",
            "secret: env:NONE: the variable is not set",
        ),
        (
            secret,
            "secret = \"file:short\"",
            "secret: file:short: its content is not `whsec_` and base64 of 24 to 64 bytes",
        ),
        (
            secret,
            &format!("secret = {SECRET:?}"),
            "secret: it is neither `env:NAME` nor `file:PATH`; keep the secret itself out of settings",
        ),
        (
            secret,
            &format!("{secret}\npath = \"in\""),
            "path: in: it is not a path",
        ),
        (
            secret,
            &format!("{secret}\nconcurrency = 0"),
            "concurrency: 0: nothing would be delivered",
        ),
        (
            secret,
            &format!("{secret}\ntimeout = 0"),
            "timeout: 0: it is not between 1 and 600 seconds",
        ),
        (
            secret,
            &format!("{secret}\ndead_status = 302"),
            "dead_status: 302: it is not a status from 400 to 599",
        ),
        (
            secret,
            &format!("{secret}\nunsigned = true"),
            "client_id: plain JSON has none",
        ),
        (
            secret,
            &format!("{secret}\nstore = \"mysql://u:hunter2@h/d\""),
            "store: it is neither a file nor a URL such as postgres://user@host/database",
        ),
    ] {
        let (status, text) = file(&folder, &right.replace(wrong, by));
        assert!(
            text.starts_with(&format!("error: sources.moneyhub.{message}")),
            "{text}"
        );
        assert_eq!(status, Some(2), "{text}");
        assert!(
            !text.contains("hunter2") && !text.contains(SECRET),
            "{text}"
        );
    }
    for (settings, message) in [
        (
            "",
            "sources: there is none: add a section such as [sources.moneyhub]",
        ),
        (
            "listen = \"here\"\n[sources.a]",
            "sources.a.client_id: it is missing",
        ),
        (
            &format!("listen = \"here\"\n{right}"),
            "listen: here: it is not an address and a port",
        ),
        (
            &format!("log = \"info,warning\"\n{right}"),
            "log: info,warning: it is not one of `error`, `warn`, `info`, `debug`, `trace` and `off`",
        ),
        (
            &format!("health = 1\n{right}"),
            "--config: gateway.toml:1: invalid type: integer `1`",
        ),
        (
            &format!("{right}\nsecert = \"hunter2\""),
            "--config: gateway.toml:9: unknown field `secert`",
        ),
        (
            &format!("{right}{}", source("other", "https://other.example/", "")),
            "sources.other.path: /webhooks: sources.moneyhub.path is the same",
        ),
    ] {
        let (status, text) = file(&folder, settings);
        assert!(text.starts_with(&format!("error: {message}")), "{text}");
        assert_eq!(status, Some(2), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
    let both = [
        "--config",
        "gateway.toml",
        "--target",
        "https://ledger.example/",
    ];
    let message = "error: --target: with --config, set it in the file\n";
    assert_eq!(ends(&folder, &both), (Some(2), message.to_owned()));
    let variable = command(&folder.0)
        .args(["--config", "gateway.toml"])
        .env("MONEYHUB_GATEWAY_LOG", "debug")
        .output()
        .unwrap();
    let message = "error: MONEYHUB_GATEWAY_LOG: with --config, set it in the file\n";
    assert_eq!(String::from_utf8(variable.stderr).unwrap(), message);
    assert_eq!(variable.status.code(), Some(2));
    let flag = command(&folder.0)
        .args(["--client-id", "a", "--target", "https://ledger.example/"])
        .args(["--secret", "env:S"])
        .env("S", SECRET)
        .env("MONEYHUB_GATEWAY_UNSIGNED", "1")
        .output()
        .unwrap();
    let message = "error: --client-id: plain JSON has none: tokens need a source of their own\n";
    assert_eq!(String::from_utf8(flag.stderr).unwrap(), message);
}

#[test]
fn each_source_has_a_store_of_its_own_however_that_is_written() {
    let folder = Folder::new();
    configure(&folder, "");
    for (one, other, shown) in [
        ("inbox.db", "./inbox.db", "./inbox.db"),
        (
            "postgres://a@database/inbox",
            "postgresql://b:hunter2@database:5432/inbox?sslmode=disable",
            "postgresql://b@database:5432/inbox",
        ),
    ] {
        let source = |name, store| {
            let more = format!("path = \"/{name}\"\nstore = {store:?}");
            source(name, "https://ledger.example/", &more)
        };
        let settings = source("one", one) + &source("two", other);
        let message = format!(
            "error: sources.two.store: {shown}: sources.one.store is the same, and each needs its own"
        );
        assert_eq!(file(&folder, &settings), (Some(2), message));
    }
}

#[test]
fn a_port_in_use_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let folder = Folder::new();
    configure(&folder, "");
    let right = source("moneyhub", "https://ledger.example/", "");
    for setting in ["listen", "health"] {
        let other = if setting == "listen" {
            "health"
        } else {
            "listen"
        };
        let settings = format!("{setting} = \"{address}\"\n{other} = \"127.0.0.1:0\"\n{right}");
        let (status, text) = file(&folder, &settings);
        let message = format!("error: {setting}: {address}: Address already in use");
        assert!(text.starts_with(&message), "{text}");
        assert_eq!(status, Some(1));
    }
}

#[test]
fn http_to_other_machines_is_accepted_if_a_setting_allows_it() {
    let folder = Folder::new();
    configure(
        &folder,
        &source("moneyhub", "http://ledger.example/", "allow_http = true"),
    );
    // As far as the store.
    let message = "error: sources.moneyhub.store: inbox.db: there is no such file\n";
    let list = ends(&folder, &["dead", "list", "--config", "gateway.toml"]);
    assert_eq!(list, (Some(1), message.to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_sqlite_file_has_one_gateway() {
    let folder = Folder::new();
    configure(&folder, &source("moneyhub", "https://ledger.example/", ""));
    let _gateway = Gateway::start(&folder).await;
    let (status, text) = ends(&folder, &["--config", "gateway.toml"]);
    let message = "error: sources.moneyhub.store: inbox.db: the spill folder: ";
    assert!(text.starts_with(message), "{text}");
    assert_eq!(status, Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_database_is_named_without_its_password() {
    let folder = Folder::new();
    configure(&folder, "");
    folder.write("other.db", &"no database ".repeat(100));
    let start = |store: &str| {
        let source = source(
            "moneyhub",
            "https://ledger.example/",
            &format!("store = {store:?}"),
        );
        file(
            &folder,
            &format!("listen = \"127.0.0.1:0\"\nhealth = \"127.0.0.1:0\"\n{source}"),
        )
    };
    let (status, text) = start("other.db");
    assert_eq!(status, Some(1));
    assert_eq!(
        text,
        "error: sources.moneyhub.store: other.db: file is not a database"
    );
    let Some(database) = postgres_server::database().await else {
        return;
    };
    let url = database.url().replace("postgres@", "postgres:hunter2@");
    let wrong = url.replace("/test", "/none");
    let shown = wrong.replace(":hunter2", "");
    let (status, text) = start(&wrong);
    assert_eq!(status, Some(1));
    let name = shown.rsplit_once('/').unwrap().1;
    let reason = format!("3D000: database \"{name}\" does not exist");
    assert_eq!(
        text,
        format!("error: sources.moneyhub.store: {shown}: {reason}")
    );
}

#[test]
fn the_readme_has_every_setting_and_a_complete_file() {
    let folder = Folder::new();
    let readme = include_str!("../../README.md");
    let example = include_str!("../../gateway.toml");
    assert!(readme.contains(example));
    folder.write("secret", SECRET);
    folder.write("plain-secret", NEXT_SECRET);
    let example = example.replace("/etc/moneyhub-webhooks-gateway/", "");
    folder.write("gateway.toml", &example);
    // As far as the store.
    let message = "error: sources.moneyhub.store: inbox.db: there is no such file\n";
    let list = ends(&folder, &["dead", "list", "--config", "gateway.toml"]);
    assert_eq!(list, (Some(1), message.to_owned()));

    let help = String::from_utf8(run(&folder.0, &["--help"]).stdout).unwrap();
    let flags: Vec<&str> = help
        .split_whitespace()
        .filter_map(|word| word.strip_prefix("--"))
        .filter(|flag| !["config", "help", "version"].contains(flag))
        .collect();
    assert!(flags.len() > 12, "{flags:?}");
    for flag in flags {
        let row = format!("| `{}` |", flag.replace('-', "_"));
        assert!(readme.contains(&row), "{row}");
    }
}

#[test]
fn the_test_keys_are_those_of_the_test_issuer() {
    let file = include_str!("../../test-keys.json");
    assert_eq!(file.trim_end(), TestIssuer::new().jwks());
}
