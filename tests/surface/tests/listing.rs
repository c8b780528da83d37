//! `listings/` has every public item of a crate with all features, so that a review shows every change of the public
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
use std::sync::{Once, OnceLock};

/// The format that the pinned `public-api` reads.
const FORMAT: u64 = 57;

/// A crate whose items are listed.
struct Crate {
    package: &'static str,
    /// The crates of the types that are public. A public type of another crate ties users to the version that this one
    /// uses.
    public: &'static [&'static str],
    listing: OnceLock<Option<String>>,
}

static CRATE: Crate = Crate {
    package: "moneyhub-webhooks",
    // `str` is here for `str::eq`.
    public: &[
        "moneyhub_webhooks",
        "core",
        "alloc",
        "std",
        "chrono",
        "serde_core",
        "str",
    ],
    listing: OnceLock::new(),
};

static INBOX: Crate = Crate {
    package: "moneyhub-webhooks-inbox",
    public: &[
        "moneyhub_webhooks_inbox",
        "moneyhub_webhooks",
        "core",
        "alloc",
        "std",
        "chrono",
        "http",
        "http_body",
        "bytes",
        // Behind the features `axum` and `postgres`.
        "axum",
        "sqlx_core",
        "sqlx_postgres",
    ],
    listing: OnceLock::new(),
};

impl Crate {
    /// One item per line, without auto traits such as `Send` and without blanket and derived implementations. `None` if
    /// the JSON output of rustdoc has another format.
    fn listing(&self) -> Option<&str> {
        let list = || {
            let json = rustdoc_json(self.package)?;
            let api = public_api::Builder::from_rustdoc_json(json)
                .omit_blanket_impls(true)
                .omit_auto_trait_impls(true)
                .omit_auto_derived_impls(true)
                .build()
                .unwrap();
            Some(api.items().map(|item| format!("{item}\n")).collect())
        };
        self.listing.get_or_init(list).as_deref()
    }

    #[track_caller]
    fn assert_matches_its_listing(&self) {
        let Some(listing) = self.listing() else {
            return;
        };
        let path = folder().join(format!("listings/{}.txt", self.package));
        if std::env::var_os("UPDATE_LISTING").is_some() {
            std::fs::write(&path, listing).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap();
        let (now, then): (BTreeSet<_>, BTreeSet<_>) =
            (listing.lines().collect(), committed.lines().collect());
        let new: Vec<_> = now.difference(&then).collect();
        let removed: Vec<_> = then.difference(&now).collect();
        assert!(
            new.is_empty() && removed.is_empty(),
            "the public interface of {} has changed; if this is intended, run the test with UPDATE_LISTING=1\n\
                new: {new:#?}\nremoved: {removed:#?}",
            self.package
        );
    }

    /// The crates of public types that are not meant to be.
    fn foreign(&self) -> Vec<&str> {
        // The feature `rust_decimal` adds conversions from and to the type of that library.
        let items = self.listing().unwrap_or_default().lines();
        let own = items.filter(|item| !item.contains("rust_decimal::"));
        own.flat_map(crates)
            .filter(|name| !self.public.contains(name))
            .collect()
    }
}

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The JSON output of rustdoc. `None` if it has another format.
fn rustdoc_json(package: &str) -> Option<PathBuf> {
    static RUSTDOC: Once = Once::new();
    let root = folder().join("../..");
    RUSTDOC.call_once(|| {
        // Together, so that they share their dependencies.
        let packages = [&CRATE, &INBOX].map(|of| ["--package", of.package]);
        let done = Command::new(env!("CARGO"))
            .args(["doc", "--locked", "--quiet", "--no-deps", "--all-features"])
            .args(packages.as_flattened())
            .env("RUSTDOC", folder().join("rustdoc.sh"))
            .env(
                "RUSTDOCFLAGS",
                "-Zunstable-options --output-format=json --cap-lints=allow",
            )
            .current_dir(&root)
            .status();
        assert!(done.unwrap().success(), "rustdoc failed");
    });
    let json = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| root.join("target"), PathBuf::from)
        .join(format!("doc/{}.json", package.replace('-', "_")));
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
}

#[test]
fn the_public_interface_matches_the_listing() {
    CRATE.assert_matches_its_listing();
}

#[test]
fn the_public_interface_of_the_inbox_matches_the_listing() {
    INBOX.assert_matches_its_listing();
}

#[test]
fn only_types_of_this_crate_std_chrono_and_serde_are_public() {
    assert_eq!(CRATE.foreign(), Vec::<&str>::new());
}

#[test]
fn only_types_of_http_and_of_the_features_are_public_in_the_inbox() {
    assert_eq!(INBOX.foreign(), Vec::<&str>::new());
}

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
