//! `keys`: which keys of a key set can verify tokens, and why the others cannot.

use std::fmt::Write as _;
use std::process::ExitCode;

use clap::Args;
use moneyhub_webhooks::KeySet;
use moneyhub_webhooks::keys::MONEYHUB_KEY_SET_URL;
use moneyhub_webhooks::testing::TestIssuer;
use serde::Serialize;

use crate::document::line;
use crate::failure::Failure;
use crate::output::{BAD, FAINT, GOOD, Output, OutputArgs, WARNING, print};
use crate::source;
use crate::text::visible;

const EXAMPLES: &str = "\
Examples:
  moneyhub-webhooks keys jwks.json
  moneyhub-webhooks keys --moneyhub --output json | jq .usable
  moneyhub-webhooks keys --test-issuer >jwks.json
      for a receiver that is tested with `send`

Exit status: 0 at least one key is usable, 1 no key is usable or the key set could not be read,
2 wrong usage.";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct KeysArgs {
    /// The key set (JWKS) to read
    #[arg(value_name = "FILE|URL", required_unless_present_any = ["moneyhub", "test_issuer"])]
    place: Option<String>,

    /// Fetch the key set that Moneyhub publishes
    #[arg(long, conflicts_with = "place")]
    moneyhub: bool,

    /// Print the key set of the test issuer, which `send` signs with; its private key is public
    #[arg(long, conflicts_with_all = ["place", "moneyhub", "output"])]
    test_issuer: bool,

    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Serialize)]
struct KeysJson<'a> {
    usable: usize,
    usable_key_ids: Vec<&'a str>,
    ignored: Vec<IgnoredJson<'a>>,
}

#[derive(Serialize)]
struct IgnoredJson<'a> {
    key_id: Option<&'a str>,
    reason: &'static str,
}

pub(crate) async fn run(args: KeysArgs) -> Result<ExitCode, Failure> {
    if args.test_issuer {
        print(&(TestIssuer::new().jwks() + "\n"))?;
        return Ok(ExitCode::SUCCESS);
    }
    let place = args
        .place
        .unwrap_or_else(|| MONEYHUB_KEY_SET_URL.to_owned());
    let keys = source::key_set(&place).await?;
    print(&match args.output.output {
        Output::Text => text(&keys),
        Output::Json => {
            let ignored = keys.ignored().iter();
            let ignored = ignored.map(|key| IgnoredJson {
                key_id: key.key_id(),
                reason: key.reason(),
            });
            line(&KeysJson {
                usable: keys.len(),
                usable_key_ids: keys.key_ids().collect(),
                ignored: ignored.collect(),
            })
        }
    })?;
    Ok(if keys.is_empty() {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn text(keys: &KeySet) -> String {
    let style = if keys.is_empty() { BAD } else { GOOD };
    let mut text = format!("{style}{} usable{style:#}", keys.len());
    if !keys.ignored().is_empty() {
        _ = write!(
            text,
            ", {WARNING}{} ignored{WARNING:#}",
            keys.ignored().len()
        );
    }
    if keys.is_empty() && keys.ignored().is_empty() {
        text.push_str(": the key set is empty");
    }
    text.push('\n');
    for id in keys.key_ids() {
        _ = writeln!(text, "  {GOOD}✓{GOOD:#} {}", visible(id));
    }
    for key in keys.ignored() {
        let id = key
            .key_id()
            .map_or_else(|| format!("{FAINT}no key id{FAINT:#}"), visible);
        _ = writeln!(text, "  {FAINT}–{FAINT:#} {id}: {}", key.reason());
    }
    text
}
