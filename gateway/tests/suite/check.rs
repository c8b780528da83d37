//! `check`.

use moneyhub_webhooks::testing::TestIssuer;

use crate::gateway::{Gateway, configure, run, source};
use crate::stage::{Folder, SECRET};
use crate::target::{Answer, Target};

fn check(folder: &Folder) -> (Option<i32>, String) {
    let output = run(&folder.0, &["check", "--config", "gateway.toml"]);
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn check_posts_a_signed_body_of_300_kb_to_the_target() {
    let target = Target::start().await;
    let folder = Folder::new();
    configure(&folder, &source("moneyhub", &target.url, ""));
    let url = &target.url;
    let (status, text) = check(&folder);
    let expected = |store: &str| {
        format!(
            "ok    sources: moneyhub\nok    moneyhub.keys: keys.json: 1 usable\n\
             ok    moneyhub.store: inbox.db: {store}\n\
             ok    moneyhub.target: {url}: answered 200 to a signed body of 300 KB\n"
        )
    };
    assert_eq!(
        (status, text),
        (Some(0), expected("the first start creates it"))
    );
    assert!(!folder.0.join("inbox.db").exists());
    let delivery = &target.received(1).await[0];
    assert!(delivery.body.len() > 300_000);
    let document = delivery.json();
    assert_eq!(document["eventType"], "gatewayCheck");
    assert_eq!(document["authenticity"], "unsigned");
    assert!(document["payload"]["padding"].is_string());

    // While the gateway runs.
    let _gateway = Gateway::start(&folder).await;
    assert_eq!(check(&folder), (Some(0), expected("0 waiting, 0 dead")));
}

#[tokio::test(flavor = "multi_thread")]
async fn check_reports_all_that_does_not_work() {
    let target = Target::answering(&[Answer::Status(413)]).await;
    let folder = Folder::new();
    let settings = source("moneyhub", &target.url, "store = \"none.db\"");
    folder.write("none.db", &"no database ".repeat(100));
    let nobody = "http://127.0.0.1:1/";
    configure(&folder, &settings.replace("keys.json", nobody));
    let (status, text) = check(&folder);
    assert_eq!(status, Some(1), "{text}");
    let lines: Vec<&str> = text.lines().collect();
    assert!(
        lines[1].starts_with("FAIL  moneyhub.keys: http://127.0.0.1:1/: "),
        "{text}"
    );
    assert_eq!(
        lines[2],
        "FAIL  moneyhub.store: none.db: file is not a database"
    );
    let answer = "answered 413 to a signed body of 300 KB";
    assert_eq!(
        lines[3],
        format!("FAIL  moneyhub.target: {}: {answer}", target.url)
    );
    assert_eq!(lines[4], "error: the check failed");
    assert!(!text.contains(SECRET) && !text.contains(&TestIssuer::new().jwks()));
}
