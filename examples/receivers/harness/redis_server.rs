//! A `redis-server` of one's own, which writes all to disk before it answers.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::{env, fs, io, process};

use tokio::process::Child;

use super::patience::{PATIENCE, until};
use super::port::Port;

/// Killed when it is dropped, and its folder removed.
pub(crate) struct RedisServer {
    folder: PathBuf,
    port: Port,
    child: Option<Child>,
}

/// Whether there is one. Without, and with `REDIS_REQUIRED=1` set, it panics.
pub(crate) fn is_installed() -> bool {
    let installed = Command::new("redis-server")
        .arg("--version")
        .stdout(Stdio::null())
        .status()
        .is_ok();
    if !installed {
        assert!(
            env::var("REDIS_REQUIRED").as_deref() != Ok("1"),
            "redis-server is not installed"
        );
        // Not `eprintln!`, which a test that passes does not show.
        let _ = writeln!(
            io::stderr(),
            "NOTE: redis-server is not installed: what needs it is SKIPPED"
        );
    }
    installed
}

impl RedisServer {
    pub(crate) async fn start() -> io::Result<Self> {
        let port = Port::free()?;
        let folder =
            env::temp_dir().join(format!("receivers-redis-{}-{}", process::id(), port.number));
        fs::create_dir_all(&folder)?;
        let mut server = Self {
            folder,
            port,
            child: None,
        };
        server.restart().await?;
        Ok(server)
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port.number)
    }

    /// A folder that goes with it.
    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// SIGKILL.
    pub(crate) async fn kill(&mut self) -> io::Result<()> {
        match &mut self.child {
            Some(child) => child.kill().await,
            None => Ok(()),
        }
    }

    /// Starts it with what it had on disk, after a kill if it runs.
    pub(crate) async fn restart(&mut self) -> io::Result<()> {
        self.kill().await?;
        let port = self.port.number.to_string();
        let child = tokio::process::Command::new("redis-server")
            .args([
                "--port",
                &port,
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--maxmemory-policy",
                "noeviction",
            ])
            .args(["--appendonly", "yes", "--appendfsync", "always"])
            .current_dir(&self.folder)
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        self.child = Some(child);
        let answers = async || match self.connect().await {
            Ok(mut redis) => redis::cmd("PING").exec_async(&mut redis).await.is_ok(),
            Err(_) => false,
        };
        if until(answers).await {
            Ok(())
        } else {
            Err(io::Error::other("redis-server does not answer"))
        }
    }

    pub(crate) async fn connect(&self) -> redis::RedisResult<redis::aio::MultiplexedConnection> {
        connect(&self.url()).await
    }
}

/// With more patience than the redis crate has: it waits for an answer for half a second.
pub(crate) async fn connect(url: &str) -> redis::RedisResult<redis::aio::MultiplexedConnection> {
    let config = redis::AsyncConnectionConfig::new()
        .set_connection_timeout(Some(PATIENCE))
        .set_response_timeout(Some(PATIENCE));
    redis::Client::open(url)?
        .get_multiplexed_async_connection_with_config(&config)
        .await
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        drop(self.child.take());
        let _ = fs::remove_dir_all(&self.folder);
    }
}
