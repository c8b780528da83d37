//! A client of one connection that can send a body in any way.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedReadHalf;
use tokio::time::sleep;

/// How the body is sent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Way {
    /// With its length, at once.
    Whole,
    /// The same, and the answer is looked for when all of it is sent, as many clients do.
    AllFirst,
    /// With its length, at once, with this as its `Content-Encoding`.
    Encoded(&'static str),
    /// In chunks, without a length.
    Chunked,
    /// Half of it, and after a pause the rest.
    Slow(Duration),
    /// Half of it, and no more, over a connection that stays open.
    Half,
    /// Half of it, and no more.
    CutOff,
}

pub(crate) struct Client {
    stream: TcpStream,
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream })
    }

    /// The status of the answer, which may come before all of the body is sent. The connection can be used again.
    pub(crate) async fn post(&mut self, body: &[u8]) -> io::Result<u16> {
        let mut request = head(&format!("content-length: {}", body.len()));
        request.extend_from_slice(body);
        let (mut reader, mut writer) = self.stream.split();
        let mut answer = Answer::default();
        let answered = async {
            while answer.wanting() {
                if reader.read_buf(&mut answer.bytes).await? == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
            answer.status()
        };
        let sent = async {
            // Whoever has answered already does not read on.
            let _ = writer.write_all(&request).await;
            std::future::pending::<()>().await;
        };
        tokio::select! {
            status = answered => status,
            () = sent => unreachable!(),
        }
    }
}

/// Posts a body over a connection of its own. `None`: there was no answer.
pub(crate) async fn post(address: SocketAddr, body: &[u8], way: Way) -> Option<u16> {
    let stream = TcpStream::connect(address).await.ok()?;
    let (reader, mut writer) = stream.into_split();
    let half = body.len() / 2;
    let sent = async move {
        match way {
            Way::Chunked => {
                writer
                    .write_all(&head("transfer-encoding: chunked"))
                    .await?;
                for chunk in body.chunks(10_000) {
                    writer
                        .write_all(format!("{:x}\r\n", chunk.len()).as_bytes())
                        .await?;
                    writer.write_all(chunk).await?;
                    writer.write_all(b"\r\n").await?;
                }
                writer.write_all(b"0\r\n\r\n").await?;
            }
            way => {
                let mut lines = format!("content-length: {}", body.len());
                if let Way::Encoded(coding) = way {
                    lines += &format!("\r\ncontent-encoding: {coding}");
                }
                writer.write_all(&head(&lines)).await?;
                writer.write_all(&body[..half]).await?;
                match way {
                    Way::Half => return Ok(Some(writer)),
                    Way::CutOff => return Ok(None),
                    Way::Slow(pause) => sleep(pause).await,
                    _ => {}
                }
                writer.write_all(&body[half..]).await?;
            }
        }
        Ok::<_, io::Error>(Some(writer))
    };
    if way == Way::AllFirst {
        let _writer = sent.await.ok()?;
        return status(reader).await.ok();
    }
    // The half that writes is kept open: to close it is to hang up.
    let (_writer, status) = tokio::join!(sent, status(reader));
    status.ok()
}

/// The status and the body of a page.
pub(crate) async fn get(address: SocketAddr, path: &str) -> io::Result<(u16, String)> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: receiver\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let (head, body) = answer
        .split_once("\r\n\r\n")
        .ok_or(io::ErrorKind::UnexpectedEof)?;
    let status = Answer {
        bytes: head.as_bytes().to_vec(),
    }
    .status()?;
    Ok((status, body.to_owned()))
}

async fn status(mut reader: OwnedReadHalf) -> io::Result<u16> {
    let mut answer = Answer::default();
    while answer.wanting() {
        if reader.read_buf(&mut answer.bytes).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    answer.status()
}

/// None of the receivers answers with a body: an answer is whole with its head.
#[derive(Default)]
struct Answer {
    bytes: Vec<u8>,
}

impl Answer {
    fn wanting(&self) -> bool {
        !self.bytes.ends_with(b"\r\n\r\n")
    }

    fn status(&self) -> io::Result<u16> {
        let text = String::from_utf8_lossy(&self.bytes);
        let status = text
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        status.ok_or_else(|| io::Error::other(format!("not an answer: {text:?}")))
    }
}

fn head(lines: &str) -> Vec<u8> {
    format!("POST /webhooks HTTP/1.1\r\nhost: receiver\r\ncontent-type: application/secevent+jwt\r\n{lines}\r\n\r\n")
        .into_bytes()
}
