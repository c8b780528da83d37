//! The programs of this package as processes.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

/// Killed when it is dropped.
pub(crate) struct Program {
    child: Child,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Program {
    /// Starts it, and waits for its first line, which says that it is ready.
    pub(crate) async fn start(path: &Path, environment: &[(&str, String)]) -> io::Result<Self> {
        let mut child = Command::new(path)
            .env("WATCH", "127.0.0.1:0")
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .env("NO_PROXY", "127.0.0.1")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let lines = Arc::<Mutex<Vec<String>>>::default();
        let output = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let read = Arc::clone(&lines);
        tokio::spawn(async move {
            let mut output = BufReader::new(output).lines();
            while let Ok(Some(line)) = output.next_line().await {
                read.lock().expect("no panic").push(line);
            }
        });
        let program = Self { child, lines };
        for _ in 0..1000 {
            if !program.lines().is_empty() {
                return Ok(program);
            }
            sleep(Duration::from_millis(10)).await;
        }
        Err(io::Error::other(format!("{} says nothing", path.display())))
    }

    /// The address at the end of the line that begins so, once it has printed one.
    pub(crate) async fn address(&self, beginning: &str) -> io::Result<SocketAddr> {
        for _ in 0..1000 {
            let lines = self.lines();
            if let Some(address) = lines.iter().find_map(|line| line.strip_prefix(beginning)) {
                return address.trim().parse().map_err(io::Error::other);
            }
            sleep(Duration::from_millis(10)).await;
        }
        Err(io::Error::other(format!("no line begins with {beginning:?}")))
    }

    /// What it has printed so far.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.lines.lock().expect("no panic").clone()
    }

    /// SIGKILL.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.expect("it is ours");
    }

    /// SIGTERM; all that it has printed to its end.
    pub(crate) async fn stop(mut self) -> Vec<String> {
        let id = self.child.id().expect("it runs").to_string();
        Command::new("kill").args(["-TERM", &id]).status().await.expect("there is a kill");
        timeout(Duration::from_secs(60), self.child.wait()).await.expect("it stops").expect("it is ours");
        sleep(Duration::from_millis(50)).await; // the last lines are read by a task
        self.lines()
    }

    /// Its largest memory so far, in KiB.
    pub(crate) fn peak_memory(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()?)).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        line.split_whitespace().next()?.parse().ok()
    }
}
