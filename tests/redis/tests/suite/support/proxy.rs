//! A way to a server on which the first answer to a question is lost.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The port of a proxy. Its first connection ends when the server has answered the first `SET`, before anybody sees
/// that answer; all others pass everything.
pub(crate) async fn proxy_that_loses_an_answer(server: u16) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let mut loses = true;
        loop {
            let (client, _) = listener.accept().await.unwrap();
            let server = TcpStream::connect(("127.0.0.1", server)).await.unwrap();
            tokio::spawn(pass(client, server, std::mem::replace(&mut loses, false)));
        }
    });
    port
}

async fn pass(mut client: TcpStream, mut server: TcpStream, loses: bool) {
    let (mut question, mut answer) = ([0; 4096], [0; 4096]);
    let mut asked = false;
    loop {
        tokio::select! {
            count = client.read(&mut question) => {
                let Ok(count @ 1..) = count else { return };
                asked |= question[..count].windows(2).any(|bytes| bytes == b"NX");
                server.write_all(&question[..count]).await.unwrap();
            }
            count = server.read(&mut answer) => {
                let Ok(count @ 1..) = count else { return };
                if loses && asked {
                    return;
                }
                client.write_all(&answer[..count]).await.unwrap();
            }
        }
    }
}
