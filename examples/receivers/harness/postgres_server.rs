//! A PostgreSQL of one's own, which writes all to disk before it answers.

use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Weak};
use std::time::Duration;
use std::{env, fs, io, process, thread};

use tokio::sync::Mutex;
use tokio_postgres::{Client, NoTls};

use super::patience::until;
use super::port::Port;

/// Ended when it is dropped, and its folder removed.
pub(crate) struct PostgresServer {
    binaries: PathBuf,
    folder: PathBuf,
    /// The user and the group that it runs as, where this is root: that it refuses to be.
    owner: Option<(u32, u32)>,
    port: Port,
    child: Option<Child>,
}

/// Whether there is one. Without, and with `POSTGRES_REQUIRED=1` set, it panics.
pub(crate) fn is_installed() -> bool {
    let installed = binaries().is_some();
    if !installed {
        assert!(
            env::var("POSTGRES_REQUIRED").as_deref() != Ok("1"),
            "PostgreSQL is not installed"
        );
        // Not `eprintln!`, which a test that passes does not show.
        let _ = writeln!(
            io::stderr(),
            "NOTE: PostgreSQL is not installed: what needs it is SKIPPED"
        );
    }
    installed
}

/// Debian keeps those of the server out of the path, by version.
fn binaries() -> Option<PathBuf> {
    let debian = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let mut versions: Vec<_> = debian.map(|version| version.path().join("bin")).collect();
    versions.sort_by_key(|bin| bin.parent()?.file_name()?.to_str()?.parse::<u32>().ok());
    let path = env::var_os("PATH").unwrap_or_default();
    versions
        .into_iter()
        .rev()
        .chain(env::split_paths(&path))
        .find(|bin| bin.join("initdb").is_file())
}

/// `postgres`, or else `nobody`.
fn other_user() -> Option<(u32, u32)> {
    let users = fs::read_to_string("/etc/passwd").ok()?;
    ["postgres", "nobody"].iter().find_map(|name| {
        let mut fields = users
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?
            .split(':');
        Some((fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?))
    })
}

impl PostgresServer {
    /// One for all who ask while it runs; they have databases of their own.
    pub(crate) async fn shared() -> io::Result<Arc<Self>> {
        static SHARED: Mutex<Weak<PostgresServer>> = Mutex::const_new(Weak::new());
        let mut shared = SHARED.lock().await;
        if let Some(server) = shared.upgrade() {
            return Ok(server);
        }
        let server = Arc::new(Self::start().await?);
        *shared = Arc::downgrade(&server);
        Ok(server)
    }

    pub(crate) async fn start() -> io::Result<Self> {
        let binaries = binaries().ok_or(io::ErrorKind::NotFound)?;
        let port = Port::free()?;
        let folder = env::temp_dir().join(format!(
            "receivers-postgres-{}-{}",
            process::id(),
            port.number
        ));
        fs::create_dir_all(&folder)?;
        let is_root = fs::metadata("/proc/self")?.uid() == 0;
        let owner = if is_root { other_user() } else { None };
        if let Some((user, group)) = owner {
            chown(&folder, Some(user), Some(group))?;
        }
        let mut server = Self {
            binaries,
            folder,
            owner,
            port,
            child: None,
        };
        let made = server
            .command("initdb")
            .args([
                "--username=postgres",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
            ])
            .arg("--pgdata=data")
            .status()?;
        if !made.success() {
            return Err(io::Error::other("initdb fails"));
        }
        server.restart().await?;
        Ok(server)
    }

    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(self.binaries.join(name));
        command
            .current_dir(&self.folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if let Some((user, group)) = self.owner {
            command.uid(user).gid(group);
        }
        command
    }

    pub(crate) fn url(&self, database: &str) -> String {
        format!(
            "postgres://postgres@127.0.0.1:{}/{database}",
            self.port.number
        )
    }

    /// A folder that goes with it.
    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The address of a new database.
    pub(crate) async fn create(&self, database: &str) -> String {
        let postgres = connect(&self.url("postgres")).await.expect("a PostgreSQL");
        postgres
            .batch_execute(&format!(r#"CREATE DATABASE "{database}""#))
            .await
            .expect("a database");
        self.url(database)
    }

    /// SIGKILL, to all of its processes. It is stopped first, so that it starts none meanwhile: one that is left may wait
    /// for ever for a lock that a killed one had, and as long as it is there the server does not start again.
    pub(crate) fn kill(&mut self) -> io::Result<()> {
        let Some(mut child) = self.child.take() else {
            return Ok(());
        };
        let id = child.id();
        signal("-STOP", &id.to_string())?;
        while is_running(id) {
            thread::sleep(Duration::from_millis(1));
        }
        let sessions =
            fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
        signal("-KILL", &format!("{id} {sessions}"))?;
        child.wait().map(drop)
    }

    /// Starts it with what it had on disk, after a kill if it runs.
    pub(crate) async fn restart(&mut self) -> io::Result<()> {
        self.kill()?;
        let answers = async || {
            // It does not start while a process of the one before is still there.
            let ended = self
                .child
                .as_mut()
                .is_none_or(|child| !matches!(child.try_wait(), Ok(None)));
            if ended {
                self.child = self.spawn().ok();
            }
            connect(&self.url("postgres")).await.is_ok()
        };
        if until(answers).await {
            Ok(())
        } else {
            Err(io::Error::other("PostgreSQL does not answer"))
        }
    }

    fn spawn(&self) -> io::Result<Child> {
        self.command("postgres")
            .args([
                "-D",
                "data",
                "-p",
                &self.port.number.to_string(),
                "-h",
                "127.0.0.1",
                "-k",
                "",
            ])
            .args([
                "-c",
                "fsync=on",
                "-c",
                "full_page_writes=on",
                "-c",
                "max_connections=200",
            ])
            .stderr(fs::File::create(self.folder.join("log"))?)
            .spawn()
    }
}

pub(crate) async fn connect(url: &str) -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

fn signal(name: &str, ids: &str) -> io::Result<()> {
    Command::new("kill")
        .arg(name)
        .args(ids.split_whitespace())
        .stderr(Stdio::null())
        .status()
        .map(drop)
}

/// Neither stopped nor ended.
fn is_running(id: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    // After the name, which may have anything in it.
    let state = stat
        .rsplit_once(") ")
        .and_then(|(_, rest)| rest.chars().next());
    state.is_some_and(|state| !matches!(state, 'T' | 'Z' | 'X'))
}

/// Those that a receiver keeps while the database does not take them.
pub(crate) fn on_disk(spill: &Path) -> usize {
    let files = |kind| fs::read_dir(spill.join(kind)).map_or(0, Iterator::count);
    files("accepted") + files("unjudged")
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // Ends all sessions at once, and leaves no shared memory behind.
            let _ = signal("-QUIT", &child.id().to_string());
            let _ = child.wait();
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}
