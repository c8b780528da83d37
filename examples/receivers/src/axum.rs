//! A receiver for axum.

use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::routing::post;
use hyper::body::Body as _;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::answer::Answer;
use crate::encoding::Coding;
use crate::intake::{HandOver, Intake, MAX_BODY};

/// How long a connection may be idle, or take to send the head of a request. Longer than the keep-alive of proxies and
/// clients: a webhook sent into a connection that is just being closed is lost.
const IDLE: Duration = Duration::from_secs(90);

/// Routes `POST /webhooks`. `read_limit` is the time limit for reading the body. Reading, verifying and storing
/// together must fit into the sender's 5 seconds.
pub fn router<H: HandOver>(intake: Arc<Intake<H>>, read_limit: Duration) -> Router {
    Router::new()
        .route("/webhooks", post(receive))
        .with_state((intake, read_limit))
}

type Shared<H> = (Arc<Intake<H>>, Duration);

async fn receive<H: HandOver>(
    State((intake, read_limit)): State<Shared<H>>,
    request: Request,
) -> StatusCode {
    let codings = request.headers().get_all(header::CONTENT_ENCODING);
    let coding = Coding::first(codings.iter().map(HeaderValue::as_bytes));
    // Bytes, not `Json`: the signature is over the bytes as sent.
    let answer = match timeout(read_limit, read(request.into_body())).await {
        Ok(Ok(body)) => intake.answer(coding, body).await,
        Ok(Err(answer)) => answer,
        Err(_) => Answer::TooSlow,
    };
    answer.send()
}

/// Reads the whole body. A body over the limit is also read to its end, and discarded. If it were answered earlier,
/// hyper would close the connection. Most senders send everything before they read the answer, and would not see the
/// 413.
async fn read(mut body: Body) -> Result<Bytes, Answer> {
    let mut whole = Vec::new();
    let mut is_too_large = false;
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let Ok(data) = frame.map_err(|_| Answer::CutOff)?.into_data() else {
            continue;
        };
        if is_too_large || whole.len() + data.len() > MAX_BODY {
            is_too_large = true;
            whole = Vec::new();
        } else {
            whole.extend_from_slice(&data);
        }
    }
    if is_too_large {
        Err(Answer::TooLarge)
    } else {
        Ok(whole.into())
    }
}

/// Serves like `axum::serve`, with an idle timeout, which that lacks. When `stop` completes, it stops accepting
/// connections and answers the requests that have arrived. It returns after `grace` at the latest.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()>,
    grace: Duration,
) -> io::Result<()> {
    serve_with(IDLE, listener, router, stop, grace).await
}

/// Serves like [`serve`], with another idle timeout.
pub(crate) async fn serve_with(
    idle: Duration,
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()>,
    grace: Duration,
) -> io::Result<()> {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(idle);
    let connections = GracefulShutdown::new();
    let mut tasks = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                // Too many open files, or a client that has disconnected: no reason to stop.
                Err(error) => {
                    eprintln!("no connection: {error}");
                    sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
            Some(_) = tasks.join_next() => continue,
            () = &mut stop => break,
        };
        let service = TowerToHyperService::new(router.clone());
        // An error is the client's fault: it has disconnected, or does not speak HTTP.
        tasks.spawn(connections.watch(http.serve_connection(TokioIo::new(stream), service)));
    }
    drop(listener);
    drop(router);
    tokio::select! {
        () = connections.shutdown() => {}
        () = sleep(grace) => eprintln!("connections are still open"),
    }
    // Dropping the tasks closes their connections. An open one would keep the intake alive, and whoever waits for the
    // end of the intake would go on waiting.
    drop(tasks);
    Ok(())
}
