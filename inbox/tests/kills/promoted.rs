//! A primary that is killed under load, and its synchronous standby, which is promoted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

use crate::postgres_server::{Database, Server};
use crate::sender::{self, Port};
use crate::{PATIENCE, Process, report, until_all};

/// Forwards connections to the port that it holds. Returns its own one.
async fn forward(to: Arc<AtomicU16>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let port = to.load(Ordering::SeqCst);
            tokio::spawn(async move {
                if let Ok(mut far) = TcpStream::connect(("127.0.0.1", port)).await {
                    let _ = copy_bidirectional(&mut near, &mut far).await;
                }
            });
        }
    });
    port
}

/// A standby without which the primary commits nothing.
async fn standby_of(database: &Database) -> Server {
    let standby = Server::without_data().unwrap();
    let copied = standby
        .command("pg_basebackup")
        .args(["-R", "-X", "stream", "--no-sync", "-c", "fast"])
        .args(["-h", "127.0.0.1", "-U", "postgres", "-p"])
        .arg(database.server.port.to_string())
        .arg("-D")
        .arg(&standby.data)
        .status();
    assert!(copied.unwrap().success(), "pg_basebackup fails");
    standby.start().await;
    // After the copy: the promoted server has no standby to wait for.
    let synchronous = "ALTER SYSTEM SET synchronous_standby_names = '*'";
    database.execute(synchronous).await;
    database.execute("SELECT pg_reload_conf()").await;
    let standbys = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'";
    let started = Instant::now();
    while database.count(standbys).await == 0 {
        assert!(started.elapsed() < PATIENCE, "the standby does not follow");
        sleep(Duration::from_millis(50)).await;
    }
    standby
}

/// When the memory of the replay keys begins, in microseconds, and on which server.
const MEMORY: &str = "SELECT server || ' ' || extract(epoch FROM since) FROM moneyhub_inbox.memory";

pub(crate) async fn standby(database: Database, spill: &str) {
    database.execute("TRUNCATE effect").await;
    // It has been there for long, so that late tokens are accepted.
    let long =
        "UPDATE moneyhub_inbox.memory SET since = now() - interval '1 day', alive_at = now()";
    database.execute(long).await;
    let standby = standby_of(&database).await;
    let primary_port = database.server.port;
    let to = Arc::new(AtomicU16::new(primary_port));
    let forwarded = forward(Arc::clone(&to)).await;
    let url = database.url();
    let url = url.replace(&primary_port.to_string(), &forwarded.to_string());
    let port = Port::free();
    let _receiver = Process::start(&["receiver", &url, &port.number(), spill]);
    let _workers = [(); 2].map(|()| Process::start(&["worker", &url]));
    let post_late = async |id: &str| {
        let issued_at = Utc::now() - TimeDelta::minutes(10);
        sender::post_one(port.address(), format!("late-{id}"), issued_at).await
    };
    assert_eq!(post_late("before").await, Some(202));
    let before = database.strings(MEMORY).await;

    let sending = sender::start(port.address());
    sending.until_answered(200).await;
    database.server.kill();
    to.store(standby.port, Ordering::SeqCst);
    // It is still read-only.
    sleep(Duration::from_millis(300)).await;
    let database = database.on(Arc::new(standby));
    database.execute("SELECT pg_promote()").await;
    sending.until_answered(200).await;
    let sent = sending.stop().await;
    let select = "SELECT id FROM effect ORDER BY id";
    let handled = until_all(&sent, || database.strings(select)).await;
    report("promoted a synchronous standby", &sent, &handled);

    // Another server may not remember everything. So late tokens of before are rejected.
    let started = Instant::now();
    while post_late(&format!("{:?}", started.elapsed())).await != Some(401) {
        assert!(started.elapsed() < PATIENCE, "late tokens are accepted");
        sleep(Duration::from_millis(100)).await;
    }
    let after = database.strings(MEMORY).await;
    let since = |memory: &[String]| {
        let (server, since) = memory[0].rsplit_once(' ').unwrap();
        (server.to_owned(), since.parse::<f64>().unwrap())
    };
    let ((old, long_ago), (new, lately)) = (since(&before), since(&after));
    assert_ne!(
        old, new,
        "the timeline of the promoted server is another one"
    );
    assert!(lately - long_ago > 80_000.0, "{long_ago} to {lately}");
}
