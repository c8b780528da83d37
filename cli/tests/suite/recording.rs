//! The file of `listen --record`: it holds personal data, and belongs to its user alone.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::process::Child;

use crate::support::{Listening, command, scratch};

fn mode(file: &str) -> u32 {
    std::fs::metadata(file).unwrap().permissions().mode() & 0o777
}

/// What `listen` says before it exits with 1.
fn rejected(file: &str) -> String {
    let args = ["listen", "--port", "0", "--record", file];
    let mut child = command(&args).spawn().unwrap();
    let begun = first_line(&mut child);
    if !begun.is_empty() {
        child.kill().unwrap();
    }
    let end = child.wait_with_output().unwrap();
    assert_eq!(end.status.code(), Some(1), "{begun}");
    String::from_utf8(end.stderr).unwrap()
}

fn first_line(child: &mut Child) -> String {
    let mut first = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut first).unwrap();
    first
}

#[test]
fn a_file_that_others_could_read_is_tightened_with_a_warning() {
    let file = scratch("readable.jsonl");
    std::fs::write(&file, "before\n").unwrap();
    for (before, after) in [(0o644, 0o600), (0o620, 0o600), (0o700, 0o700)] {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(before)).unwrap();
        let listening = Listening::start(&["--record", &file]);
        assert_eq!(mode(&file), after);
        listening.post("/", b"x");
        let end = listening.interrupt();
        let warning = format!(
            "warning: {file}: other users could read or write this file; from now on only you can\n"
        );
        assert_eq!(
            end.stderr.contains(&warning),
            before != after,
            "{}",
            end.stderr
        );
    }
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(
        text.starts_with("before\n") && text.lines().count() == 4,
        "{text}"
    );
}

#[test]
fn nothing_is_recorded_through_a_link_or_into_the_file_of_another_user() {
    let target = scratch("target.jsonl");
    let link = scratch("link.jsonl");
    for exists in [false, true] {
        if exists {
            std::fs::write(&target, "").unwrap();
        }
        symlink(&target, &link).unwrap();
        let told = rejected(&link);
        assert!(
            told.contains("a recording is not written through a symbolic link"),
            "{told}"
        );
        assert_eq!(std::path::Path::new(&target).exists(), exists);
        std::fs::remove_file(&link).unwrap();
    }
    std::fs::hard_link(&target, &link).unwrap();
    let told = rejected(&link);
    assert!(
        told.contains("the file has other names (hard links)"),
        "{told}"
    );

    // Only root can give a file away. For other users the files of root are those of another user.
    let other = scratch("other.jsonl");
    std::fs::write(&other, "").unwrap();
    std::fs::set_permissions(&other, std::fs::Permissions::from_mode(0o666)).unwrap();
    if chown(&other, Some(12345), None).is_ok() {
        let told = rejected(&other);
        assert!(told.contains("the file is of another user"), "{told}");
        assert_eq!(mode(&other), 0o666);
    } else {
        rejected("/etc/passwd");
    }
}

#[test]
fn a_device_can_be_recorded_to() {
    let mut child = command(&["listen", "--port", "0", "--record", "/dev/null"])
        .spawn()
        .unwrap();
    let first = first_line(&mut child);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(first.starts_with("listening on "), "{first}");
}
