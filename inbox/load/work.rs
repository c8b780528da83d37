//! Workers: the inbox beside workers that take one webhook at a time, while receipts go on, and idle.

use std::time::{Duration, Instant};

use moneyhub_webhooks::testing::{TestIssuer, samples};
use moneyhub_webhooks::{EventType, StoredWebhook};
use moneyhub_webhooks_inbox::{Handled, Handler, Inbox, InboxBuilder, Store};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

use crate::Limit::{self, AtLeast, AtMost};
use crate::client::{Connection, Pace, send, sign};
use crate::folder::Folder;
use crate::postgres_server::Database;
use crate::server::{Server, pool};
use crate::{database, median, ratio, row};

/// How many webhooks wait: each that was received, so many times.
const RECEIVED: usize = 2000;
const COPIES: usize = 40;

const ROUNDS: usize = 3;

/// Where webhooks wait.
enum Queue {
    File(String),
    Database(Database),
}

impl Queue {
    fn place(&self) -> String {
        match self {
            Self::File(path) => path.clone(),
            Self::Database(database) => database.url(),
        }
    }

    async fn execute(&self, sql: &str) {
        match self {
            Self::File(path) => file(path).execute_batch(sql).unwrap(),
            Self::Database(database) => {
                let sql = format!("SET search_path = moneyhub_inbox, public; {sql}");
                database.execute(&sql).await;
            }
        }
    }

    /// Receives webhooks with an inbox, and keeps copies of them.
    async fn prepare(&self, kind: &str, key: &str) {
        let bodies = sign(RECEIVED, |_| samples::of(EventType::DeletedAccount));
        let server = Server::start(kind, &self.place());
        send(server.address, &bodies, 0..RECEIVED, 64, Pace::Full).await;
        let copy = format!(
            "CREATE TABLE copy AS
            WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < {COPIES})
            SELECT {key} AS key, received_at, signed, webhook, size, due_at, give_up_at FROM webhook, number"
        );
        self.execute(&copy).await;
    }

    async fn fill(&self) {
        let (empty, flush) = match self {
            Self::File(_) => ("DELETE FROM webhook", "PRAGMA wal_checkpoint(TRUNCATE)"),
            Self::Database(_) => ("TRUNCATE webhook, effect", "CHECKPOINT"),
        };
        self.execute(empty).await;
        let fill = "INSERT INTO webhook (key, received_at, signed, webhook, size, due_at, give_up_at) SELECT * FROM copy";
        self.execute(fill).await;
        if let Self::File(_) = self {
            // By which a webhook is found.
            let remember = "INSERT OR IGNORE INTO remembered (key, until, received_at, signed)
                SELECT key, give_up_at, received_at, signed FROM copy";
            self.execute(remember).await;
        }
        self.execute(flush).await;
    }

    async fn waiting(&self) -> i64 {
        match self {
            Self::File(path) => {
                let count = "SELECT count(*) FROM webhook";
                file(path).query_row(count, [], |row| row.get(0)).unwrap()
            }
            Self::Database(database) => {
                let count = "SELECT count(*) FROM moneyhub_inbox.webhook";
                database.count(count).await
            }
        }
    }

    /// How many are handled in a second while something else happens, which adds some.
    async fn rate(&self, kind: &str, meanwhile: impl AsyncFn(&Server) -> usize) -> f64 {
        self.fill().await;
        let server = Server::start(kind, &self.place());
        sleep(Duration::from_millis(300)).await;
        let (before, started) = (self.waiting().await, Instant::now());
        let added = meanwhile(&server).await;
        let (after, elapsed) = (self.waiting().await, started.elapsed());
        assert!(after > 0, "too few wait: they were handled before the end");
        (before + added as i64 - after) as f64 / elapsed.as_secs_f64()
    }
}

fn file(path: &str) -> rusqlite::Connection {
    let file = rusqlite::Connection::open(path).unwrap();
    file.busy_timeout(Duration::from_secs(60)).unwrap();
    file
}

async fn pause(_: &Server) -> usize {
    sleep(Duration::from_secs(2)).await;
    0
}

