//! Processes: signals, and waiting until one has stopped.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Returns the processes that it has started.
pub(crate) fn children(id: u32) -> Vec<u32> {
    let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap();
    let ids = children.split_whitespace();
    ids.map(|id| id.parse().unwrap()).collect()
}

/// Stops a process, and waits until each of its threads has stopped: one that syncs stops after that.
pub(crate) fn stop(id: u32) {
    signal("-STOP", id);
    let runs = || {
        let threads = fs::read_dir(format!("/proc/{id}/task"));
        let mut threads = threads.into_iter().flatten().flatten();
        threads.any(|thread| {
            let state = fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
            let state = state
                .rsplit_once(") ")
                .map(|(_, state)| state.as_bytes()[0]);
            matches!(state, Some(b'R' | b'S' | b'D'))
        })
    };
    while runs() {
        std::thread::sleep(Duration::from_millis(1));
    }
}

pub(crate) fn signal(name: &str, id: u32) {
    let mut kill = Command::new("kill");
    kill.args([name, &id.to_string()]).stderr(Stdio::null());
    kill.status().unwrap();
}
