#!/usr/bin/env bash
# The ratios as on an x86-64 processor that has SSE4.1 and not AVX2: a copy of the sources in which nothing asks the
# processor what it has, and an AWS-LC that is told so. Its arguments go to `ratios`.
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
    echo "base64-simd still asks the processor" >&2
    exit 1
fi

echo "Built for SSE4.1, and AWS-LC told that there is no AVX2:"
# The second word of the capabilities is that of CPUID leaf 7, whose bit 5 is AVX2.
export OPENSSL_ia32cap=:~0x20
RUSTFLAGS="-C target-feature=+sse4.1" CARGO_TARGET_DIR=$PWD/target/without-avx2 cargo bench --locked \
    --manifest-path "$copy/benches/Cargo.toml" --bench ratios -- "$@"