/// Compares the rate of the inbox with that of workers that take one at a time, and returns it. They take turns.
async fn compare(queue: &Queue, name: &str, kind: &str, limit: Limit) -> f64 {
    let plain = format!("plain-{kind}");
    let (mut inbox, mut one) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        one.push(queue.rate(&plain, pause).await);
        inbox.push(queue.rate(kind, pause).await);
    }
    let (inbox, one) = (median(inbox), median(one));
    let name = format!("{name}: handled/s ({inbox:.0}) ÷ one by one ({one:.0})");
    row(&name, inbox / one, limit);
    inbox
}

pub(crate) async fn sqlite() {
    let folder = Folder::new();
    let queue = Queue::File(folder.0.join("inbox.db").to_str().unwrap().to_owned());
    queue.prepare("sqlite", "randomblob(32)").await;
    let name = "SQLite, under a lease";
    compare(&queue, name, "sqlite-lease", AtLeast(2.0)).await;
}

pub(crate) async fn postgres() {
    let queue = Queue::Database(database().await);
    queue
        .prepare("postgres", "sha256(key || int4send(n))")
        .await;
    let name = "PostgreSQL, under a lease";
    compare(&queue, name, "postgres-lease", Limit::None).await;
    let (name, kind) = ("PostgreSQL, in a transaction", "postgres-transaction");
    let without = compare(&queue, name, kind, AtLeast(2.0)).await;
    const COUNT: usize = 6000;
    let mut rates = Vec::new();
    for _ in 0..ROUNDS {
        let bodies = sign(COUNT, |_| samples::of(EventType::DeletedAccount));
        let receive = async |server: &Server| {
            send(server.address, &bodies, 0..COUNT, 64, Pace::Full).await;
            COUNT
        };
        rates.push(queue.rate(kind, receive).await);
    }
    let with = median(rates);
    let name = format!("the same while receiving ({with:.0}) ÷ without");
    row(&name, with / without, AtLeast(0.6));
}

/// Says when it is called.
struct Notes(mpsc::UnboundedSender<Instant>);

impl Handler for Notes {
    async fn handle(&self, _: &StoredWebhook) -> Handled {
        self.0.send(Instant::now()).unwrap();
        Handled::Done
    }
}

pub(crate) async fn idle_sqlite() {
    let folder = Folder::new();
    let builder = InboxBuilder::new(TestIssuer::new().receiver());
    let inbox = builder.sqlite(folder.0.join("inbox.db")).await.unwrap();
    idle("SQLite", &inbox, &inbox).await;
}

/// One inbox receives, and another one works: it is woken by `NOTIFY`.
pub(crate) async fn idle_postgres() {
    let database = database().await;
    let builder = InboxBuilder::new(TestIssuer::new().receiver()).without_spill();
    let open = async || {
        builder
            .clone()
            .postgres(pool(&database.url()))
            .await
            .unwrap()
    };
    let (receives, works) = (open().await, open().await);
    idle("PostgreSQL", &receives, &works).await;
}

async fn idle<S: Store>(name: &str, receives: &Inbox<S>, works: &Inbox<S>) {
    const COUNT: usize = 500;
    const MILLISECOND: Duration = Duration::from_millis(1);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = receives.router("/webhooks");
    tokio::spawn(async { axum::serve(listener, router).await });
    let (sender, mut called) = mpsc::unbounded_channel();
    let workers = works.work(4, Notes(sender));
    let bodies = sign(COUNT, |_| samples::of(EventType::DeletedAccount));
    let mut connection = Connection::open(address).await;
    let mut times = Vec::new();
    for body in bodies.iter() {
        sleep(5 * MILLISECOND).await;
        connection.post(body).await;
        let answered = Instant::now();
        let called = timeout(Duration::from_secs(10), called.recv())
            .await
            .unwrap();
        times.push(called.unwrap().saturating_duration_since(answered));
    }
    workers.stop().await;
    times.sort();
    let [p50, p99] = [50, 99].map(|percent| ratio(times[COUNT * percent / 100], MILLISECOND));
    let name = format!("{name}, idle: ms from the answer to the handler, p99 (p50 {p50:.2})");
    row(&name, p99, AtMost(5.0));
}
