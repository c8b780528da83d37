//! What the stages share: how base64url and digests are read, names that a user configured, and the traits of strings.
//! Nothing here knows of webhooks.

pub(crate) mod base64url;
pub(crate) mod elapsed;
pub(crate) mod names;
pub(crate) mod sha256;
pub(crate) mod text;
pub(crate) mod words;
