//! Drives each program at full rate, with good and bad requests at once, stops or kills it meanwhile, and counts what
//! became of what it took. Exits with 1 if anything was lost or handled twice. `load.sh` builds all that it needs.
//!
//! With `old-rows` it asks whether `receive-postgres` gets slower with the years.

#[path = "../harness/mod.rs"]
mod harness;
mod old_rows;
mod report;
mod stage;
mod traffic;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use crate::harness::{postgres_server, redis_server};
use crate::report::Report;
use crate::stage::{Back, Stage};
use crate::traffic::{Pool, Traffic};

#[tokio::main]
async fn main() -> ExitCode {
    let argument = std::env::args().nth(1).unwrap_or_default();
    if argument == "old-rows" {
        return old_rows::compare().await;
    }
    let seconds = argument.parse().unwrap_or(8);
    let duration = Duration::from_secs(seconds);
    eprintln!("signing webhooks");
    let pool = Arc::new(Pool::sign());

    let mut programs = vec![
        ("receive-axum", Back::Process),
        ("receive-actix", Back::Process),
    ];
    if redis_server::is_installed() {
        programs.extend([
            ("receive-queue", Back::Redis),
            ("receive-lambda", Back::Redis),
        ]);
    }
    if postgres_server::is_installed() {
        programs.push(("receive-postgres", Back::Postgres));
    }
    let mut reports = Vec::new();
    for (name, back) in programs {
        eprintln!("{name}: {seconds} s");
        reports.push(drive(name, back, &pool, duration).await);
    }
    print!("{}", report::table(&reports));
    if reports
        .iter()
        .any(|report| report.lost > 0 || report.twice > 0)
    {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

async fn drive(name: &'static str, back: Back, pool: &Arc<Pool>, duration: Duration) -> Report {
    let mut stage = Stage::set(name, back, pool).await;
    let traffic = Traffic::start(stage.address(), pool, duration);
    stage.disturb(duration).await;
    // The receiver is told to stop in the midst of it.
    let peak_memory = stage.peak_memory();
    let handled = stage.finish(&traffic).await;
    Report::new(
        name,
        duration,
        traffic.stop().await,
        &handled,
        stage.disturbances(),
        peak_memory,
    )
}
