#!/usr/bin/env bash
# Other libraries sign the events of the fixtures in all forms that they and JSON writers produce, and tokens that must
# be rejected. Prints rows of part, case, expected and got, separated by tabs.
set -euo pipefail
cd "$(dirname "$0")"

export PYTHONDONTWRITEBYTECODE=1
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
if ! has python3 || ! has openssl; then
    skipped "signers" "Python and openssl are needed and not installed"
    exit
fi

say "== build"
# shellcheck source=tests/interop/programs.sh
. ../programs.sh

say "== keys and forms"
python3 prepare.py "$work" >&2

lines=$work/lines.tsv
say "VERSION openssl $(openssl version | cut -d' ' -f2)"
python3 openssl_signer.py "$work" >"$lines"

if has node && has npm; then
    say "VERSION Node $(node --version)"
    npm ci --silent >&2
    for library in jose jsonwebtoken; do
        node "$library.js" "$work" >>"$lines"
    done
else
    skipped "jose and jsonwebtoken" "Node is not installed" >>"$lines"
fi

if python3 -m venv venv >&2; then
    say "VERSION Python $(python3 --version | cut -d' ' -f2)"
    venv/bin/pip install --quiet --disable-pip-version-check --requirement requirements.txt >&2
    for library in pyjwt joserfc authlib python_jose jwcrypto; do
        venv/bin/python -W ignore "${library}_signer.py" "$work" >>"$lines"
    done
else
    skipped "PyJWT, joserfc, Authlib, python-jose and jwcrypto" "Python makes no virtual environment" >>"$lines"
fi

"$BINARIES/signers" <"$lines"
if has node && has npm; then
    node genuine.js "$work" "$lines"
fi
