//! A PostgreSQL of the tests' own, which syncs to disk before it answers.

use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};
use std::{env, fs};

use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, PgPool};
use tokio::net::TcpSocket;
use tokio::sync::Mutex;
use tokio::time::sleep;

use crate::folder::Folder;

/// Longer than a start takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A database on a server that tests share, or have alone.
pub(crate) struct Database {
    pub(crate) server: Arc<Server>,
    name: String,
}

impl Database {
    pub(crate) fn url(&self) -> String {
        self.url_as("postgres")
    }

    pub(crate) fn url_as(&self, user: &str) -> String {
        self.server.url(user, &self.name)
    }

    /// A pool as a service has it.
    pub(crate) fn pool(&self) -> PgPool {
        let options = PgPoolOptions::new().max_connections(8);
        options.connect_lazy(&self.url()).unwrap()
    }

    pub(crate) async fn execute(&self, sql: &str) {
        let mut connection = PgConnection::connect(&self.url()).await.unwrap();
        let sql = AssertSqlSafe(sql.to_owned());
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }

    pub(crate) async fn strings(&self, sql: &str) -> Vec<String> {
        let mut connection = PgConnection::connect(&self.url()).await.unwrap();
        let sql = AssertSqlSafe(sql.to_owned());
        let strings = sqlx::query_scalar(sql).fetch_all(&mut connection).await;
        connection.close().await.unwrap();
        strings.unwrap()
    }

    pub(crate) async fn count(&self, sql: &str) -> i64 {
        let mut connection = PgConnection::connect(&self.url()).await.unwrap();
        let sql = AssertSqlSafe(sql.to_owned());
        let count = sqlx::query_scalar(sql).fetch_one(&mut connection).await;
        connection.close().await.unwrap();
        count.unwrap()
    }
}

/// A new database on the server that all tests share. `None`: PostgreSQL is not installed.
pub(crate) async fn database() -> Option<Database> {
    static SHARED: Mutex<Weak<Server>> = Mutex::const_new(Weak::new());
    let mut shared = SHARED.lock().await;
    let server = match shared.upgrade() {
        Some(server) => server,
        None => {
            let server = Arc::new(Server::start().await?);
            *shared = Arc::downgrade(&server);
            server
        }
    };
    drop(shared);
    Some(create(server).await)
}

/// A new database on a server of its own, to kill it.
pub(crate) async fn own_database() -> Option<Database> {
    let server = Server::start().await?;
    Some(create(Arc::new(server)).await)
}

