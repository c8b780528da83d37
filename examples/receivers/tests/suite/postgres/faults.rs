//! Databases that do not take what they are given.

use std::time::Instant;

use moneyhub_webhooks_receivers::answer::Answer;
use moneyhub_webhooks_receivers::intake::Intake;
use moneyhub_webhooks_receivers::postgres::{Caps, TIME_LIMIT, Tables};
use tokio::net::{TcpListener, TcpStream};

use super::{
    Bench, NO_DISK, bench, clock, delivery, issuer, nothing_waits, until, worker_settings,
};
use crate::harness::patience::{PATIENCE, SENDER};
use crate::harness::postgres_server::{self, PostgresServer, connect, on_disk};
use crate::running::until_crash;

/// Without a disk the answer is 503, within the limit; with one the webhook is kept there. It takes effect once when the
/// database is well again.
async fn refuses(bench: &Bench, fault: &str, cure: &str) {
    let intake = |caps| bench.intake_within(TIME_LIMIT, &bench.url, issuer().receiver(), caps);
    let (no_disk, with_disk) = (intake(NO_DISK).await, intake(Caps::default()).await);
    bench.execute(fault).await;
    for (intake, id, expected) in [
        (no_disk, "1", Answer::NoRoom),
        (with_disk.clone(), "2", Answer::Accepted),
    ] {
        let began = Instant::now();
        assert_eq!(
            intake.answer(None, delivery(id).token().into()).await,
            expected,
            "{fault}"
        );
        assert!(began.elapsed() < SENDER, "{fault}: {:?}", began.elapsed());
    }
    // From the disk it goes to this table as soon as that can be written, which not each of the faults prevents.
    let handed_on = "SELECT count(*) FROM moneyhub.unjudged";
    assert!(
        on_disk(&bench.spill()) == 1 || bench.number(handed_on).await == 1,
        "{fault}"
    );
    bench.execute(cure).await;
    assert!(
        until(async || on_disk(&bench.spill()) == 0).await,
        "{fault}: it stays on the disk"
    );
    bench
        .work(issuer().receiver(), worker_settings(), nothing_waits)
        .await;
    let handled = [bench.handled("1").await, bench.handled("2").await];
    assert_eq!(
        (handled, bench.rows().await),
        ([0, 1], (0, 0, 0)),
        "{fault}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_database_takes_nothing_until_it_is_writable() {
    let Some(bench) = bench().await else { return };
    // Sessions that are open go on writing: as after a failover they are closed.
    let set = |value| {
        format!(
            r#"ALTER DATABASE "{}" SET default_transaction_read_only = {value};
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()"#,
            bench.name
        )
    };
    refuses(&bench, &set("on"), &set("off")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_in_which_a_lock_is_held_is_waited_for_within_the_limit() {
    let Some(bench) = bench().await else { return };
    refuses(&bench, "BEGIN; LOCK TABLE moneyhub.receipt", "COMMIT").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_whose_disk_is_full_takes_nothing_until_there_is_room() {
    let Some(bench) = bench().await else { return };
    // The error that PostgreSQL has for it.
    let full = "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
        $$BEGIN RAISE disk_full USING MESSAGE = 'could not extend file: No space left on device'; END$$;
        CREATE TRIGGER full_disk BEFORE INSERT ON moneyhub.webhook EXECUTE FUNCTION full_disk()";
    refuses(&bench, full, "DROP FUNCTION full_disk CASCADE").await;
    assert_eq!(
        bench.number("SELECT count(*) FROM moneyhub.receipt").await,
        1,
        "no key without its webhook"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_database_bodies_go_to_the_disk_and_from_there_to_it_when_it_is_back() {
    if !postgres_server::is_installed() {
        return;
    }
    let mut postgres = PostgresServer::start().await.unwrap();
    let (url, spill) = (postgres.url("postgres"), postgres.folder("spill"));
    postgres.kill().unwrap();
    // A receiver starts without it too, and answers in time.
    let caps = Caps {
        accepted_on_disk: 12_000,
        ..Caps::default()
    };
    let open = async |caps| {
        Intake::new(
            issuer().receiver(),
            clock,
            Tables::open(&url, &spill, caps).await.unwrap(),
        )
    };
    until_crash(async {
        let intake = open(caps).await;
        for (id, answer) in [
            ("1", Answer::Accepted),
            ("2", Answer::Accepted),
            ("3", Answer::NoRoom),
        ] {
            let began = Instant::now();
            assert_eq!(
                intake.answer(None, delivery(id).token().into()).await,
                answer
            );
            assert!(began.elapsed() < SENDER, "{id}: {:?}", began.elapsed());
        }
    });

    // What is on the disk is found by the next run, which also makes the tables.
    postgres.restart().await.unwrap();
    let _intake = open(Caps::default()).await;
    assert!(
        until(async || on_disk(&spill) == 0).await,
        "they stay on the disk"
    );
    let client = connect(&url).await.unwrap();
    let handed_on = client
        .query(
            "SELECT body FROM moneyhub.unjudged WHERE accepted GROUP BY body ORDER BY min(id)",
            &[],
        )
        .await
        .unwrap();
    // What the database was too slow to confirm is stored again, and workers drop the copy.
    let bodies: Vec<Vec<u8>> = handed_on.iter().map(|row| row.get(0)).collect();
    assert_eq!(
        bodies,
        [
            delivery("1").token().into_bytes(),
            delivery("2").token().into_bytes()
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_silent_is_waited_for_within_the_limit() {
    let Some(bench) = bench().await else { return };
    // It accepts connections and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!(
        "postgres://postgres@{}/postgres",
        silent.local_addr().unwrap()
    );
    let intake = bench
        .intake_within(TIME_LIMIT, &url, issuer().receiver(), Caps::default())
        .await;
    let began = Instant::now();
    assert_eq!(
        intake.answer(None, delivery("1").token().into()).await,
        Answer::Accepted
    );
    assert!(began.elapsed() < SENDER, "{:?}", began.elapsed());
    assert_eq!(on_disk(&bench.spill()), 1);
}

/// Forwards connections to the database of a bench. What is open when it is told to forget stays open, and nothing comes
/// through.
async fn forgetful_firewall(bench: &Bench) -> (String, tokio::sync::watch::Sender<()>) {
    let (server, database) = bench
        .url
        .trim_start_matches("postgres://postgres@")
        .split_once('/')
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!(
        "postgres://postgres@{}/{database}",
        listener.local_addr().unwrap()
    );
    let (server, forget) = (server.to_owned(), tokio::sync::watch::Sender::new(()));
    let forgets = forget.clone();
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let mut far = TcpStream::connect(&server).await.unwrap();
            let mut forgotten = forgets.subscribe();
            tokio::spawn(async move {
                tokio::select! {
                    _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                    _ = forgotten.changed() => std::future::pending().await,
                }
            });
        }
    });
    (url, forget)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_has_died_costs_no_webhook() {
    let Some(bench) = bench().await else { return };
    let (url, forget) = forgetful_firewall(&bench).await;
    // A try takes half of it: long enough for the one that succeeds.
    let limit = PATIENCE / 10;
    let intake = bench
        .intake_within(limit, &url, issuer().receiver(), NO_DISK)
        .await;
    assert_eq!(
        intake.answer(None, delivery("before").token().into()).await,
        Answer::Accepted
    );
    forget.send_replace(());
    assert_eq!(
        intake
            .answer(None, delivery("unnoticed").token().into())
            .await,
        Answer::Accepted
    );
    let close = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    assert!(bench.number(close).await > 0);
    assert_eq!(
        intake.answer(None, delivery("closed").token().into()).await,
        Answer::Accepted
    );
    assert_eq!(bench.rows().await, (3, 0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn where_tls_is_asked_for_no_connection_is_made_without() {
    let Some(bench) = bench().await else { return };
    let url = format!("{}?sslmode=require", bench.url);
    let error = super::database(&url)
        .migrate()
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("TLS"), "{error}");
}
