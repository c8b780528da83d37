//! Runs the binary, plays the servers that it talks to, and talks to the one that it starts.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;

/// The client id of the fixtures, and when they were signed.
pub(crate) const CLIENT_ID: &str = "d9dc9d5e-d190-438c-b658-a4be3779100d";
pub(crate) const SIGNED_AT: &str = "2025-01-01T00:00:00Z";

/// Longer than anything here takes, unless it hangs.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Run {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// Each line of the output.
    pub(crate) fn json_lines(&self) -> Vec<Value> {
        self.stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// The one line of the output.
    pub(crate) fn json(&self) -> Value {
        let mut lines = self.json_lines();
        assert_eq!(lines.len(), 1, "{}{}", self.stdout, self.stderr);
        lines.remove(0)
    }
}

pub(crate) fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_moneyhub-webhooks"));
    command
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

pub(crate) fn run(args: &[&str]) -> Run {
    run_with(args, b"")
}

/// With this on standard input.
pub(crate) fn run_with(args: &[&str], stdin: &[u8]) -> Run {
    let mut child = command(args).stdin(Stdio::piped()).spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    let stdin = stdin.to_vec();
    // A command that does not read it closes the pipe.
    let writer = std::thread::spawn(move || drop(pipe.write_all(&stdin)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Run {
        status: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

pub(crate) fn fixture(path: &str) -> String {
    fixture_path(path).to_str().unwrap().to_owned()
}

/// The link to the fixtures of the repository is a folder in the published package, and a file where Git makes no links.
pub(crate) fn fixture_path(path: &str) -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let repository = package.join("../fixtures");
    let fixtures = if repository.exists() {
        repository
    } else {
        package.join("fixtures")
    };
    fixtures.join(path)
}

/// A file of this test run.
pub(crate) fn scratch(name: &str) -> String {
    let path =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{name}", std::process::id()));
    _ = std::fs::remove_file(&path);
    path.to_str().unwrap().to_owned()
}

/// `listen` on a free port.
pub(crate) struct Listening {
    child: Child,
    pub(crate) url: String,
    pub(crate) address: String,
    /// The query of the page's link.
    pub(crate) secret: String,
    stdout: Option<JoinHandle<String>>,
    stderr: Option<JoinHandle<String>>,
    /// Lets go on what reads standard output.
    resume: mpsc::Sender<()>,
}

impl Listening {
    pub(crate) fn start(args: &[&str]) -> Self {
        let listening = Self::start_unread(args);
        listening.resume();
        listening
    }

    /// Like a paused terminal: after the greeting, nothing reads standard output.
    pub(crate) fn start_unread(args: &[&str]) -> Self {
        let (resume, resumed) = mpsc::channel();
        let mut child = command(&[&["listen", "--port", "0"], args].concat())
            .spawn()
            .unwrap();
        let (first, address) = mpsc::channel();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let stdout = std::thread::spawn(move || {
            let mut text = String::new();
            while !text.contains("token=") {
                assert_ne!(lines.read_line(&mut text).unwrap(), 0, "{text}");
            }
            first.send(text.clone()).unwrap();
            _ = resumed.recv();
            lines.read_to_string(&mut text).unwrap();
            text
        });
        let mut errors = child.stderr.take().unwrap();
        let stderr = std::thread::spawn(move || {
            let mut text = String::new();
            errors.read_to_string(&mut text).unwrap();
            text
        });
        let greeting = address.recv_timeout(PATIENCE).unwrap();
        let secret = greeting.split_once("/?token=").unwrap().1;
        let secret = secret.split(|letter: char| !letter.is_ascii_alphanumeric());
        let secret = format!("?token={}", { secret }.next().unwrap());
        let address = greeting
            .split("http://")
            .nth(1)
            .unwrap()
            .split('/')
            .next()
            .unwrap()
            .to_owned();
        Self {
            child,
            url: format!("http://{address}/"),
            address,
            secret,
            stdout: Some(stdout),
            stderr: Some(stderr),
            resume,
        }
    }

    pub(crate) fn resume(&self) {
        self.resume.send(()).unwrap();
    }

    pub(crate) fn interrupt(self) -> Run {
        self.signal();
        self.end()
    }

    /// Ctrl-C.
    pub(crate) fn signal(&self) {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-INT", &id])
                .status()
                .unwrap()
                .success()
        );
    }

    /// The most memory that it took so far, in bytes.
    #[cfg(target_os = "linux")]
    pub(crate) fn peak_memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = peak.unwrap().trim().trim_end_matches(" kB");
        kilobytes.parse::<u64>().unwrap() * 1024
    }

    /// Waits for its exit.
    pub(crate) fn end(mut self) -> Run {
        let [stdout, stderr] =
            [&mut self.stdout, &mut self.stderr].map(|text| text.take().unwrap().join().unwrap());
        Run {
            status: self.child.wait().unwrap().code().unwrap(),
            stdout,
            stderr,
        }
    }

    /// Sends these bytes, and returns the whole answer.
    pub(crate) fn ask(&self, request: &[u8]) -> String {
        let mut stream = self.connect();
        // A server that has answered may have closed already.
        _ = stream.write_all(request);
        let mut answer = Vec::new();
        _ = stream.read_to_end(&mut answer);
        String::from_utf8(answer).unwrap()
    }

    pub(crate) fn post(&self, path: &str, body: &[u8]) -> String {
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
            self.address,
            body.len()
        );
        self.ask(&[head.as_bytes(), body].concat())
    }

    pub(crate) fn get(&self, path: &str, host: &str) -> String {
        self.ask(
            format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n").as_bytes(),
        )
    }

    /// A document of the page, such as the contents of a row.
    pub(crate) fn page(&self, path: &str) -> Value {
        let answer = self.get(&format!("{path}{}", self.secret), &self.address);
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    }

    /// The pieces of the page's stream.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = Value> + use<> {
        let lines = BufReader::new(self.open_stream()).lines();
        lines.map_while(Result::ok).filter_map(|line| {
            let piece = line.strip_prefix("data: ")?;
            Some(serde_json::from_str(piece).unwrap())
        })
    }

    /// Waits until so many deliveries are on the page: they follow their answers.
    pub(crate) fn has_shown(&self, total: u64) {
        let shown = |piece: &Value| piece["counts"]["total"] == total;
        assert!(self.pieces().any(|piece| shown(&piece)));
    }

    /// Opens the page's stream, and reads nothing of it.
    pub(crate) fn open_stream(&self) -> TcpStream {
        let (secret, host) = (&self.secret, &self.address);
        let mut stream = self.connect();
        let head = format!("GET /events{secret} HTTP/1.1\r\nhost: {host}\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        stream
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }
}

/// A failed test leaves no process behind.
impl Drop for Listening {
    fn drop(&mut self) {
        _ = self.child.kill();
    }
}

/// A server that gives this answer to each request, and passes the requests on.
pub(crate) fn server(status: &'static str, body: String) -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let (requests, received) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let request = read_request(&mut stream);
            let mut answer = String::new();
            _ = write!(answer, "HTTP/1.1 {status}\r\nconnection: close\r\n");
            _ = write!(answer, "content-length: {}\r\n\r\n{body}", body.len());
            _ = stream.get_mut().write_all(answer.as_bytes());
            if requests.send(request).is_err() {
                return;
            }
        }
    });
    (url, received)
}

pub(crate) fn read_request(stream: &mut BufReader<TcpStream>) -> String {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(stream.read_line(&mut head).unwrap(), 0, "{head}");
    }
    let length = head.lines().find_map(|line| {
        line.to_ascii_lowercase()
            .strip_prefix("content-length: ")?
            .parse()
            .ok()
    });
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).unwrap();
    head + &String::from_utf8(body).unwrap()
}

pub(crate) fn received(requests: &mpsc::Receiver<String>) -> String {
    requests.recv_timeout(PATIENCE).unwrap()
}
