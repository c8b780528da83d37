//! The JSON Schema of the feature `schema`, judged by a validator that others wrote: it is a schema, takes what
//! Moneyhub sends, and agrees with the parser on what it does not.

mod agreement;
mod bodies;
mod schemas;
mod support;
