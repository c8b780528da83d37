//! What documents of the repository show is compiled, and does what they say. The published package is without them.

use std::fs;
use std::path::Path;

use chrono::Utc;
use moneyhub_webhooks::testing::{TestIssuer, samples};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use crate::postgres_server;

/// A file of the repository. `None`: this is the published package.
fn document(path: &str) -> Option<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let is_repository = root.join("inbox/Cargo.toml").exists();
    is_repository.then(|| fs::read_to_string(root.join(path)).unwrap())
}

#[test]
fn the_readme_of_the_crate_shows_the_service_and_its_test_as_they_are_compiled() {
    let Some(readme) = document("README.md") else {
        return;
    };
    let compiled = include_str!("quickstart.rs");
    for part in ["service", "test"] {
        let (_, rest) = compiled
            .split_once(&format!("// README: {part}\n"))
            .unwrap();
        let (text, _) = rest.split_once("// README: end\n").unwrap();
        let text = text.trim();
        assert!(
            readme.contains(&format!("```rust,ignore\n{text}\n```\n")),
            "{part}"
        );
    }
}

/// The blocks of SQL in a page of the guide.
fn sql(page: &str) -> Vec<String> {
    let lines: Vec<&str> = page
        .lines()
        .map(|line| line.trim_start_matches("//!").trim())
        .collect();
    let blocks = lines.split(|line| *line == "```sql").skip(1);
    blocks
        .map(|rest| rest.split(|line| *line == "```").next().unwrap().join("\n"))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sql_of_the_guide_takes_a_key_once_and_gives_it_back_with_the_transaction() {
    let Some(page) = document("src/guide/duplicates.rs") else {
        return;
    };
    let [table, insert] = &sql(&page)[..] else {
        panic!("it has another number of blocks")
    };
    let Some(database) = postgres_server::database().await else {
        return;
    };
    database.execute(table).await;

    let (moneyhub, now) = (TestIssuer::new(), Utc::now());
    let body = moneyhub.sign(&samples::all().next().unwrap());
    let webhook = moneyhub.receiver().parse(body.as_bytes()).unwrap();
    let url = database.url();
    let mut connection = PgConnection::connect(&url).await.unwrap();
    // The effect of the first one fails, and it leaves nothing.
    for (commit, rows) in [(false, 1), (true, 1), (true, 0)] {
        let mut transaction = connection.begin().await.unwrap();
        let inserted = sqlx::query(AssertSqlSafe(insert.clone()))
            .bind(webhook.replay_key().to_string())
            .bind(now)
            .execute(&mut *transaction)
            .await;
        assert_eq!(inserted.unwrap().rows_affected(), rows);
        if commit {
            transaction.commit().await.unwrap();
        }
    }
}
