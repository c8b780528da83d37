#!/usr/bin/env bash
# OpenID providers (npm: oidc-provider; PyPI: django-oidc-provider) as the issuers of keys, and the crate's `RemoteKeys` as
# their client. Prints the rows that ../README.md describes.
set -euo pipefail
cd "$(dirname "$0")"

say() { echo "$*" >&2; }

# `crypto.hash`, which oidc-provider calls, came with Node 20.12.
has_node() { command -v npm >/dev/null && node -e 'process.exit(require("node:crypto").hash ? 0 : 1)' 2>/dev/null; }
has() { if [ "$1" = node ]; then has_node; else command -v "$1" >/dev/null; fi; }

for program in node openssl; do
    if ! has $program && [ "${INTEROP_INSTALLED_ONLY:-0}" != 1 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        packages=openssl
        [ $program = openssl ] || packages="nodejs npm"
        # shellcheck disable=SC2086 # the packages are words
        { apt-get update -qq && apt-get install -y -qq --no-install-recommends $packages; } >&2 || true
    fi
    if ! has $program; then
        needed=$program
        [ $program = openssl ] || needed="Node 20.12 or later, with npm,"
        printf 'SKIPPED\tissuers\t%s is not installed\n' "$needed"
        exit 0
    fi
done

work=$(mktemp -d)
pid=
stop() {
    # Another signal does not end this.
    trap '' INT TERM
    if [ -n "$pid" ]; then kill "$pid" 2>/dev/null && wait "$pid" || true; fi
    rm -rf "$work"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say "== install"
if ! npm ci --silent >&2; then
    printf 'SKIPPED\tissuers\tthe npm packages can not be installed\n'
    exit 0
fi
# A provider more, where there is Python.
python=
if python3 -m venv venv >&2 && venv/bin/pip install --quiet --requirement requirements.txt >&2; then
    python=venv/bin/python
else
    printf 'SKIPPED\tdjango-oidc-provider\tpython3 with venv, or its packages, can not be installed\n'
fi
cargo build --quiet --locked -p moneyhub-webhooks-interop --bin issuers >&2
target=$(cargo metadata --format-version 1 --no-deps --locked |
    node -e 'process.stdout.write(JSON.parse(require("node:fs").readFileSync(0)).target_directory)')

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
# A run takes about a minute; what hangs is killed.
timeout -k 10 600 node run.mjs "$target/debug/issuers" "$work" ${python:+"$python"} &
pid=$!
status=0
wait "$pid" || status=$?
pid=
exit $status
