//! The commands print what the documents show.

use std::process::Command;

use crate::support::fixture_path;

/// The commands in a document and their output, if it is the same every time.
fn captures(document: &str) -> Vec<(Vec<String>, String)> {
    let blocks = document
        .split("```console\n")
        .skip(1)
        .map(|block| block.split("```").next().unwrap());
    let commands = blocks.flat_map(|block| block.split("$ moneyhub-webhooks ").skip(1));
    let capture = |command: &str| {
        let command = command.replace("\\\n", " ");
        let (command, printed) = command.split_once('\n')?;
        let args: Vec<_> = command.split_whitespace().map(str::to_owned).collect();
        ["inspect", "keys", "doctor"]
            .contains(&args[0].as_str())
            .then(|| (args, printed.to_owned()))
    };
    commands.filter_map(capture).collect()
}

#[test]
fn the_commands_print_what_the_documents_show() {
    let captures = captures(include_str!("../../README.md"));
    assert_eq!(captures.len(), 3);
    let root = fixture_path("..");
    for (args, printed) in captures {
        let mut command = Command::new(env!("CARGO_BIN_EXE_moneyhub-webhooks"));
        let output = command.args(&args).current_dir(&root).output().unwrap();
        let output = String::from_utf8(output.stdout).unwrap();
        match printed.strip_suffix("…\n") {
            Some(beginning) => assert!(output.starts_with(beginning), "{args:?}: {output}"),
            None => assert_eq!(output, printed, "{args:?}"),
        }
    }
}
