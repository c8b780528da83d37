//! What the feature `metrics` records: each series and its value, pinned, and which series there can be at all.

mod support;

mod deliveries;
mod hostile;
mod keys;
mod register;
