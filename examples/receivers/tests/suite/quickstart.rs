//! The README of the crate shows the service of `examples/quickstart.rs`, which is compiled and tested here.

use std::fs;
use std::path::Path;

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect(path)
}

#[test]
fn the_readme_shows_the_service_and_its_test_as_they_are_compiled() {
    let example = read("examples/quickstart.rs");
    let readme = read("../../README.md");
    for part in ["service", "test"] {
        let (_, rest) = example
            .split_once(&format!("// README: {part}\n"))
            .expect(part);
        let (text, _) = rest.split_once("// README: end\n").expect(part);
        assert!(
            readme.contains(&format!("```rust,ignore\n{text}```\n")),
            "{part}"
        );
    }
}
