//! Accepts connections, limited in number and in the time that a request head may take.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

/// Concurrent connections; further ones wait.
const MAX_CONNECTIONS: usize = 1024;

/// How long the head of a request may take to arrive, for each request on a connection.
const HEAD_TIME_LIMIT: Duration = Duration::from_secs(30);

/// The wait after a failed accept: the process may have too many open files.
const PAUSE: Duration = Duration::from_millis(100);

/// Answers requests until `stop`, then finishes those under way.
pub(super) async fn serve(listener: TcpListener, routes: Router, stop: watch::Receiver<bool>) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME_LIMIT);
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let connections = GracefulShutdown::new();
    loop {
        let place = Arc::clone(&places).acquire_owned();
        let (place, stream) = tokio::select! {
            () = stopped(stop.clone()) => break,
            accepted = async { (place.await, accept(&listener).await) } => accepted,
        };
        let service = TowerToHyperService::new(routes.clone());
        let connection = connections.watch(http.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            // Errors of a connection concern only its client.
            _ = connection.await;
            drop(place);
        });
    }
    drop(listener);
    connections.shutdown().await;
}

async fn accept(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

pub(super) async fn stopped(mut stop: watch::Receiver<bool>) {
    // An error would mean that the sender is gone, which outlives the server.
    _ = stop.wait_for(|stop| *stop).await;
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::sync::watch;
    use tokio::time::Instant;

    use super::{HEAD_TIME_LIMIT, serve};

    /// The paused clock advances when every task is idle.
    #[tokio::test(start_paused = true)]
    async fn connections_without_a_complete_request_are_closed() -> std::io::Result<()> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (_stop, stopped) = watch::channel(false);
        tokio::spawn(serve(listener, Router::new(), stopped));
        for head in ["", "POST / HT", "GET / HTTP/1.1\r\nhost: x\r\n\r\n"] {
            let begun = Instant::now();
            let mut stream = TcpStream::connect(address).await?;
            stream.write_all(head.as_bytes()).await?;
            let mut answer = String::new();
            tokio::time::timeout(HEAD_TIME_LIMIT * 2, stream.read_to_string(&mut answer)).await??;
            assert_eq!(
                answer.starts_with("HTTP/1.1 404 "),
                head.ends_with("\r\n\r\n"),
                "{head}: {answer}"
            );
            assert!(begun.elapsed() >= HEAD_TIME_LIMIT);
        }
        Ok(())
    }
}
