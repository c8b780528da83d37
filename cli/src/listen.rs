//! `listen`: a local receiver that shows each delivery as it arrives, in the terminal and on a page.

mod counts;
mod delivery;
mod forward;
mod log;
mod page;
mod receive;
mod serve;
mod writer;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use axum::Router;
use axum::routing::{any, get};
use clap::Args;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

use crate::document::line;
use crate::failure::{Failure, failed, failed_at};
use crate::interrupt::Interrupt;
use crate::output::{FAINT, HEADING, Output, OutputArgs, warn};
use crate::policy::{Fetching, Policy, PolicyArgs};
use crate::source;
use forward::Forwarder;
use log::Log;
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
GET / is the page. Press Ctrl-C to stop.

Exit status: 0 stopped by Ctrl-C, 1 the port is in use or a file cannot be written, 2 wrong usage.";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ListenArgs {
    /// The port to listen on; 0 for any free port
    #[arg(long, default_value = "8080")]
    port: u16,

    /// The address to listen on; unless it is loopback, the network can see the page
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
    intake: Arc<Semaphore>,
    stop: watch::Sender<bool>,
}

/// Deliveries that are judged, recorded and shown concurrently. Further ones wait, each with its connection.
const MAX_CONCURRENT: u32 = 256;

/// How long requests under way have to finish after a stop.
const GRACE: Duration = Duration::from_secs(5);

pub(crate) async fn run(mut args: ListenArgs) -> Result<ExitCode, Failure> {
    args.policy.or_test_issuer();
    let policy = args.policy.policy(Fetching::Live).await?;
    let place = format!("{}:{}", args.host, args.port);
    let listener = TcpListener::bind((args.host.as_str(), args.port))
        .await
        .map_err(|error| failed_at(place, error))?;
    let address = listener.local_addr().map_err(failed)?;
    if !address.ip().is_loopback() {
        warn("other machines on the network can send deliveries and see the page");
    }

    let mut interrupt = Interrupt::new()?;
    let (stop, _) = watch::channel(false);
    let listen = Arc::new(Listen {
        log: Log::default(),
        numbers: AtomicU64::new(0),
        printer: Writer::stdout(stop.clone()),
        recorder: args
            .record
            .map(|path| Writer::append(path, stop.clone()))
            .transpose()?,
        forwarder: args.forward_to.map(Forwarder::new).transpose()?,
        intake: Arc::new(Semaphore::new(MAX_CONCURRENT as usize)),
        output: args.output.output,
        policy,
        stop,
    });
    listen
        .printer
        .write(listen.greeting(&format!("http://{address}/")))
        .await;

    let stop = listen.stop.clone();
    tokio::spawn(async move {
        interrupt.received().await;
        stop.send_replace(true);
        // A second interrupt does not wait.
        interrupt.received().await;
        std::process::exit(130);
    });
    let served = async {
        serve::serve(
            listener,
            routes(Arc::clone(&listen)),
            listen.stop.subscribe(),
        )
        .await;
        // Deliveries whose senders did not wait for the answer.
        _ = listen.intake.acquire_many(MAX_CONCURRENT).await;
    };
    let too_long = async {
        serve::stopped(listen.stop.subscribe()).await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! { () = served => {}, () = too_long => {} }
    if let Some(forwarder) = &listen.forwarder {
        forwarder.finish().await;
    }
    listen.printer.write(listen.farewell()).await;
    listen.printer.finish().await?;
    if let Some(recorder) = &listen.recorder {
        recorder.finish().await?;
    }
    Ok(ExitCode::SUCCESS)
}

fn routes(listen: Arc<Listen>) -> Router {
    Router::new()
        .route("/", get(page::page).post(receive::receive))
        .route("/events", get(page::events).post(receive::receive))
        .fallback(any(receive::elsewhere))
        .with_state(listen)
}

impl Listen {
    fn greeting(&self, url: &str) -> String {
        let accepts = self.policy.in_words();
        match self.output {
            Output::Text => format!(
                "listening on {HEADING}{url}{HEADING:#}\n{FAINT}accepts {}\nthe page is {url}, Ctrl-C stops{FAINT:#}\n",
                crate::text::visible(&accepts)
            ),
            Output::Json => line(&serde_json::json!({ "listening": url, "accepts": accepts })),
        }
    }

    fn farewell(&self) -> String {
        let counts = self.log.counts();
        match self.output {
            Output::Text => format!("\n{counts}\n"),
            Output::Json => line(&serde_json::json!({ "counts": counts })),
        }
    }
}
