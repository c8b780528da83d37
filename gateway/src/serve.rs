//! Answers requests on an address, with limits on the number of connections and on their time.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};

use crate::config::Listen;
use crate::failure::{Failure, failed};

/// Connections at once. Those beyond wait.
const CONNECTIONS: usize = 1024;

/// How long a connection may be idle, or the head of a request may take. Longer than the minute after which proxies
/// close an idle connection: a request that they send while this end closes it would be lost.
const HEAD_LIMIT: Duration = Duration::from_secs(75);

/// How long requests under way may take when the program stops: as long as Moneyhub waits.
const STOP_LIMIT: Duration = Duration::from_secs(5);

/// The pause after a failed accept: there may be too many open files.
const PAUSE: Duration = Duration::from_millis(100);

pub(crate) async fn bind(listen: &Listen) -> Result<TcpListener, Failure> {
    let Listen { setting, address } = listen;
    let listener = TcpListener::bind(address).await;
    listener.map_err(|error| failed(setting, address, error))
}

/// Serves until `stop` is true, and then finishes the requests under way.
pub(crate) async fn serve(listener: TcpListener, routes: Router, mut stop: watch::Receiver<bool>) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEAD_LIMIT);
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let connections = GracefulShutdown::new();
    loop {
        let accepted = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (place, accept(&listener).await)
        };
        let (place, stream) = tokio::select! {
            // An error means that nobody can stop it any more.
            _ = stop.wait_for(|stop| *stop) => break,
            accepted = accepted => accepted,
        };
        let service = TowerToHyperService::new(routes.clone());
        let connection = connections.watch(http.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            // An error concerns only the client.
            _ = connection.await;
            drop(place);
        });
    }
    drop(listener);
    _ = timeout(STOP_LIMIT, connections.shutdown()).await;
}

async fn accept(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            Err(error) => {
                tracing::warn!(%error, "a connection can't be accepted");
                sleep(PAUSE).await;
            }
        }
    }
}
