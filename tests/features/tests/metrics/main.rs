//! What the feature `metrics` records: the values of each series, and the complete list of series.

mod support;

mod deliveries;
mod hostile;
mod keys;
mod register;
