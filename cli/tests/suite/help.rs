//! Help, version, completions and the manual page.

use crate::support::run;

#[test]
fn the_help_of_each_command_has_examples_and_exit_statuses() {
    for command in ["inspect", "listen", "send", "keys", "doctor"] {
        let help = run(&[command, "--help"]);
        assert_eq!(help.status, 0);
        assert!(
            help.stdout.contains("\nExamples:\n  moneyhub-webhooks "),
            "{}",
            help.stdout
        );
        assert!(help.stdout.contains("\nExit status: 0 "), "{}", help.stdout);
        // The hand-formatted part is not wrapped.
        let laid_out = help.stdout.split_once("\nExamples:\n").unwrap().1;
        let source = [
            include_str!("../../src/inspect.rs"),
            include_str!("../../src/keys.rs"),
            include_str!("../../src/doctor.rs"),
        ];
        let source = [
            source.concat(),
            include_str!("../../src/listen.rs").to_owned(),
        ];
        let source = [
            source.concat(),
            include_str!("../../src/send.rs").to_owned(),
        ]
        .concat();
        assert!(source.contains(laid_out.trim_end()), "{laid_out}");
    }
    let version = run(&["--version"]);
    assert_eq!(
        version.stdout,
        concat!("moneyhub-webhooks ", env!("CARGO_PKG_VERSION"), "\n")
    );
}

#[test]
fn every_shell_has_completions_and_there_is_a_manual_page() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = run(&["completions", shell]);
        assert_eq!(script.status, 0);
        for word in [
            "inspect",
            "listen",
            "send",
            "moneyhub-webhooks",
            "forward-to",
        ] {
            assert!(script.stdout.contains(word), "{shell}: {word}");
        }
        // These shells also complete the names of faults and events.
        if ["bash", "zsh", "fish"].contains(&shell) {
            assert!(script.stdout.contains("not-yet-valid"), "{shell}");
        }
    }
    assert!(run(&["man"]).stdout.contains(".TH moneyhub-webhooks 1"));
}
