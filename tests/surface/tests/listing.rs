//! `listing.txt` lists every public item of the crate with all features, so that a review shows every change of the public
//! interface. `UPDATE_LISTING=1 cargo test -p moneyhub-webhooks-surface-tests` writes it.
//!
//! The tests need a compiler whose rustdoc writes the format that `public-api` reads. With another compiler they print
//! that they are skipped, or fail if `LISTING_REQUIRED=1` is set.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test may fail by panicking"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The format that the pinned `public-api` reads.
const FORMAT: u64 = 57;

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The JSON output of rustdoc. `None` if it has another format.
fn rustdoc_json() -> Option<&'static Path> {
    static JSON: OnceLock<Option<PathBuf>> = OnceLock::new();
    JSON.get_or_init(|| {
        let crate_folder = folder().join("../..");
        let done = Command::new(env!("CARGO"))
            .args([
                "rustdoc",
                "--locked",
                "--quiet",
                "--lib",
                "--all-features",
                "--package",
                "moneyhub-webhooks",
            ])
            .args([
                "--",
                "-Zunstable-options",
                "--output-format=json",
                "--cap-lints=allow",
            ])
            .env("RUSTDOC", folder().join("rustdoc.sh"))
            .current_dir(&crate_folder)
            .status();
        assert!(done.unwrap().success(), "rustdoc failed");
        let json = std::env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| crate_folder.join("target"), PathBuf::from)
            .join("doc/moneyhub_webhooks.json");
        let text = std::fs::read_to_string(&json).unwrap();
        let format =
            serde_json::from_str::<serde_json::Value>(&text).unwrap()["format_version"].as_u64();
        if format == Some(FORMAT) {
            return Some(json);
        }
        assert!(
            std::env::var_os("LISTING_REQUIRED").is_none(),
            "rustdoc writes format {format:?}, not {FORMAT}"
        );
        println!(
            "SKIPPED: rustdoc writes JSON of format {format:?}, and this test reads format {FORMAT}"
        );
        None
    })
    .as_deref()
}

/// One item per line, without auto traits such as `Send` and without blanket and derived implementations.
fn listing() -> Option<String> {
    let json = rustdoc_json()?;
    let api = public_api::Builder::from_rustdoc_json(json)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build()
        .unwrap();
    Some(api.items().map(|item| format!("{item}\n")).collect())
}

#[test]
fn the_public_interface_matches_the_listing() {
    let Some(listing) = listing() else { return };
    let path = folder().join("listing.txt");
    if std::env::var_os("UPDATE_LISTING").is_some() {
        std::fs::write(&path, &listing).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap();
    let (now, then): (BTreeSet<_>, BTreeSet<_>) =
        (listing.lines().collect(), committed.lines().collect());
    let new: Vec<_> = now.difference(&then).collect();
    let removed: Vec<_> = then.difference(&now).collect();
    assert!(
        new.is_empty() && removed.is_empty(),
        "the public interface has changed; if this is intended, run the test with UPDATE_LISTING=1\nnew: {new:#?}\nremoved: {removed:#?}"
    );
}

/// A public type of another crate would tie users to the version that this crate uses.
#[test]
fn only_types_of_this_crate_std_chrono_and_serde_are_public() {
    let Some(listing) = listing() else { return };
    // The feature `rust_decimal` adds conversions from and to the type of that library.
    let own = listing
        .lines()
        .filter(|item| !item.contains("rust_decimal::"));
    let foreign: Vec<_> = own
        .flat_map(crates)
        .filter(|name| !ALLOWED.contains(name))
        .collect();
    assert_eq!(foreign, Vec::<&str>::new());
}

/// `str` is here for `str::eq`.
const ALLOWED: [&str; 7] = [
    "moneyhub_webhooks",
    "core",
    "alloc",
    "std",
    "chrono",
    "serde_core",
    "str",
];

/// The first segment of each path in an item.
fn crates(item: &str) -> impl Iterator<Item = &str> {
    item.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_' || letter == ':'))
        .filter_map(|path| path.split_once("::"))
        .map(|(first, _)| first)
        .filter(|first| !first.is_empty() && *first != "Self" && !is_parameter(first))
}

/// Whether this is a type parameter, going by its initial capital letter.
fn is_parameter(name: &str) -> bool {
    name.starts_with(|letter: char| letter.is_ascii_uppercase())
}
