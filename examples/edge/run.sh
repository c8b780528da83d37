#!/usr/bin/env bash
# Builds the module for wasm32-unknown-unknown and tests it: against the native build, under Node, and on workerd.
#
# Exits with 3, after saying why, if there is no Node or no compiler for the target.
set -euo pipefail
cd "$(dirname "$0")"
. ./toolchain.sh

say() { printf '\n== %s\n' "$*"; }
missing() {
    echo "NOTE: $*: the module is not built and not tested"
    exit 3
}
# The servers are on loopback, and not behind a proxy.
export NO_PROXY="${NO_PROXY:+$NO_PROXY,}127.0.0.1,localhost" no_proxy="${no_proxy:+$no_proxy,}127.0.0.1,localhost"

node --version >/dev/null 2>&1 && npm --version >/dev/null 2>&1 || missing "there is no Node with npm"

target=$(cargo metadata --format-version 1 --no-deps --locked | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

wasm_toolchain || missing "there is no compiler for wasm32-unknown-unknown"

# The glue is of the same version as the crate, or wasm-bindgen refuses.
version=$(sed -n '/^name = "wasm-bindgen"$/{n;s/version = "\(.*\)"/\1/p}' ../../Cargo.lock)
bindgen=$edge_cache/wasm-bindgen-$version/bin/wasm-bindgen
if [ ! -x "$bindgen" ]; then
    cargo install --quiet --root "$edge_cache/wasm-bindgen-$version" "wasm-bindgen-cli@$version" \
        --target-dir "$work/wasm-bindgen"
fi

# `module FOLDER FEATURES`
module() {
    RUSTC=$wasm_rustc cargo build --quiet --locked --release -p moneyhub-webhooks-edge --lib --features "$2" \
        --target wasm32-unknown-unknown --target-dir "$target/edge"
    "$bindgen" --target web --out-dir "$1" --out-name edge \
        "$target/edge/wasm32-unknown-unknown/release/moneyhub_webhooks_edge.wasm"
}

say "the module, by $("$wasm_rustc" --version)"
module pkg/rows rows
module pkg ""
echo "$(wc -c <pkg/edge_bg.wasm) bytes, $(gzip -9 <pkg/edge_bg.wasm | wc -c) compressed"

say "what the native build answers"
cargo build --quiet --locked -p moneyhub-webhooks-edge --features rows,aws-lc --bin edge-rows
"$target/debug/edge-rows" ../../fixtures ../../fuzz/seeds >"$work/rows"
echo "$(wc -l <"$work/rows") rows"

say "the same rows, in WebAssembly"
node test/rows.mjs "$work/rows"

say "the receiver under Node $(node --version)"
node --test test/node.test.mjs

say "the worker on workerd"
npm ci --silent --ignore-scripts
node --test test/workerd.test.mjs
