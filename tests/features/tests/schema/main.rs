//! The JSON Schema, tested with an independent validator: it is a valid schema, it accepts what Moneyhub sends, and it
//! agrees with the parser.

mod agreement;
mod bodies;
mod schemas;
mod support;
