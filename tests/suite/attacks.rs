//! What strangers send, and what must come back: the table of `SECURITY.md`, whose rows name the tests here. A
//! hostile body is a good one with one edit, so that the edit alone can be at fault, and time is passed in.

mod algorithms;
mod bodies;
mod keys;
mod leaks;
mod resources;
mod tokens;
