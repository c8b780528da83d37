#!/usr/bin/env bash
# Other libraries read what this crate writes: the tokens of its test issuer, and its JSON, which they also validate by
# the JSON Schema and write again. Prints rows of part, case, expected and got, separated by tabs.
set -euo pipefail
cd "$(dirname "$0")"

export PYTHONDONTWRITEBYTECODE=1
schema=../../../fixtures/schema/webhook.schema.json
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

say() { echo "$*" >&2; }
skipped() { printf 'SKIPPED\t%s\t%s\n' "$1" "$2"; }
has() { command -v "$1" >/dev/null; }
complete() { has node && has npm && has python3 && has openssl && python3 -c 'import ensurepip' 2>/dev/null; }

if ! complete && [ "${INTEROP_INSTALLED_ONLY:-0}" = 0 ] && [ "$(id -u)" = 0 ] && has apt-get; then
    say "== install Debian packages"
    wait=(-o DPkg::Lock::Timeout=300)
    { apt-get "${wait[@]}" update -qq &&
        apt-get "${wait[@]}" install -y -qq --no-install-recommends nodejs npm python3-venv openssl; } >&2 || true
fi

say "== build"
# shellcheck source=tests/interop/programs.sh
. ../programs.sh
"$BINARIES/readers" write "$work"

lines=$work/lines.tsv
if has node && has npm; then
    say "VERSION Node $(node --version)"
    npm ci --silent >&2
    node read.js "$work" "$schema" >"$lines"
else
    skipped "jose, jsonwebtoken, ajv, JSON of Node and lossless-json" "Node is not installed" >"$lines"
fi

if has python3 && python3 -m venv venv >&2; then
    say "VERSION Python $(python3 --version | cut -d' ' -f2)"
    venv/bin/pip install --quiet --disable-pip-version-check --requirement requirements.txt >&2
    venv/bin/python read.py "$work" "$schema" >>"$lines"
else
    skipped "PyJWT, jsonschema and json of Python" "Python makes no virtual environment" >>"$lines"
fi

if has python3 && has openssl; then
    say "VERSION openssl $(openssl version | cut -d' ' -f2)"
    python3 openssl.py "$work" >>"$lines"
else
    skipped "openssl" "Python and openssl are needed and not installed" >>"$lines"
fi

"$BINARIES/readers" check <"$lines"
