//! The links of the documents work, in the published package too.

use std::fs::read_to_string;
use std::path::Path;

/// The documents that are read without the repository: on crates.io, on docs.rs, or in an unpacked package.
const PACKAGED: [&str; 4] = [
    "README.md",
    "SECURITY.md",
    "THREAT_MODEL.md",
    "CHANGELOG.md",
];

const DOCS_RS: &str = "https://docs.rs/moneyhub-webhooks/latest/moneyhub_webhooks/";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The targets of the links and images in a Markdown document: `[…](target)` and `[…]: target`.
fn links(text: &str) -> Vec<&str> {
    let inline = text
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split([')', ' ']).next());
    let defined = text.lines().filter(|line| line.starts_with('['));
    inline
        .chain(
            defined
                .filter_map(|line| line.split_once("]: "))
                .map(|(_, target)| target),
        )
        .collect()
}

/// The ids that headings get on GitHub and crates.io.
fn anchors(text: &str) -> Vec<String> {
    let headings = text.lines().filter_map(|line| {
        line.strip_prefix('#')?
            .trim_start_matches('#')
            .strip_prefix(' ')
    });
    let id = |heading: &str| {
        let kept = heading
            .chars()
            .filter(|char| char.is_alphanumeric() || " -_".contains(*char));
        kept.collect::<String>().to_lowercase().replace(' ', "-")
    };
    headings.map(id).collect()
}

/// Whether `include` in Cargo.toml packages this file. A folder with its own Cargo.toml is not packaged.
fn is_packaged(path: &str) -> bool {
    let manifest = read("Cargo.toml");
    let (_, rest) = manifest.split_once("\ninclude = [").unwrap();
    let (patterns, _) = rest.split_once(']').unwrap();
    let matches = |pattern: &str| match pattern.split_once("**/*") {
        Some((folder, ending)) => path.starts_with(folder) && path.ends_with(ending),
        None => path == pattern,
    };
    let is_included = patterns
        .split('"')
        .filter_map(|pattern| pattern.strip_prefix('/'))
        .any(matches);
    let mut folders = Path::new(path)
        .ancestors()
        .skip(1)
        .filter(|folder| !folder.as_os_str().is_empty());
    is_included
        && root().join(path).is_file()
        && !folders.any(|folder| root().join(folder).join("Cargo.toml").exists())
}

#[test]
fn every_relative_link_of_a_packaged_document_leads_to_a_packaged_file_or_a_heading() {
    let mut relative = 0;
    for document in PACKAGED {
        let text = read(document);
        for link in links(&text)
            .into_iter()
            .filter(|link| !link.starts_with("https://"))
        {
            relative += 1;
            match link.split_once('#') {
                Some(("", anchor)) => {
                    assert!(
                        anchors(&text).iter().any(|id| id == anchor),
                        "{document}: {link}"
                    )
                }
                _ => assert!(is_packaged(link), "{document}: {link}"),
            }
        }
    }
    assert!(relative > 0);
}

/// The address of the repository. Until it is known, its owner is a placeholder.
fn repository() -> String {
    let manifest = read("Cargo.toml");
    let (_, rest) = manifest.split_once("\nrepository = \"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[test]
fn every_link_into_the_repository_has_its_address_and_leads_to_a_folder() {
    // Only a package is without it.
    let is_repository = root().join("CONTRIBUTING.md").exists();
    let mut folders = 0;
    for document in PACKAGED {
        for link in links(&read(document)) {
            let Some(rest) = link.strip_prefix("https://github.com/") else {
                continue;
            };
            let (owner_and_name, folder) = rest.split_once("/tree/main/").unwrap();
            assert_eq!(format!("https://github.com/{owner_and_name}"), repository());
            let is_there = root().join(folder).is_dir() || !is_repository;
            assert!(is_there, "{document}: {link}");
            folders += 1;
        }
    }
    assert!(folders >= 3, "{folders}");
}

#[test]
fn files_outside_the_package_are_not_packaged() {
    for path in [
        "cli/listen.png",
        "benches/README.md",
        "inbox/src/lib.rs",
        "CONTRIBUTING.md",
        "src",
    ] {
        assert!(!is_packaged(path), "{path}");
    }
    assert!(
        is_packaged("README.md")
            && is_packaged("fixtures/keys/jwks.json")
            && is_packaged("src/lib.rs")
    );
}

#[test]
fn every_link_of_the_readme_to_docs_rs_leads_to_an_item_or_a_page() {
    let readme = read("README.md");
    let exports = read("src/lib.rs");
    let targets: Vec<_> = links(&readme)
        .into_iter()
        .filter_map(|link| link.strip_prefix(DOCS_RS))
        .collect();
    for target in &targets {
        let is_there = match target.strip_suffix('/') {
            Some(module) => match module.strip_prefix("guide/") {
                Some(page) => pages().iter().any(|other| other == page),
                None => exports.contains(&format!("\npub mod {module};")),
            },
            None => {
                let item = target
                    .strip_suffix(".html")
                    .and_then(|item| item.split_once('.'));
                item.is_some_and(|(_, name)| {
                    exports
                        .split(|char: char| !char.is_alphanumeric())
                        .any(|word| word == name)
                })
            }
        };
        assert!(is_there, "{target}");
    }

    // A name is a link only if its target is given.
    for page in readme
        .split("[guide::")
        .skip(1)
        .filter_map(|rest| rest.split(']').next())
    {
        assert!(targets.contains(&&*format!("guide/{page}/")), "{page}");
    }
}

/// The pages of the guide, by name.
fn pages() -> Vec<String> {
    let guide = read("src/guide.rs");
    let pages = guide
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.split([';', ' ']).next());
    let mut pages: Vec<_> = pages.map(str::to_owned).collect();
    pages.sort();
    pages
}

#[test]
fn every_page_of_the_guide_is_listed_in_the_guide() {
    let listed = |document: &str, prefix: &str| -> Vec<(String, String)> {
        let text = read(document);
        let rows = text
            .lines()
            .filter_map(|line| line.strip_prefix(prefix)?.split_once("`] | "));
        rows.map(|(page, question)| (page.to_owned(), question.to_owned()))
            .collect()
    };
    let in_guide = listed("src/guide.rs", "//! | [`");
    let mut names: Vec<_> = in_guide.into_iter().map(|(page, _)| page).collect();
    names.sort();
    assert_eq!(names, pages());
}
