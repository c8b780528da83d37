//! The documents agree with the code: a missing or outdated row, or a broken link, fails here.

mod links;
#[allow(clippy::print_stdout, reason = "the README shows it")]
mod quickstart;

use std::time::Duration;

use moneyhub_webhooks::{ErrorKind, EventType, KeyCache};

use crate::support::{fixture_path, json_fixture, parse_json};

/// The rows of a document's tables whose first cell begins with code.
fn rows(path: &str) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(fixture_path(path)).unwrap();
    text.lines()
        .map(|line| line.strip_prefix("//! ").unwrap_or(line))
        .filter(|line| line.starts_with("| `"))
        .map(|line| {
            line.trim_matches('|')
                .split('|')
                .map(|cell| cell.trim().to_owned())
                .collect()
        })
        .collect()
}

/// The one row of an event.
fn row_of(rows: &[Vec<String>], event_type: EventType) -> &[String] {
    let of_event: Vec<_> = rows
        .iter()
        .filter(|row| row[0] == code(event_type))
        .collect();
    let [row] = of_event[..] else {
        panic!("{event_type}: {of_event:?}")
    };
    row
}

fn code(text: impl std::fmt::Display) -> String {
    format!("`{text}`")
}

#[test]
fn the_readme_names_every_event_in_the_row_of_its_family() {
    let rows = rows("../README.md");
    let named = |family: &str| {
        let of_family: Vec<_> = rows.iter().filter(|row| row[0] == code(family)).collect();
        let [row] = of_family[..] else {
            panic!("{family}: {of_family:?}")
        };
        row[1].clone()
    };
    for event_type in EventType::ALL {
        let family = format!("{:?}", event_type.family());
        let events = EventType::ALL
            .iter()
            .filter(|other| other.family() == event_type.family());
        assert_eq!(
            named(&family),
            events.map(code).collect::<Vec<_>>().join(", ")
        );
    }
}

/// The name of the payload type, as `Debug` shows it.
fn payload_type(event_type: EventType) -> String {
    let event = parse_json(&json_fixture(event_type)).unwrap().into_event();
    let shown = format!("{event:?}");
    shown.split(['(', ' ']).nth(1).unwrap().to_owned()
}

#[test]
fn the_guide_has_a_row_for_every_event_with_payload_type_fixtures_and_page() {
    let rows = rows("../src/guide/events.rs");
    for event_type in EventType::ALL {
        let row = row_of(&rows, *event_type);
        assert_eq!(row[1], format!("[{}]", code(payload_type(*event_type))));
        for fixture in [
            format!("json/{event_type}.json"),
            format!("tokens/{event_type}.jwt"),
        ] {
            assert!(fixture_path(&fixture).exists(), "{fixture}");
        }
        let page = event_type.documentation().rsplit('/').next().unwrap();
        assert_eq!(row[2], format!("[{page}]"));
    }
    assert_eq!(rows.len(), EventType::ALL.len() + 1, "with the heading");

    // A name is a link only if its target is given.
    let text = std::fs::read_to_string(fixture_path("../src/guide/events.rs")).unwrap();
    for event_type in EventType::ALL {
        let page = event_type.documentation();
        let name = page.rsplit('/').next().unwrap();
        assert!(text.contains(&format!("//! [{name}]: {page}\n")), "{page}");
    }
}

#[test]
fn the_troubleshooting_guide_has_a_heading_for_every_error_kind_in_order() {
    let kinds: Vec<_> = ErrorKind::ALL
        .iter()
        .map(|kind| format!("{kind:?}"))
        .collect();
    let guide = std::fs::read_to_string(fixture_path("../src/guide/troubleshooting.rs")).unwrap();
    let headings = guide
        .lines()
        .filter_map(|line| line.strip_prefix("//! # `")?.strip_suffix('`'));
    assert_eq!(headings.collect::<Vec<_>>(), kinds);
}

#[test]
fn the_guide_to_answers_gives_the_status_of_every_error_kind() {
    let rows = rows("../src/guide/answers.rs");
    for kind in ErrorKind::ALL {
        let kinds = |row: &[String]| row[0].split(", ").map(str::to_owned).collect::<Vec<_>>();
        let of_kind: Vec<_> = rows
            .iter()
            .filter(|row| kinds(row).contains(&code(format!("{kind:?}"))))
            // What is stored, or deferred, has a row of its own.
            .filter(|row| row[1] != "202")
            .collect();
        let [row] = of_kind[..] else {
            panic!("{kind:?}: {of_kind:?}")
        };
        assert_eq!(row[1], kind.http_status().to_string(), "{kind:?}");
    }
    let accepted: Vec<_> = rows
        .iter()
        .filter(|row| row[0].starts_with("`Ok`"))
        .map(|row| &*row[1])
        .collect();
    assert_eq!(accepted, ["202", "202", "202", "202", "503"]);
}

