//! Other libraries with the same bodies. `run.sh` calls this program.
//!
//! `bodies FOLDER` writes the files that all programs read. `round FOLDER NUMBER` runs each Rust peer once. `table`
//! reads the output of all rounds and prints the table.

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
