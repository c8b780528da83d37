//! The order of the system calls of a receipt, as `strace` sees it: first the sync, then the answer.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::sender::{self, Port};

/// Posts webhooks to a service in a file, and asserts that no answer came before the sync of what it answers.
pub(crate) async fn no_answer_comes_before_its_sync(folder: &Path) {
    if Command::new("strace").arg("-V").output().is_err() {
        let note = "NOTE: strace is not installed: the order of sync and answer is SKIPPED";
        let _ = writeln!(std::io::stderr(), "{note}");
        return;
    }
    let (port, trace) = (Port::free(), folder.join("trace"));
    let mut strace = Command::new("strace");
    strace
        .args([
            "-f",
            "-e",
            "trace=fsync,fdatasync,pwrite64,sendto,write,writev",
            "-o",
        ])
        .arg(&trace)
        .arg(std::env::current_exe().unwrap())
        .args([
            "service",
            "file",
            folder.join("traced.db").to_str().unwrap(),
        ])
        .arg(port.number())
        .stdin(Stdio::piped())
        .stdout(Stdio::null());
    let mut service = strace.spawn().unwrap();
    let mut answered = 0;
    for number in 0..20 {
        answered += usize::from(sender::post_one(port.address(), number).await == Some(202));
    }
    // It ends with its input. If `strace` were killed, it would go on.
    drop(service.stdin.take());
    service.wait().unwrap();
    assert_eq!(answered, 20);

    // One webhook at a time: between two answers there are writes to the log of the database, and then a sync.
    let trace = fs::read_to_string(trace).unwrap();
    let (mut is_synced, mut answers) = (false, 0);
    for line in trace.lines() {
        let call = line
            .split_once(' ')
            .map_or(line, |(_, call)| call.trim_start());
        if call.starts_with("pwrite64(") {
            is_synced = false;
        } else if call.starts_with("fdatasync(") || call.starts_with("fsync(") {
            is_synced = true;
        } else if call.contains("HTTP/1.1 202") {
            assert!(is_synced, "answered before the sync: {line}");
            answers += 1;
        }
    }
    assert_eq!(answers, 20, "the trace lacks answers");
    println!("strace: 20 answers, each after the sync of what it answers");
}
