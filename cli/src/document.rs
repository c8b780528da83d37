//! The JSON documents of the command line: what `--output json` prints, what the page reads, what is recorded.

use serde::Serialize;

use crate::json::compact;

/// The version of every document. Raise it when a member or a value is removed, renamed, or changes its meaning;
/// additions leave it as it is. `README.md` describes the documents.
pub(crate) const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a, T> {
    schema_version: u32,
    #[serde(flatten)]
    members: &'a T,
}

/// A JSON object on one line, with its version. Characters that a terminal would act on are escaped.
pub(crate) fn line(members: &impl Serialize) -> String {
    let document = Document {
        schema_version: SCHEMA_VERSION,
        members,
    };
    compact(&serde_json::to_string(&document).unwrap_or_default()) + "\n"
}