#[test]
fn the_guide_to_keys_gives_the_default_of_every_setting() {
    let guide = std::fs::read_to_string(fixture_path("../src/guide/keys.rs")).unwrap();
    let rows: Vec<Vec<_>> = guide
        .lines()
        .map(|line| line.split(" | ").collect())
        .collect();
    let is_given = |setting: &str, default: &str| {
        let mut of_setting = rows
            .iter()
            .filter(|row| row.len() > 2 && row[1].contains(&code(setting)));
        of_setting.any(|row| row[2] == default)
    };
    let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
    assert!(is_given("max_age", "10 minutes") && KeyCache::DEFAULT_MAX_AGE == minutes(10));
    assert!(is_given("hard_limit", "24 hours") && KeyCache::DEFAULT_HARD_LIMIT == minutes(24 * 60));
    assert!(
        is_given("cooldown", "30 seconds") && KeyCache::DEFAULT_COOLDOWN == Duration::from_secs(30)
    );
    #[cfg(feature = "remote-keys")]
    {
        use moneyhub_webhooks::keys::RemoteKeysBuilder;
        assert!(is_given("timeout", "2 seconds"));
        assert_eq!(RemoteKeysBuilder::DEFAULT_TIMEOUT, Duration::from_secs(2));
        assert!(
            is_given("max_deferred", "10 tokens") && RemoteKeysBuilder::DEFAULT_MAX_DEFERRED == 10
        );
        assert!(is_given("max_deferred_in_outage", "1000 tokens"));
        assert_eq!(RemoteKeysBuilder::DEFAULT_MAX_DEFERRED_IN_OUTAGE, 1000);
    }
}

#[test]
fn the_documents_tell_users_to_depend_on_this_version() {
    let (minor, _) = env!("CARGO_PKG_VERSION").rsplit_once('.').unwrap();
    for (path, count) in [("../src/guide/backends.rs", 1), ("../src/testing.rs", 1)] {
        let text = std::fs::read_to_string(fixture_path(path)).unwrap();
        let versions = text.split("moneyhub-webhooks = { version = \"").skip(1);
        let versions: Vec<_> = versions
            .map(|rest| rest.split('"').next().unwrap())
            .collect();
        assert_eq!(versions, vec![minor; count], "{path}");
    }
}

#[test]
fn the_list_of_fixtures_has_a_row_for_every_event_and_its_page() {
    let rows = rows("README.md");
    for event_type in EventType::ALL {
        let row = row_of(&rows, *event_type);
        let page = event_type.documentation().rsplit('/').next().unwrap();
        assert_eq!(row[1], code(page));
    }
}

const ROWS_OF_BODIES: usize = 48;
const ROWS_OF_OTHER_PACKAGES: usize = 12;

#[test]
fn every_test_named_in_the_table_of_attacks_exists() {
    fn sources_in(folder: &std::path::Path) -> String {
        let mut all = String::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                all += &sources_in(&path);
            } else {
                all += &std::fs::read_to_string(path).unwrap();
            }
        }
        all
    }

    // The tests of live keys are in a package that the published crate does not contain.
    let others = fixture_path("../tests/features/tests");
    let has_others = others.exists();
    let mut sources = sources_in(&fixture_path("../tests/suite"));
    if has_others {
        sources += &sources_in(&others);
    }
    let table = std::fs::read_to_string(fixture_path("../THREAT_MODEL.md")).unwrap();
    let rows = table
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| #"));
    let mut numbers = 0;
    for row in rows {
        numbers += 1;
        if numbers > ROWS_OF_BODIES && !has_others {
            continue;
        }
        let tests = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        for test in tests
            .split('`')
            .filter(|word| word.contains('_') && !word.contains(' '))
        {
            assert!(sources.contains(&format!("fn {test}(")), "{test}");
        }
    }
    assert_eq!(numbers, ROWS_OF_BODIES + ROWS_OF_OTHER_PACKAGES);
}
