//! The same bodies, one run, other libraries: what `run.sh` calls.
//!
//! `bodies FOLDER` writes what all programs read, `round FOLDER NUMBER` has the Rust peers take their turns
//! once, and `table` makes the table of what the rounds of all programs have printed.

mod bodies;
mod peer;
mod peers;
mod policy;
mod round;
mod table;

use std::path::Path;

use peers::PEERS;

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["bodies", folder] => bodies::write(Path::new(folder)),
        ["round", folder, number] => {
            round::run(&PEERS, Path::new(folder), number.parse().expect("a number"))
        }
        ["table"] => table::print(std::io::stdin().lines().map(Result::unwrap)),
        _ => panic!("one of: bodies FOLDER, round FOLDER NUMBER, table"),
    }
}
