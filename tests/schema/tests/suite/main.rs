//! The JSON Schema, with a validator that others wrote: it is a schema, accepts what Moneyhub sends, and agrees with
//! the parser on everything else.

mod agreement;
mod bodies;
mod schemas;
mod support;
