//! What the binary says of itself.

use crate::support::run;

#[test]
fn each_command_explains_itself_with_examples_and_its_exit_status() {
    for command in ["inspect", "listen", "send", "keys"] {
        let help = run(&[command, "--help"]);
        assert_eq!(help.status, 0);
        assert!(help.stdout.contains("\nExamples:\n  moneyhub-webhooks "), "{}", help.stdout);
        assert!(help.stdout.contains("\nExit status: 0 "), "{}", help.stdout);
        // What is laid out by hand fits: nothing of it is wrapped.
        let laid_out = help.stdout.split_once("\nExamples:\n").unwrap().1;
        let source = [include_str!("../../src/inspect.rs"), include_str!("../../src/keys.rs")];
        let source = [source.concat(), include_str!("../../src/listen.rs").to_owned()];
        let source = [source.concat(), include_str!("../../src/send.rs").to_owned()].concat();
        assert!(source.contains(laid_out.trim_end()), "{laid_out}");
    }
    let version = run(&["--version"]);
    assert_eq!(version.stdout, concat!("moneyhub-webhooks ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn every_shell_has_completions_and_there_is_a_manual_page() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = run(&["completions", shell]);
        assert_eq!(script.status, 0);
        for word in ["inspect", "listen", "send", "moneyhub-webhooks", "forward-to"] {
            assert!(script.stdout.contains(word), "{shell}: {word}");
        }
        // The names of faults and events, where the shell can.
        if ["bash", "zsh", "fish"].contains(&shell) {
            assert!(script.stdout.contains("not-yet-valid"), "{shell}");
        }
    }
    assert!(run(&["man"]).stdout.contains(".TH moneyhub-webhooks 1"));
}
