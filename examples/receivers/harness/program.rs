//! The programs of this package as processes.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::patience::{PATIENCE, until};

/// Killed when it is dropped.
pub(crate) struct Program {
    child: Child,
    lines: Arc<Mutex<Vec<String>>>,
    /// Ends with its output.
    reads: JoinHandle<()>,
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
        let reads = tokio::spawn(async move {
            let mut output = BufReader::new(output).lines();
            while let Ok(Some(line)) = output.next_line().await {
                read.lock().expect("no panic").push(line);
            }
        });
        let program = Self {
            child,
            lines,
            reads,
        };
        if until(async || !program.lines().is_empty()).await {
            Ok(program)
        } else {
            Err(io::Error::other(format!("{} says nothing", path.display())))
        }
    }

    /// The address at the end of the line that begins so, once it has printed one.
    pub(crate) async fn address(&self, beginning: &str) -> io::Result<SocketAddr> {
        let mut address = None;
        until(async || {
            let lines = self.lines();
            let rest = lines.iter().find_map(|line| line.strip_prefix(beginning));
            address = rest.map(|address| address.trim().to_owned());
            address.is_some()
        })
        .await;
        let address = address
            .ok_or_else(|| io::Error::other(format!("no line begins with {beginning:?}")))?;
        address.parse().map_err(io::Error::other)
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
        Command::new("kill")
            .args(["-TERM", &id])
            .status()
            .await
            .expect("there is a kill");
        timeout(PATIENCE, self.child.wait())
            .await
            .expect("it stops")
            .expect("it is ours");
        (&mut self.reads).await.expect("no panic");
        self.lines()
    }

    /// Its largest memory so far, in KiB.
    pub(crate) fn peak_memory(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()?)).ok()?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))?;
        line.split_whitespace().next()?.parse().ok()
    }
}
