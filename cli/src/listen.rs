//! `listen`: a local receiver that shows each delivery as it comes, in the terminal and on a page.

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
      what `send` sends, verified with the key of the test issuer
  moneyhub-webhooks listen --moneyhub --client-id ID --record deliveries.jsonl
      what Moneyhub sends through your tunnel, kept for `send --replay deliveries.jsonl`
  moneyhub-webhooks listen --forward-to http://localhost:3000/webhooks
      in front of the handler that you are writing
  moneyhub-webhooks listen --output json | jq .event.name

Every POST to any path is a delivery, answered with 202 or the status of its refusal.
GET / is the page. Ctrl-C ends it.

Exit status: 0 ended by Ctrl-C, 1 the port is taken or a file can't be written, 2 wrong usage.";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ListenArgs {
    /// The port; 0 for any that is free
    #[arg(long, default_value = "8080")]
    port: u16,

    /// The address; one that is not of this machine alone shows the page to the network
    #[arg(long, default_value = "127.0.0.1")]
    host: String,

    /// Append each body to this file, for `send --replay`
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,

    /// Post each body there too, untouched, and show the answer
    #[arg(long, value_name = "URL", value_parser = source::http_url)]
    forward_to: Option<reqwest::Url>,

    #[command(flatten)]
    output: OutputArgs,

    #[command(flatten)]
    policy: PolicyArgs,
}

/// What the requests share.
struct Listen {
    policy: Policy,
    output: Output,
    log: Log,
    numbers: AtomicU64,
    printer: Writer,
    recorder: Option<Writer>,
    forwarder: Option<Forwarder>,
    taken_in: Arc<Semaphore>,
    stop: watch::Sender<bool>,
}

/// So many deliveries are judged, recorded and shown at a time. Of the others each waits with its connection.
const TAKEN_IN_AT_A_TIME: u32 = 256;

/// At the end, whatever brought it about, requests that have begun are given this long.
const GRACE: Duration = Duration::from_secs(5);

pub(crate) async fn run(mut args: ListenArgs) -> Result<ExitCode, Failure> {
    args.policy.or_test_issuer();
    let policy = args.policy.policy(Fetching::Live).await?;
    let place = format!("{}:{}", args.host, args.port);
    let listener =
        TcpListener::bind((args.host.as_str(), args.port)).await.map_err(|error| failed_at(place, error))?;
    let address = listener.local_addr().map_err(failed)?;
    if !address.ip().is_loopback() {
        warn("others on the network can send here and see the page");
    }

    let mut interrupt = Interrupt::new()?;
    let (stop, _) = watch::channel(false);
    let listen = Arc::new(Listen {
        log: Log::default(),
        numbers: AtomicU64::new(0),
        printer: Writer::stdout(stop.clone()),
        recorder: args.record.map(|path| Writer::append(path, stop.clone())).transpose()?,
        forwarder: args.forward_to.map(Forwarder::new).transpose()?,
        taken_in: Arc::new(Semaphore::new(TAKEN_IN_AT_A_TIME as usize)),
        output: args.output.output,
        policy,
        stop,
    });
    listen.printer.write(listen.greeting(&format!("http://{address}/"))).await;

    let stop = listen.stop.clone();
    tokio::spawn(async move {
        interrupt.received().await;
        stop.send_replace(true);
        // Who can't wait asks again.
        interrupt.received().await;
        std::process::exit(130);
    });
    let served = async {
        serve::serve(listener, routes(Arc::clone(&listen)), listen.stop.subscribe()).await;
        // Of senders that did not wait for the answer.
        _ = listen.taken_in.acquire_many(TAKEN_IN_AT_A_TIME).await;
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
                "listening on {HEADING}{url}{HEADING:#}\n{FAINT}accepts {}\nthe page is {url}, Ctrl-C ends{FAINT:#}\n",
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
