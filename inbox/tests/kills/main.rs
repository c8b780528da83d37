//! Kills receivers, workers and the database with SIGKILL or its like while webhooks arrive, goes on with copies of their
//! files, and with a standby: nothing that was answered with 202 may be lost, and no effect may happen twice.
//!
//! This program is its own victim: with arguments it is the service that is killed.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    dead_code,
    reason = "tests"
)]

mod copied;
#[path = "../suite/folder.rs"]
mod folder;
#[path = "../suite/postgres_server.rs"]
mod postgres_server;
mod promoted;
mod sender;
mod service;
mod trace;

use std::collections::BTreeSet;
use std::env;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use folder::Folder;
use tokio::time::sleep;

use postgres_server::Database;
use sender::{Port, Sending, Sent};

/// Longer than anything takes, on a busy machine too.
const PATIENCE: Duration = Duration::from_secs(120);

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [service, rest @ ..] = &arguments[..]
        && service == "service"
    {
        return service::run(rest).await;
    }
    let folder = Folder::new();
    let path = folder.0.join("inbox.db");
    trace::no_answer_comes_before_its_sync(&folder.0).await;
    trace::no_answer_comes_before_the_syncs_of_its_spill_file(&folder.0).await;
    sqlite(path.to_str().unwrap()).await;
    copied::sqlite(&folder.0).await;
    if let Some(database) = postgres_server::own_database().await {
        database.execute("CREATE TABLE effect (id text)").await;
        let spill = folder.0.join("spill");
        let spill = spill.to_str().unwrap();
        postgres(&database, spill, Victim::Workers).await;
        postgres(&database, spill, Victim::Receiver).await;
        postgres(&database, spill, Victim::Database).await;
        copied::postgres(&database, &folder.0).await;
        promoted::standby(database, spill).await;
    }
}

/// A process that is killed again and again.
struct Process {
    arguments: Vec<String>,
    child: Child,
}

impl Process {
    fn start(arguments: &[&str]) -> Self {
        let arguments: Vec<String> = arguments.iter().map(|of| (*of).to_owned()).collect();
        let child = spawn(&arguments);
        Self { arguments, child }
    }

    fn id(&self) -> u32 {
        self.child.id()
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn restart(&mut self) {
        self.kill();
        self.child = spawn(&self.arguments);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

fn spawn(arguments: &[String]) -> Child {
    let mut command = Command::new(env::current_exe().unwrap());
    command.arg("service").args(arguments).stdout(Stdio::null());
    command.spawn().unwrap()
}

/// The only process that uses the file is killed: receipts and handlers are in it.
async fn sqlite(path: &str) {
    let port = Port::free();
    let mut process = Process::start(&["sqlite", path, &port.number()]);
    let sending = sender::start(port.address());
    kill(&sending, 20, 60, || {
        process.restart();
        std::future::ready(())
    })
    .await;
    let sent = sending.stop().await;
    // Each is handled at least once: the effect is idempotent, so that it happens once.
    let effects = || std::future::ready(service::effects(path));
    let handled = until_all(&sent, effects).await;
    report(
        "killed SQLite: the receiver with its workers, 20 times",
        &sent,
        &handled,
    );
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Victim {
    Workers,
    Receiver,
    Database,
}

async fn postgres(database: &Database, spill: &str, victim: Victim) {
    database.execute("TRUNCATE effect").await;
    let (port, url) = (Port::free(), database.url());
    let mut receiver = Process::start(&["receiver", &url, &port.number(), spill]);
    let mut workers = [(); 2].map(|()| Process::start(&["worker", &url]));
    let sending = sender::start(port.address());
    let mut turn = 0_usize;
    let mut kill_worker = || {
        turn += 1;
        workers[turn % 2].restart();
        std::future::ready(())
    };
    let name = match victim {
        Victim::Workers => {
            kill(&sending, 60, 20, kill_worker).await;
            "killed PostgreSQL: a worker, 60 times"
        }
        Victim::Receiver => {
            let kill_both = || {
                receiver.restart();
                kill_worker()
            };
            kill(&sending, 20, 60, kill_both).await;
            "killed PostgreSQL: the receiver and a worker, 20 times"
        }
        Victim::Database => {
            let kill_database = || {
                database.server.stop();
                database.server.restart()
            };
            kill(&sending, 4, 300, kill_database).await;
            "killed PostgreSQL: the database, 4 times"
        }
    };
    let sent = sending.stop().await;
    let select = "SELECT id FROM effect ORDER BY id";
    let handled = until_all(&sent, || database.strings(select)).await;
    report(name, &sent, &handled);
}

/// Kills so many times, each after so many further answers, while webhooks arrive.
async fn kill<F: Future<Output = ()>>(
    sending: &Sending,
    times: u32,
    answers: usize,
    mut kill: impl FnMut() -> F,
) {
    for _ in 0..times {
        sending.until_answered(answers).await;
        kill().await;
    }
}

/// Waits until everything that was answered with 202 has its effect. Returns the effects.
async fn until_all<F: Future<Output = Vec<String>>>(
    sent: &Sent,
    effects: impl Fn() -> F,
) -> Vec<String> {
    let started = Instant::now();
    loop {
        let effects = effects().await;
        let handled: BTreeSet<&String> = effects.iter().collect();
        let lost = sent.answered.iter().filter(|id| !handled.contains(id));
        let lost = lost.count();
        if lost == 0 {
            return effects;
        }
        assert!(started.elapsed() < PATIENCE, "{lost} are lost");
        sleep(Duration::from_millis(100)).await;
    }
}

fn report(fault: &str, sent: &Sent, handled: &[String]) {
    let distinct: BTreeSet<&String> = handled.iter().collect();
    let twice = handled.len() - distinct.len();
    let (posted, answered) = (sent.posted, sent.answered.len());
    println!(
        "{fault}: {posted} posted, {answered} answered with 202, {} handled, 0 lost, {twice} twice",
        distinct.len(),
    );
    assert_eq!(twice, 0, "{fault}: handled twice");
}
