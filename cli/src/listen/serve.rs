//! Accepts connections. None can hold up the others: each is limited in the time that it takes to send the head of a
//! request or to read an answer, and in what is read or written ahead.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::response::Response;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_io_timeout::TimeoutStream;

use super::connection::{Connection, Connections};

/// How long the head of a request may take to arrive, for each request on a connection.
const HEAD_TIME_LIMIT: Duration = Duration::from_secs(5);

/// How long a client may read nothing of its answer.
const WRITE_TIME_LIMIT: Duration = Duration::from_secs(10);

/// The longest head, and what is read or written ahead.
const BUFFER: usize = 32 * 1024;

/// The wait after a failed accept: the process may have too many open files.
const PAUSE: Duration = Duration::from_millis(10);

/// Answers requests until `stop`, then finishes those under way.
pub(super) async fn serve(
    listener: TcpListener,
    routes: Router,
    connections: Connections,
    stop: watch::Receiver<bool>,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME_LIMIT)
        .max_buf_size(BUFFER);
    let shutdown = GracefulShutdown::new();
    loop {
        let next = async {
            let stream = accept(&listener, &connections).await;
            (stream, connections.enter().await)
        };
        let (stream, connection) = tokio::select! {
            () = stopped(stop.clone()) => break,
            next = next => next,
        };
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(WRITE_TIME_LIMIT));
        let answers = {
            let (routes, connection) = (routes.clone(), Arc::clone(&connection));
            service_fn(move |request| answer(routes.clone(), Arc::clone(&connection), request))
        };
        let served = http.serve_connection(TokioIo::new(Box::pin(stream)), answers);
        let served = shutdown.watch(served);
        tokio::spawn(async move {
            // Errors of a connection concern only its client.
            tokio::select! { _ = served => {}, () = connection.has_to_leave() => {} }
        });
    }
    drop(listener);
    shutdown.shutdown().await;
}

async fn answer(
    routes: Router,
    connection: Arc<Connection>,
    mut request: Request<Incoming>,
) -> Result<Response, Infallible> {
    request.extensions_mut().insert(Arc::clone(&connection));
    let answer = TowerToHyperService::new(routes).call(request).await;
    connection.waits();
    answer
}

