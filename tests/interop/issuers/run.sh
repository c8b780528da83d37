#!/usr/bin/env bash
# Fetches keys from OpenID providers (npm: oidc-provider; PyPI: django-oidc-provider) with the crate's `RemoteKeys`.
# Prints the rows that ../README.md describes.
set -euo pipefail
cd "$(dirname "$0")"

say() { echo "$*" >&2; }

# oidc-provider calls `crypto.hash`, which Node has since 20.12.
has_node() { command -v npm >/dev/null && node -e 'process.exit(require("node:crypto").hash ? 0 : 1)' 2>/dev/null; }
has_openssl() { command -v openssl >/dev/null; }
has_venv() { python3 -c 'import ensurepip' 2>/dev/null; }

# Succeeds if the program exists, or if root can install these Debian packages.
ensure() {
    local program=$1
    shift
    "has_$program" && return
    if [ "${INTEROP_INSTALLED_ONLY:-0}" = 0 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        local wait=(-o DPkg::Lock::Timeout=300)
        { apt-get "${wait[@]}" update -qq &&
            apt-get "${wait[@]}" install -y -qq --no-install-recommends "$@"; } >&2 || true
    fi
    "has_$program"
}
skipped() { printf 'SKIPPED\t%s\t%s\n' "$1" "$2"; }

ensure node nodejs npm || { skipped issuers "Node 20.12 or later, with npm, is not installed" && exit; }
ensure openssl openssl || { skipped issuers "openssl is not installed" && exit; }

work=$(mktemp -d)
pid=
stop() {
    # Ignore further signals.
    trap '' INT TERM
    if [ -n "$pid" ]; then kill "$pid" 2>/dev/null && wait "$pid" || true; fi
    rm -rf "$work"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say "== install"
npm ci --silent >&2 || { skipped issuers "the packages of npm can not be installed" && exit; }
# A second provider, if Python is installed.
python=
if ! ensure venv python3 python3-venv; then
    skipped django-oidc-provider "python3 with venv is not installed"
elif ! { python3 -m venv venv && venv/bin/pip install --quiet --requirement requirements.txt; } >&2; then
    skipped django-oidc-provider "the packages of PyPI can not be installed"
else
    python=venv/bin/python
fi
# shellcheck source=tests/interop/programs.sh
. ../programs.sh

say "VERSION Node $(node --version)"
say "VERSION OpenSSL $(openssl version | cut -d' ' -f2)"
for package in oidc-provider jose; do
    say "VERSION $package $(node -p 'require(process.argv[1]).version' "./node_modules/$package/package.json")"
done
if [ -n "$python" ]; then
    say "VERSION $($python --version)"
    say "VERSION django-oidc-provider $(sed -n 's/^django-oidc-provider==//p' requirements.txt)"
    say "VERSION Django $(sed -n 's/^Django==//p' requirements.txt)"
fi

say "== run"
# A run takes about a minute. It is killed if it hangs.
timeout -k 10 600 node run.mjs "$BINARIES/issuers" "$work" ${python:+"$python"} &
pid=$!
status=0
wait "$pid" || status=$?
pid=
exit $status
