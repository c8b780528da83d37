# Shortcuts for development. `just` lists them.

_default:
    @just --list

# The checks that a change must pass, or parts of them: `just ci lint test`
ci *parts:
    bash .ci/run {{parts}}

# The tests, with the default backend and with the other backend
test:
    cargo test
    cargo test --no-default-features --features rust-crypto

# Live keys against servers, metrics with a recorder, the JSON Schema with a validator (one of them: `just features live`)
features *target:
    NO_PROXY=127.0.0.1,localhost cargo test -p moneyhub-webhooks-feature-tests {{ if target == "" { "" } else { "--test " + target } }}

# The inbox on SQLite and PostgreSQL (Debian: postgresql)
inbox:
    POSTGRES_REQUIRED=1 cargo test -p moneyhub-webhooks-inbox --all-features

# The inbox while it and its database are killed (Debian: postgresql, strace)
kills:
    cargo test -p moneyhub-webhooks-inbox --all-features --test kills

# The gateway with both stores and behind nginx (Debian: postgresql, nginx-light), and with libraries of PyPI and npm
gateway:
    PATH=$PATH:/usr/sbin POSTGRES_REQUIRED=1 NGINX_REQUIRED=1 NO_PROXY=127.0.0.1,localhost \
        gateway/tests/services/run.sh cargo test -p moneyhub-webhooks-gateway

# The alert rules of the inbox (Debian: prometheus)
alerts:
    promtool check rules inbox/watch/alerts.yml
    promtool test rules inbox/watch/alerts.test.yml

# The public interface against its listing (`just surface 1` writes the listing)
surface update="":
    {{ if update == "" { "" } else { "UPDATE_LISTING=1" } }} cargo test -p moneyhub-webhooks-surface-tests

# The crate as WebAssembly, on Node and workerd, compared with the native build (Node; the target, of rustup or Debian)
edge:
    examples/edge/run.sh

# The tests of the command line, and of its page in a browser (Debian: chromium, chromium-driver)
cli:
    NO_PROXY=127.0.0.1,localhost cargo test -p moneyhub-webhooks-cli
    cargo build -p moneyhub-webhooks-cli
    NO_PROXY=127.0.0.1,localhost cli/tests/page.py target/debug/moneyhub-webhooks

# Format and lints
lint:
    cargo fmt --check
    cargo clippy --all-targets -- -D warnings
    cargo clippy --all-targets --no-default-features --features rust-crypto -- -D warnings
    cargo clippy --all-targets --all-features -- -D warnings

# Build and open the documentation
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --all-features --open

# The time of parsing, as ratios to references (a part of it: `just bench tokens`)
bench *part:
    cargo bench -p moneyhub-webhooks-benches --bench ratios -- {{part}}

# The instructions of parsing, against the recorded counts (valgrind, cargo install gungraun-runner)
instructions *record:
    benches/instructions.sh {{record}}

# The time of other libraries for the same bodies
peers:
    benches/peers/run.sh

# The crate against other software (parts of it: `just interop issuers`)
interop *arguments:
    tests/interop/run.sh {{arguments}}

# Sign the token fixtures again from the JSON fixtures
fixtures:
    UPDATE_FIXTURES=1 cargo test --test suite

# Advisories, licenses, bans and sources of the dependencies (cargo install cargo-deny)
deny:
    cargo deny --workspace check

# Run each fuzz target for half a minute (cargo install cargo-fuzz; nightly)
fuzz seconds="30":
    fuzz/smoke.sh {{seconds}}

# Changes of the code that no test detects (cargo install cargo-mutants)
mutants:
    cargo mutants -- --lib --test suite
