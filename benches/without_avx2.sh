#!/usr/bin/env bash
# Measures the ratios as on an x86-64 processor with SSE4.1 but without AVX2. It builds a copy of the sources without
# detection of processor features, and disables AVX2 in AWS-LC. The arguments are passed on to `ratios`.
#
# usage: without_avx2.sh [--check] [tokens|json|forms|…]
set -euo pipefail
cd "$(dirname "$0")/.."

copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
git ls-files -z | xargs -0 cp --parents -t "$copy"
sed -i -e '/^base64-simd = /s/, "detect"//' -e 's/^memchr = .*/memchr = { version = "2.7", default-features = false }/' \
    "$copy/Cargo.toml"
if grep -q '^base64-simd = .*detect' "$copy/Cargo.toml"; then
    echo "base64-simd still detects the features of the processor" >&2
    exit 1
fi

echo "Built for SSE4.1, with AVX2 disabled in AWS-LC:"
# The second word of the capabilities is CPUID leaf 7. Its bit 5 is AVX2.
export OPENSSL_ia32cap=:~0x20
RUSTFLAGS="-C target-feature=+sse4.1" CARGO_TARGET_DIR=$PWD/target/without-avx2 cargo bench --locked \
    --manifest-path "$copy/benches/Cargo.toml" --bench ratios -- "$@"
