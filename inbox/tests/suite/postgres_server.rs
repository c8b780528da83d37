//! A PostgreSQL of the tests' own, which syncs to disk before it answers.

use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
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

// Programs of other folders include this file alone.
#[path = "installation.rs"]
mod installation;
#[path = "processes.rs"]
pub(crate) mod processes;

use installation::{binaries, other_user};
use processes::{children, signal, stop};

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

    /// The same database, on a copy of the server.
    pub(crate) fn on(&self, server: Arc<Server>) -> Self {
        let name = self.name.clone();
        Self { server, name }
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
            let server = Arc::new(Server::started().await?);
            *shared = Arc::downgrade(&server);
            server
        }
    };
    drop(shared);
    Some(create(server).await)
}

/// A new database on a server of its own, to kill it.
pub(crate) async fn own_database() -> Option<Database> {
    let server = Server::started().await?;
    Some(create(Arc::new(server)).await)
}

/// A new database.
pub(crate) async fn create(server: Arc<Server>) -> Database {
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
    pub(crate) folder: Folder,
    /// Where its data is.
    pub(crate) data: PathBuf,
    /// Of the form `name=value`.
    settings: Vec<String>,
    /// Who runs it, if this is root: as root it does not run.
    owner: Option<(u32, u32)>,
    pub(crate) port: u16,
    /// Keeps the port from being given to anyone who asks for any.
    _port: TcpSocket,
    child: std::sync::Mutex<Option<Child>>,
}

impl Server {
    async fn started() -> Option<Self> {
        let server = Self::without_data()?;
        server.initdb(&[]);
        server.restart().await;
        Some(server)
    }

    /// A server that has no data yet: give it some, and `restart` it.
    pub(crate) fn without_data() -> Option<Self> {
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
        let folder = Folder::new();
        let server = Self {
            binaries,
            data: folder.0.join("data"),
            folder,
            settings: Vec::new(),
            owner: if is_root { other_user() } else { None },
            port: socket.local_addr().unwrap().port(),
            _port: socket,
            child: std::sync::Mutex::default(),
        };
        server.own(&server.folder.0);
        Some(server)
    }

    /// Gives a file or folder to the user who runs the server.
    pub(crate) fn own(&self, path: &Path) {
        if let Some((user, group)) = self.owner {
            chown(path, Some(user), Some(group)).unwrap();
        }
    }

    /// Sets what it is started with, of the form `name=value`.
    pub(crate) fn set(&mut self, setting: impl Into<String>) {
        self.settings.push(setting.into());
    }

    /// Makes a new cluster.
    pub(crate) fn initdb(&self, more: &[&str]) {
        let made = self
            .command("initdb")
            .args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C"])
            .args(["--no-sync", "-D"])
            .arg(&self.data)
            .args(more)
            .status()
            .unwrap();
        assert!(made.success(), "initdb fails");
    }

    /// A program of PostgreSQL, run by the user who runs the server.
    pub(crate) fn command(&self, name: &str) -> Command {
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
        self.start().await;
    }

    /// Starts it unless it runs, and waits until it answers.
    pub(crate) async fn start(&self) {
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
            command.arg("-D").arg(&self.data);
            command.args(["-h", "127.0.0.1", "-k", "", "-p", &port]);
            let own = self.settings.iter().map(String::as_str);
            for setting in settings.into_iter().chain(own) {
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

    /// Kills it with all of its processes, and leaves no time to say goodbye to anyone.
    pub(crate) fn kill(&self) {
        let mut child = self.child.lock().unwrap().take().unwrap();
        // So that it starts no more.
        stop(child.id());
        for session in children(child.id()) {
            signal("-KILL", session);
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Lets it hang: it neither answers nor refuses. The sessions are processes of their own.
    pub(crate) fn hang(&self) {
        let id = self.id();
        stop(id);
        for session in children(id) {
            stop(session);
        }
    }

    fn id(&self) -> u32 {
        self.child.lock().unwrap().as_ref().map(Child::id).unwrap()
    }

    /// Ends the hanging.
    pub(crate) fn wake(&self) {
        let id = self.id();
        for session in children(id) {
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
