//! The order of the system calls of a receipt, as `strace` sees it: first the sync, then the answer.

use std::collections::HashMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use chrono::Utc;
use rusqlite::Connection;

use crate::sender::{self, Port};

/// A service in a file, which only receives.
struct Traced {
    service: Child,
    port: Port,
    trace: PathBuf,
}

impl Traced {
    /// `None`: there is no `strace`.
    fn start(file: &Path, calls: &str) -> Option<Self> {
        if Command::new("strace").arg("-V").output().is_err() {
            let note = "NOTE: strace is not installed: the order of sync and answer is SKIPPED";
            let _ = writeln!(std::io::stderr(), "{note}");
            return None;
        }
        let (port, trace) = (Port::free(), file.with_extension("trace"));
        let mut strace = Command::new("strace");
        strace
            .args(["-f", "-y", "-e", calls, "-o"])
            .arg(&trace)
            .arg(std::env::current_exe().unwrap())
            .args(["service", "file", file.to_str().unwrap()])
            .arg(port.number())
            .stdin(Stdio::piped())
            .stdout(Stdio::null());
        Some(Self {
            service: strace.spawn().unwrap(),
            port,
            trace,
        })
    }

    /// Posts webhooks, one after the other, and asserts that each is stored.
    async fn post(&self, count: u32) {
        for number in 0..count {
            let id = format!("traced-{count}-{number}");
            let status = sender::post_one(self.port.address(), id, Utc::now()).await;
            assert_eq!(status, Some(202));
        }
    }

    /// Returns the lines of the trace.
    fn end(mut self) -> String {
        // It ends with its input. If `strace` were killed, it would go on.
        drop(self.service.stdin.take());
        self.service.wait().unwrap();
        fs::read_to_string(self.trace).unwrap()
    }
}

/// Splits a line into the thread and its call.
fn call(line: &str) -> (&str, &str) {
    let (thread, call) = line.split_once(' ').unwrap_or(("", line));
    (thread, call.trim_start())
}

/// Posts webhooks to a service in a file, and asserts that no answer came before the sync of what it answers.
pub(crate) async fn no_answer_comes_before_its_sync(folder: &Path) {
    let calls = "trace=fsync,fdatasync,pwrite64,sendto,write,writev";
    let Some(traced) = Traced::start(&folder.join("traced.db"), calls) else {
        return;
    };
    traced.post(20).await;

    // One webhook at a time: between two answers there are writes to the log of the database, and then a sync by the same
    // thread. Another one copies the log to the file meanwhile.
    let trace = traced.end();
    let (mut writer, mut is_synced, mut answers) = ("", false, 0);
    for line in trace.lines() {
        let (thread, call) = call(line);
        let is_of_log = call.contains("traced.db-wal>");
        let has_ended = !call.ends_with("<unfinished ...>");
        let is_sync = ["fsync(", "fdatasync("]
            .iter()
            .any(|name| call.starts_with(name));
        let is_end_of_sync = call.starts_with("<... fsync") || call.starts_with("<... fdatasync");
        if call.starts_with("pwrite64(") && is_of_log {
            (writer, is_synced) = (thread, false);
        } else if thread == writer && (is_sync && is_of_log && has_ended || is_end_of_sync) {
            is_synced = true;
        } else if call.contains("HTTP/1.1 202") {
            assert!(is_synced, "answered before the sync: {line}");
            answers += 1;
        }
    }
    assert_eq!(answers, 20, "the trace lacks answers");
    println!("strace: 20 answers, each after the sync of what it answers");
}

/// What happens to a spill file before the answer, and to which path.
const STEPS: [(&str, &str); 4] = [
    ("write(", ".unfinished>"),
    ("fsync(", ".unfinished>"),
    ("rename", ".jsonl\""),
    ("fsync(", "-spill/signed>"),
];

/// The same while the database is locked: first the syncs of the file and of its folder, then the answer.
pub(crate) async fn no_answer_comes_before_the_syncs_of_its_spill_file(folder: &Path) {
    let file = folder.join("spilling.db");
    // A machine may lack some of those that have a `?`.
    let calls = "trace=fsync,fdatasync,?rename,?renameat,?renameat2,sendto,write,writev";
    let Some(traced) = Traced::start(&file, calls) else {
        return;
    };
    traced.post(1).await;
    let lock = Connection::open(&file).unwrap();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    traced.post(20).await;

    // The first one is in the database.
    let (mut done, mut answers) = (STEPS.len(), 0);
    let trace = traced.end();
    let mut begun = HashMap::new();
    for line in trace.lines() {
        let (thread, call) = call(line);
        if call.contains("HTTP/1.1 202") {
            let missing = STEPS.get(done);
            assert_eq!(missing, None, "answered before: {line}");
            answers += 1;
            done = 0;
            continue;
        }
        // A call counts when it has returned.
        if call.ends_with(" <unfinished ...>") {
            begun.insert(thread, call);
            continue;
        }
        let is_resumed = call.starts_with("<... ");
        let call = if is_resumed { begun[thread] } else { call };
        if let Some((name, path)) = STEPS.get(done)
            && call.starts_with(name)
            && call.contains(path)
        {
            done += 1;
        }
    }
    assert_eq!(answers, 21, "the trace lacks answers");
    println!("strace: 20 answers, each after the syncs of its spill file and of the folder");
}
