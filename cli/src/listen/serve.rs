//! Connections: so many at a time, and whoever opens one has to ask for something.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

/// Further ones wait until one of these ends.
const AT_A_TIME: usize = 1024;

/// The head of a request, the first and each that follows it, has to be here within this.
const HEAD_TIME_LIMIT: Duration = Duration::from_secs(30);

/// Where a process has as many files open as it may, it helps to wait.
const PAUSE: Duration = Duration::from_millis(100);

/// Answers requests until `stop`, and then those that have begun.
pub(super) async fn serve(listener: TcpListener, routes: Router, stop: watch::Receiver<bool>) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME_LIMIT);
    let places = Arc::new(Semaphore::new(AT_A_TIME));
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
            // Its end, good or bad, is the client's affair.
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
    // The sender lives as long as the server.
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

    /// The clock of the test moves on when there is nothing else to do.
    #[tokio::test(start_paused = true)]
    async fn who_asks_for_nothing_or_never_ends_is_sent_away() -> std::io::Result<()> {
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
            assert_eq!(answer.starts_with("HTTP/1.1 404 "), head.ends_with("\r\n\r\n"), "{head}: {answer}");
            assert!(begun.elapsed() >= HEAD_TIME_LIMIT);
        }
        Ok(())
    }
}
