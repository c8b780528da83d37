//! What `/metrics` and `/healthz` are told of the tables.

use std::time::Duration;

use moneyhub_webhooks_receivers::postgres::TablesBacklog;
use moneyhub_webhooks_receivers::watch::{Backlog as _, Waiting};

use super::bench;

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_in_the_tables_is_counted_by_its_kind() {
    let Some(bench) = bench().await else { return };
    bench.store(&["1", "2", "3"]).await;
    bench
        .execute(
            "UPDATE moneyhub.webhook SET dead_at = now()
             WHERE replay_key = (SELECT min(replay_key::text)::bytea FROM moneyhub.webhook);
             INSERT INTO moneyhub.unjudged (accepted, body, received_at) VALUES (false, 'body', now())",
        )
        .await;
    let waiting = TablesBacklog::new(&bench.url).unwrap().waiting().await;
    assert_eq!(
        (waiting.accepted, waiting.unjudged, waiting.dead),
        (Some(2), Some(1), Some(1))
    );
    // They were received in 2025.
    assert!(
        waiting.lag.unwrap() > Duration::from_secs(300 * 24 * 3600),
        "{waiting:?}"
    );
    assert_eq!((waiting.disk_bytes, waiting.error), (None, None));
}

#[tokio::test]
async fn a_database_that_is_gone_is_told_without_its_address() {
    let backlog = TablesBacklog::new("postgres://user:password@127.0.0.1:1/database").unwrap();
    let error = Some("PostgreSQL can't be asked".to_owned());
    assert_eq!(
        backlog.waiting().await,
        Waiting {
            error,
            ..Waiting::default()
        }
    );
}
