//! A crash state: files that are copied while the processes that write them are stopped. A service on the copy has every
//! webhook that was answered with 202 before.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use tokio::time::sleep;

use crate::postgres_server::processes::{signal, stop};
use crate::postgres_server::{Database, Server};
use crate::sender::{self, Port, Sent};
use crate::{Process, report, service, until_all};

/// Longer than a receipt waits for its store: it is in the spill folder then.
const SPILLS: Duration = Duration::from_millis(1500);

/// A copy, and what was answered before it.
struct Copy {
    folder: PathBuf,
    sent: Sent,
}

fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").args([from, to]).status();
    assert!(copied.unwrap().success(), "cp fails");
}

fn spilled(folder: &Path) -> usize {
    let files = fs::read_dir(folder.join("signed")).unwrap();
    let files = files.map(|file| file.unwrap().path());
    files
        .filter(|path| path.extension().is_some_and(|of| of == "jsonl"))
        .count()
}

/// Four times: under way, with a spill folder that grows, with one that is just moved to the store, and under way again.
pub(crate) async fn sqlite(folder: &Path) {
    let original = folder.join("stopped");
    fs::create_dir(&original).unwrap();
    let path = original.join("inbox.db");
    let port = Port::free();
    let process = Process::start(&["sqlite", path.to_str().unwrap(), &port.number()]);
    let sending = sender::start(port.address());
    let mut copies = Vec::new();
    for round in 0..4 {
        sending.until_answered(100).await;
        let locked = Connection::open(&path).unwrap();
        if matches!(round, 1 | 2) {
            locked.execute_batch("BEGIN IMMEDIATE").unwrap();
            sleep(SPILLS).await;
        }
        if round == 2 {
            locked.execute_batch("ROLLBACK").unwrap();
            sleep(Duration::from_millis(20)).await;
        }
        stop(process.id());
        let sent = sending.sent();
        let folder = folder.join(format!("stopped-{round}"));
        copy(&original, &folder);
        signal("-CONT", process.id());
        copies.push(Copy { folder, sent });
    }
    sending.stop().await;
    drop(process);
    assert!(spilled(&copies[1].folder.join("inbox.db-spill")) > 0);

    let start = |copy: &Copy| {
        let (path, port) = (copy.folder.join("inbox.db"), Port::free());
        let path = path.to_str().unwrap().to_owned();
        (Process::start(&["sqlite", &path, &port.number()]), path)
    };
    let started: Vec<_> = copies.iter().map(start).collect();
    for (round, (Copy { sent, .. }, (_process, path))) in copies.iter().zip(&started).enumerate() {
        let effects = || std::future::ready(service::effects(path));
        let handled = until_all(sent, effects).await;
        report(&format!("copied SQLite: copy {round}"), sent, &handled);
    }
}

/// Twice: under way, and with a spill folder.
pub(crate) async fn postgres(database: &Database, folder: &Path) {
    database.execute("TRUNCATE effect").await;
    let (port, url, spill) = (Port::free(), database.url(), folder.join("stopped-spill"));
    let receiver = ["receiver", &url, &port.number(), spill.to_str().unwrap()];
    let receiver = Process::start(&receiver);
    let worker = Process::start(&["worker", &url]);
    let sending = sender::start(port.address());
    let mut copies = Vec::new();
    for round in 0..2 {
        sending.until_answered(100).await;
        database.server.hang();
        if round == 1 {
            sleep(SPILLS).await;
        }
        stop(receiver.id());
        let sent = sending.sent();
        let server = Server::without_data().unwrap();
        copy(&database.server.data, &server.data);
        fs::remove_file(server.data.join("postmaster.pid")).unwrap();
        let folder = folder.join(format!("stopped-spill-{round}"));
        copy(&spill, &folder);
        database.server.wake();
        signal("-CONT", receiver.id());
        copies.push((server, Copy { folder, sent }));
    }
    sending.stop().await;
    drop((receiver, worker));
    assert!(spilled(&copies[1].1.folder) > 0);

    for (round, (server, Copy { folder, sent })) in copies.into_iter().enumerate() {
        server.start().await;
        let database = database.on(Arc::new(server));
        let (port, url) = (Port::free(), database.url());
        let spill = folder.to_str().unwrap();
        let _receiver = Process::start(&["receiver", &url, &port.number(), spill]);
        let _worker = Process::start(&["worker", &url]);
        let select = "SELECT id FROM effect ORDER BY id";
        let handled = until_all(&sent, || database.strings(select)).await;
        report(&format!("copied PostgreSQL: copy {round}"), &sent, &handled);
    }
}
