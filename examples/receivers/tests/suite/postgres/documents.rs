//! The SQL that documents show is that of the programs, and does what they say.

use std::fs;
use std::path::Path;

use tokio_postgres::types::ToSql;

use super::{Bench, bench, clock, delivery, issuer};

/// The page of the guide with the recipe.
const GUIDE: &str = "../../src/guide/duplicates.rs";

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect(path)
}

/// The blocks of SQL in a document, with its lines without indentation.
fn blocks(path: &str) -> Vec<String> {
    let text = read(path);
    let lines: Vec<_> = text
        .lines()
        .map(|line| line.trim_start_matches("//!").trim())
        .collect();
    let blocks = lines.split(|line| *line == "```sql").skip(1);
    blocks
        .map(|block| {
            block
                .split(|line| line.starts_with("```"))
                .next()
                .unwrap()
                .join("\n")
        })
        .collect()
}

/// The statements and the migrations, in the same form.
fn files() -> Vec<String> {
    ["sql", "migrations"]
        .iter()
        .flat_map(|folder| {
            fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap()
        })
        .map(|file| {
            let text = fs::read_to_string(file.unwrap().path()).unwrap();
            text.lines().map(str::trim).collect::<Vec<_>>().join("\n")
        })
        .collect()
}

#[test]
fn every_block_of_sql_in_the_documents_is_text_of_a_file_that_the_programs_run() {
    let files = files();
    let mut seen = 0;
    for path in ["README.md", GUIDE] {
        for block in blocks(path) {
            assert!(
                files.iter().any(|file| file.contains(&block)),
                "{path}:\n{block}"
            );
            seen += 1;
        }
    }
    assert_eq!(seen, 5);
}

async fn recipe(bench: &Bench, path: &str) {
    let [table, insert] = &blocks(path)[..] else {
        panic!("{path} has another number of blocks")
    };
    bench
        .execute(&format!(
            "DROP SCHEMA moneyhub CASCADE; CREATE SCHEMA moneyhub; {table}"
        ))
        .await;
    let webhook = issuer()
        .receiver()
        .parse_at(delivery("1").token().as_bytes(), clock())
        .unwrap();
    let key = webhook.replay_key().to_string();
    let mut client = crate::harness::postgres_server::connect(&bench.url)
        .await
        .unwrap();
    // The first is rolled back with its effect, and leaves nothing behind.
    for (commit, rows) in [(false, 1), (true, 1), (true, 0)] {
        let transaction = client.transaction().await.unwrap();
        assert_eq!(
            transaction
                .execute(&**insert, &[&key, &clock()])
                .await
                .unwrap(),
            rows,
            "{path}"
        );
        if commit {
            transaction.commit().await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_recipe_takes_a_key_once_and_gives_it_back_with_the_transaction() {
    let Some(bench) = bench().await else { return };
    recipe(&bench, GUIDE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_statements_of_the_readme_run_as_they_stand() {
    let Some(bench) = bench().await else { return };
    let [accept, lag, revive] = &blocks("README.md")[..] else {
        panic!("another number of blocks")
    };
    let webhook = issuer()
        .receiver()
        .parse_at(delivery("1").token().as_bytes(), clock())
        .unwrap();
    let key = webhook.replay_key().to_string();
    for rows in [1, 0] {
        let nothing: Option<&str> = None;
        let (at, body) = (clock(), &b"body"[..]);
        let parameters: [&(dyn ToSql + Sync); 7] =
            [&key, &at, &"event", &nothing, &nothing, &nothing, &body];
        let taken = bench.client.execute(&**accept, &parameters);
        assert_eq!(taken.await.unwrap(), rows);
    }
    bench
        .execute("UPDATE moneyhub.webhook SET dead_at = now()")
        .await;
    for dead in [1, 0] {
        let row = bench.client.query_one(&**lag, &[]).await.unwrap();
        assert_eq!(
            (row.get::<_, i64>("dead"), row.get::<_, i64>("waiting")),
            (dead, 1 - dead)
        );
        bench.execute(revive).await;
    }
}
