//! Shows the answers as they arrive: one line each, or a progress bar and a summary.

use indicatif::{ProgressBar, ProgressStyle};

use super::post::Posting;
use super::summary::Summary;
use crate::document::line;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::{Output, print};

/// For more deliveries than this, show a progress bar, and only the unexpected answers, this many at most.
const LISTED: u64 = 30;

/// Returns whether every delivery was answered as expected. After the first interrupt, the requests under way finish;
/// the second one ends the process.
pub(super) async fn show(
    mut posting: Posting,
    mut interrupt: Interrupt,
    count: u64,
    output: Output,
) -> Result<bool, Failure> {
    let lists_all = count <= LISTED;
    let bar = if lists_all || output == Output::Json {
        ProgressBar::hidden()
    } else {
        bar(count)
    };
    let mut summary = Summary::default();
    let mut listed = 0;
    loop {
        let answer = tokio::select! {
            answer = posting.answers.recv() => answer,
            () = interrupt.received() => {
                if posting.stop.send_replace(true) {
                    std::process::exit(130);
                }
                continue;
            }
        };
        let Some(answer) = answer else { break };
        let answer = answer?;
        bar.inc(1);
        summary.add(&answer);
        if output == Output::Json {
            print(&line(&answer))?;
        } else if lists_all || (!answer.as_expected && listed < LISTED) {
            listed += 1;
            bar.suspend(|| print(&answer.to_line()))?;
        }
    }
    bar.finish_and_clear();
    summary.end(count, posting.begun.elapsed());
    match output {
        Output::Json => print(&line(&serde_json::json!({ "summary": summary.as_json() })))?,
        Output::Text if count > 1 => print(&summary.to_string())?,
        Output::Text => {}
    }
    Ok(summary.all_good())
}

/// Visible on standard error, if that is a terminal.
fn bar(count: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len}  {per_sec}  {eta} left");
    let bar = ProgressBar::new(count);
    style.map_or(bar.clone(), |style| bar.with_style(style))
}