async fn create(server: Arc<Server>) -> Database {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let name = format!("test{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let url = server.url("postgres", "postgres");
    let mut connection = PgConnection::connect(&url).await.unwrap();
    let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
    sqlx::raw_sql(create)
        .execute(&mut connection)
        .await
        .unwrap();
    Database { server, name }
}

pub(crate) struct Server {
    binaries: PathBuf,
    folder: Folder,
    /// Who runs it, if this is root: as root it does not run.
    owner: Option<(u32, u32)>,
    port: u16,
    /// Keeps the port from being given to anyone who asks for any.
    _port: TcpSocket,
    child: std::sync::Mutex<Option<Child>>,
}

impl Server {
    async fn start() -> Option<Self> {
        let Some(binaries) = binaries() else {
            let required = env::var("POSTGRES_REQUIRED").as_deref() == Ok("1");
            assert!(!required, "PostgreSQL is not installed");
            // Not `eprintln!`, which a test that passes does not show.
            let note = "NOTE: PostgreSQL is not installed: a test is SKIPPED";
            let _ = writeln!(std::io::stderr(), "{note}");
            return None;
        };
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
        let is_root = fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
        let server = Self {
            binaries,
            folder: Folder::new(),
            owner: if is_root { other_user() } else { None },
            port: socket.local_addr().unwrap().port(),
            _port: socket,
            child: std::sync::Mutex::default(),
        };
        if let Some((user, group)) = server.owner {
            chown(&server.folder.0, Some(user), Some(group)).unwrap();
        }
        let made = server
            .command("initdb")
            .args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C"])
            .args(["--no-sync", "-D", "data"])
            .status()
            .unwrap();
        assert!(made.success(), "initdb fails");
        server.restart().await;
        Some(server)
    }

    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(self.binaries.join(name));
        command
            .current_dir(&self.folder.0)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if let Some((user, group)) = self.owner {
            command.uid(user).gid(group);
        }
        command
    }

    fn url(&self, user: &str, database: &str) -> String {
        format!("postgres://{user}@127.0.0.1:{}/{database}", self.port)
    }

    /// Starts it with what it has on disk.
    pub(crate) async fn restart(&self) {
        self.stop();
        let started = Instant::now();
        loop {
            self.spawn_unless_running();
            let url = self.url("postgres", "postgres");
            if PgConnection::connect(&url).await.is_ok() {
                return;
            }
            assert!(started.elapsed() < PATIENCE, "PostgreSQL does not answer");
            sleep(Duration::from_millis(50)).await;
        }
    }

    fn spawn_unless_running(&self) {
        let mut child = self.child.lock().unwrap();
        let is_running = child
            .as_mut()
            .is_some_and(|child| matches!(child.try_wait(), Ok(None)));
        if !is_running {
            let port = self.port.to_string();
            let settings = ["fsync=on", "full_page_writes=on", "max_connections=300"];
            let mut command = self.command("postgres");
            command.args(["-D", "data", "-h", "127.0.0.1", "-k", "", "-p", &port]);
            for setting in settings {
                command.args(["-c", setting]);
            }
            *child = Some(command.spawn().unwrap());
        }
    }

    /// Ends it at once, as a crash would: sessions are cut off, and the log is replayed at the next start.
    pub(crate) fn stop(&self) {
        if let Some(mut child) = self.child.lock().unwrap().take() {
            signal("-CONT", child.id());
            signal("-QUIT", child.id());
            child.wait().unwrap();
        }
    }

    /// Lets it hang: it neither answers nor refuses. The sessions are processes of their own.
    pub(crate) fn hang(&self) {
        let id = self.child.lock().unwrap().as_ref().map(Child::id).unwrap();
        signal("-STOP", id);
        for session in sessions(id) {
            signal("-STOP", session);
        }
    }

    /// Ends the hanging.
    pub(crate) fn wake(&self) {
        let id = self.child.lock().unwrap().as_ref().map(Child::id).unwrap();
        for session in sessions(id) {
            signal("-CONT", session);
        }
        signal("-CONT", id);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

fn sessions(id: u32) -> Vec<u32> {
    let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap();
    let ids = children.split_whitespace();
    ids.map(|id| id.parse().unwrap()).collect()
}

fn signal(name: &str, id: u32) {
    let mut kill = Command::new("kill");
    kill.args([name, &id.to_string()]).stderr(Stdio::null());
    kill.status().unwrap();
}

/// Debian has them by version, and not on the path.
fn binaries() -> Option<PathBuf> {
    let debian = fs::read_dir("/usr/lib/postgresql");
    let mut versions: Vec<_> = debian
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"))
        .collect();
    versions.sort();
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path = env::split_paths(&path);
    let mut folders = versions.into_iter().rev().chain(on_path);
    folders.find(|folder| folder.join("initdb").is_file())
}

/// `postgres`, or else `nobody`.
fn other_user() -> Option<(u32, u32)> {
    let users = fs::read_to_string("/etc/passwd").ok()?;
    ["postgres:", "nobody:"].iter().find_map(|name| {
        let line = users.lines().find_map(|line| line.strip_prefix(name))?;
        let mut fields = line.split(':').skip(1).map(str::parse);
        Some((fields.next()?.ok()?, fields.next()?.ok()?))
    })
}
