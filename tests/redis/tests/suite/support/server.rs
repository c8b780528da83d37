//! A `redis-server` of one test, on a free port of loopback, that keeps nothing on disk.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub(crate) struct Server {
    port: u16,
    arguments: Vec<String>,
    process: Child,
}

impl Server {
    /// `None`, and a note, where there is no `redis-server` and none is required.
    pub(crate) fn start() -> Option<Self> {
        Self::start_with(&[])
    }

    pub(crate) fn start_with(arguments: &[&str]) -> Option<Self> {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let arguments: Vec<_> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let process = spawn(port, &arguments)?;
        Some(Self { port, arguments, process })
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// The answer to a command in words, as the server writes it.
    pub(crate) fn command(&self, words: &str) -> String {
        let mut connection = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).unwrap();
        connection.write_all(format!("{words}\r\nQUIT\r\n").as_bytes()).unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        answer.strip_suffix("+OK\r\n").unwrap_or(&answer).trim_end().to_owned()
    }

    pub(crate) fn stop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// On the same port, with nothing in it.
    pub(crate) fn start_again(&mut self) {
        self.process = spawn(self.port, &self.arguments).unwrap();
    }

    /// It takes connections and bytes, as its system does for it, and answers nothing.
    pub(crate) fn hang(&self) {
        self.signal("-STOP");
    }

    pub(crate) fn go_on(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let kill = Command::new("kill").arg(signal).arg(self.process.id().to_string()).status().unwrap();
        assert!(kill.success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn spawn(port: u16, arguments: &[String]) -> Option<Child> {
    let process = Command::new("redis-server")
        .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir"])
        .arg(std::env::temp_dir())
        .args(["--port", &port.to_string()])
        .args(arguments)
        .stdout(Stdio::null())
        .spawn();
    let process = match process {
        Ok(process) => process,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            assert!(std::env::var_os("REDIS_REQUIRED").is_none(), "redis-server is not on the PATH");
            // Not by a macro: the test harness would keep it to itself.
            let _ =
                std::io::stderr().write_all(b"NOTE: redis-server is not on the PATH: a test is skipped\n");
            return None;
        }
        Err(error) => panic!("{error}"),
    };
    let deadline = Instant::now() + Duration::from_secs(10);
    while !answers(port) {
        assert!(Instant::now() < deadline, "redis-server does not start");
        std::thread::sleep(Duration::from_millis(5));
    }
    Some(process)
}

/// With an error too, such as that it wants a password.
fn answers(port: u16) -> bool {
    let Ok(mut connection) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) else { return false };
    let mut first = [0];
    connection.write_all(b"PING\r\n").is_ok() && connection.read(&mut first).is_ok_and(|count| count == 1)
}
