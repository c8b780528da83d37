//! `listen`: a local receiver that shows each delivery as it arrives, in the terminal and on a page.

mod body;
mod connection;
mod counts;
mod delivery;
mod follow;
mod forward;
mod guard;
mod line;
mod log;
mod page;
mod receive;
mod recording_file;
mod room;
mod serve;
mod unfinished;
mod writer;

use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use axum::Router;
use axum::routing::{any, get};
use clap::Args;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc, watch};

use crate::document::line;
use crate::failure::{Failure, failed, failed_at};
use crate::interrupt::Interrupt;
use crate::output::{FAINT, HEADING, Output, OutputArgs, warn};
use crate::policy::{Fetching, Policy, PolicyArgs};
use crate::source;
use crate::text::visible;
use body::Bodies;
use connection::Connections;
use counts::Counts;
use follow::Answered;
use forward::Forwarder;
use guard::Secret;
use log::Log;
use page::Pages;
use writer::Writer;

const EXAMPLES: &str = "\
Examples:
  moneyhub-webhooks listen
      verify what `send` sends, with the key of the test issuer
  moneyhub-webhooks listen --moneyhub --client-id ID --record deliveries.jsonl
      receive from Moneyhub through a tunnel, and record for `send --replay deliveries.jsonl`
  moneyhub-webhooks listen --forward-to http://localhost:3000/webhooks
      forward to the handler that you are developing
  moneyhub-webhooks listen --output json | jq .event.name

A POST to any path is a delivery. It is answered with 202, or with the status of the error.
The printed link opens the page; its secret is new at each start. `/jwks.json` has the key set of
the test issuer, for the receiver of your service. Press Ctrl-C to stop.

Exit status: 0 stopped by Ctrl-C, 1 the port is in use or a file cannot be written, 2 wrong usage,
130 stopped at once by a second Ctrl-C.";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ListenArgs {
    /// The port to listen on; 0 for any free port
    #[arg(long, default_value = "9101")]
    port: u16,

    /// The address to listen on; unless it is loopback, the network can send deliveries
    #[arg(long, default_value = "127.0.0.1")]
    host: String,

    /// Append each delivery to this file, for `send --replay`
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,

    /// Also post each body, unchanged, to this URL, and show the answer
    #[arg(long, value_name = "URL", value_parser = source::http_url)]
    forward_to: Option<reqwest::Url>,

    #[command(flatten)]
    output: OutputArgs,

    #[command(flatten)]
    policy: PolicyArgs,
}

/// State shared by all requests.
struct Listen {
    policy: Policy,
    output: Output,
    log: Log,
    numbers: AtomicU64,
    printer: Writer,
    recorder: Option<Writer>,
    forwarder: Option<Forwarder>,
    bodies: Bodies,
    intake: Arc<Semaphore>,
    answered: mpsc::UnboundedSender<Answered>,
    secret: Secret,
    pages: Pages,
    stop: watch::Sender<bool>,
}

/// Concurrent connections. A new one takes the place of the oldest that has not sent a complete request.
const MAX_CONNECTIONS: usize = 1024;

/// Deliveries that are verified, or wait to be recorded and shown. Further ones wait, each with its connection.
const MAX_CONCURRENT: u32 = 256;

/// How long requests under way have to finish after a stop.
const GRACE: Duration = Duration::from_secs(5);

pub(crate) async fn run(mut args: ListenArgs) -> Result<ExitCode, Failure> {
    args.policy.or_test_issuer();
    let policy = args.policy.policy(Fetching::Live).await?;
    let place = format!("{}:{}", args.host, args.port);
    let listener = TcpListener::bind((args.host.as_str(), args.port))
        .await
        .map_err(|error| match error.kind() {
            ErrorKind::AddrInUse => failed_at(
                place,
                "the port is in use; choose another with `--port`, or any free one with `--port 0`",
            ),
            _ => failed_at(place, error),
        })?;
    let address = listener.local_addr().map_err(failed)?;
    if !address.ip().is_loopback() {
        warn(
            "other machines on the network can send deliveries, and see the page if they get its link",
        );
    }

    let mut interrupt = Interrupt::new()?;
    let (stop, _) = watch::channel(false);
    // Limited by `intake`.
    let (answered, follow) = mpsc::unbounded_channel();
    let listen = Arc::new(Listen {
        log: Log::default(),
        numbers: AtomicU64::new(0),
        printer: Writer::stdout(stop.clone()),
        recorder: args
            .record
            .map(|path| Writer::append(path, stop.clone()))
            .transpose()?,
        forwarder: args
            .forward_to
            .map(|url| Forwarder::new(url, stop.subscribe()))
            .transpose()?,
        bodies: Bodies::new(),
        answered,
        intake: Arc::new(Semaphore::new(MAX_CONCURRENT as usize)),
        output: args.output.output,
        secret: Secret::new(),
        pages: Pages::new(),
        policy,
        stop,
    });
    tokio::spawn(Arc::clone(&listen).follow(follow));
    let greeting = listen.greeting(&format!("http://{address}/"));
    listen.printer.write_anyway(greeting);

    let stop = listen.stop.clone();
    tokio::spawn(async move {
        interrupt.received().await;
        stop.send_replace(true);
        // A second interrupt does not wait.
        interrupt.received().await;
        std::process::exit(130);
    });
    let served = serve::serve(
        listener,
        routes(Arc::clone(&listen)),
        Connections::new(MAX_CONNECTIONS),
        listen.stop.subscribe(),
    );
    let too_long = async {
        serve::stopped(listen.stop.subscribe()).await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! { () = served => {}, () = too_long => {} }
    // What follows the answers of others, and deliveries whose senders did not wait for them. None of it takes long.
    _ = listen.intake.acquire_many(MAX_CONCURRENT).await;
    if let Some(forwarder) = &listen.forwarder {
        forwarder.finish().await;
    }
    listen.printer.write_anyway(listen.farewell());
    listen.printer.finish().await?;
    if let Some(recorder) = &listen.recorder {
        recorder.finish().await?;
        if recorder.lost() > 0 {
            return Err(failed("the recording is incomplete"));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn routes(listen: Arc<Listen>) -> Router {
    Router::new()
        .route("/", get(page::page).post(receive::receive))
        .route("/events", get(page::events).post(receive::receive))
        .route(
            "/deliveries/{number}",
            get(page::details).post(receive::receive),
        )
        .route("/jwks.json", get(receive::key_set).post(receive::receive))
        .fallback(any(receive::elsewhere))
        .with_state(listen)
}

impl Listen {
    /// The only place that shows the secret.
    fn greeting(&self, url: &str) -> String {
        let accepts = self.policy.in_words();
        let page = format!("{url}?{}", self.secret.query());
        match self.output {
            Output::Text => format!(
                "listening on {HEADING}{url}{HEADING:#}\n{FAINT}accepts {}\nCtrl-C stops; the page is {page}{FAINT:#}\n",
                visible(&accepts)
            ),
            Output::Json => {
                line(&serde_json::json!({ "listening": url, "page": page, "accepts": accepts }))
            }
        }
    }

    fn farewell(&self) -> String {
        let counts = self.counts();
        match self.output {
            Output::Text => format!("\n{counts}\n"),
            Output::Json => line(&serde_json::json!({ "counts": counts })),
        }
    }

    fn counts(&self) -> Counts {
        let mut counts = self.log.counts();
        counts.not_printed = self.printer.lost();
        counts.not_recorded = self.recorder.as_ref().map_or(0, Writer::lost);
        counts
    }
}