async fn accept(listener: &TcpListener, connections: &Connections) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            Err(_) => {
                connections.oldest_leaves();
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

pub(super) async fn stopped(mut stop: watch::Receiver<bool>) {
    // An error would mean that the sender is gone, which outlives the server.
    _ = stop.wait_for(|stop| *stop).await;
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::net::SocketAddr;
    use std::sync::{Arc, Mutex};

    use axum::Router;
    use axum::body::{Body, Bytes};
    use axum::extract::Request;
    use axum::routing::get;
    use futures_util::stream;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::sync::{mpsc, watch};
    use tokio::time::Instant;

    use super::{Connection, Connections, HEAD_TIME_LIMIT, WRITE_TIME_LIMIT, serve};

    /// The paused clock of these tests advances when every task is idle.
    async fn serving(routes: Router, most: usize) -> io::Result<SocketAddr> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        tokio::spawn(async move {
            let (_stop, stopped) = watch::channel(false);
            serve(listener, routes, Connections::new(most), stopped).await;
        });
        Ok(address)
    }

    async fn ask(address: SocketAddr, request: &str) -> io::Result<TcpStream> {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(request.as_bytes()).await?;
        Ok(stream)
    }

    async fn answer(stream: &mut TcpStream) -> io::Result<String> {
        let mut answer = String::new();
        let answered = stream.read_to_string(&mut answer);
        tokio::time::timeout(HEAD_TIME_LIMIT * 2, answered).await??;
        Ok(answer)
    }

    const GET: &str = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";

    #[tokio::test(start_paused = true)]
    async fn connections_without_a_complete_head_are_closed() -> io::Result<()> {
        let address = serving(Router::new(), 8).await?;
        for head in ["", "POST / HT", GET] {
            let begun = Instant::now();
            let answer = answer(&mut ask(address, head).await?).await?;
            assert_eq!(answer.starts_with("HTTP/1.1 404 "), head == GET);
            assert!(begun.elapsed() >= HEAD_TIME_LIMIT);
        }
        Ok(())
    }

    #[tokio::test(start_paused = true)]
    async fn the_oldest_unfinished_connection_makes_room_at_once() -> io::Result<()> {
        let address = serving(Router::new(), 2).await?;
        let begun = Instant::now();
        let mut oldest = ask(address, "GET / HTTP").await?;
        let mut younger = ask(address, "GET / HTTP").await?;
        let mut begin = [0; 12];
        let mut genuine = ask(address, GET).await?;
        genuine.read_exact(&mut begin).await?;
        assert_eq!(&begin, b"HTTP/1.1 404");
        assert_eq!(answer(&mut oldest).await?, "");
        assert!(begun.elapsed() < HEAD_TIME_LIMIT, "{:?}", begun.elapsed());
        // The younger one goes on.
        younger.write_all(b"/1.1\r\nhost: x\r\n\r\n").await?;
        younger.read_exact(&mut begin).await?;
        assert_eq!(&begin, b"HTTP/1.1 404");
        Ok(())
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_with_a_complete_request_stays_until_it_is_answered() -> io::Result<()> {
        let (begin, mut begun) = mpsc::unbounded_channel();
        let (finish, finished) = watch::channel(false);
        let slow = move |request: Request| {
            let (begin, finished) = (begin.clone(), finished.clone());
            async move {
                if let Some(connection) = request.extensions().get::<Arc<Connection>>() {
                    connection.is_complete();
                }
                _ = begin.send(());
                super::stopped(finished).await;
            }
        };
        let address = serving(Router::new().route("/", get(slow)), 1).await?;
        let mut first = ask(address, GET).await?;
        begun.recv().await;
        let _second = ask(address, GET).await?;
        let second = tokio::time::timeout(HEAD_TIME_LIMIT, begun.recv()).await;
        assert!(second.is_err(), "there is no room for it");
        finish.send_replace(true);
        let mut begin = [0; 12];
        first.read_exact(&mut begin).await?;
        assert_eq!(&begin, b"HTTP/1.1 200");
        assert!(begun.recv().await.is_some(), "the first one made room");
        Ok(())
    }

    #[tokio::test(start_paused = true)]
    async fn a_page_takes_no_place_of_a_delivery() -> io::Result<()> {
        let (open, mut opened) = mpsc::unbounded_channel();
        let page = move |request: Request| {
            let open = open.clone();
            async move {
                if let Some(connection) = request.extensions().get::<Arc<Connection>>() {
                    connection.is_a_page();
                }
                _ = open.send(());
                std::future::pending::<()>().await;
            }
        };
        let address = serving(Router::new().route("/page", get(page)), 1).await?;
        let mut pages = Vec::new();
        for _ in 0..2 {
            pages.push(ask(address, "GET /page HTTP/1.1\r\nhost: x\r\n\r\n").await?);
            tokio::time::timeout(HEAD_TIME_LIMIT * 2, opened.recv()).await?;
        }
        let answer = answer(&mut ask(address, GET).await?).await?;
        assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
        Ok(())
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_does_not_read_is_closed() -> io::Result<()> {
        let (made, mut makes) = mpsc::unbounded_channel();
        // The only sender goes to the only answer, and is dropped with it.
        let made = Arc::new(Mutex::new(Some(made)));
        let endless = move || {
            let made = made.lock().ok().and_then(|mut made| made.take());
            let pieces = stream::repeat_with(move || {
                _ = made.as_ref().map(|made| made.send(()));
                Ok::<_, io::Error>(Bytes::from(vec![b'x'; 1 << 20]))
            });
            async { Body::from_stream(pieces) }
        };
        let address = serving(Router::new().route("/", get(endless)), 8).await?;
        let begun = Instant::now();
        let _reads_nothing = ask(address, GET).await?;
        let mut pieces = 0;
        while let Some(()) = tokio::time::timeout(WRITE_TIME_LIMIT * 3, makes.recv()).await? {
            pieces += 1;
        }
        assert!(pieces < 32, "{pieces} MiB are made ahead");
        assert!(begun.elapsed() >= WRITE_TIME_LIMIT);
        assert!(begun.elapsed() < WRITE_TIME_LIMIT * 2);
        Ok(())
    }
}
