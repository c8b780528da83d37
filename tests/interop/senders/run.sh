#!/usr/bin/env bash
# Posts webhooks with other HTTP clients to receivers with an inbox in SQLite and in PostgreSQL. Prints rows of part, case,
# expected and got. Installs the clients, builds the receiver, and stops everything that it has started.
#
# usage: run.sh [CLIENT…]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)

exec 3>&1 1>&2 # only rows go to standard output
skipped() {
    printf 'SKIPPED\t%s\t%s\n' "$1" "$2" >&3
    exit 0
}
# shellcheck source=tests/interop/debian.sh
. "$here/../debian.sh"
debian curl curl || skipped senders "curl is not installed"
debian_postgres || skipped senders "PostgreSQL is not installed: a receiver needs it"
debian node nodejs || skipped senders "Node is not installed"
debian npm npm || skipped senders "npm is not installed"
debian python3 python3-venv || skipped senders "Python is not installed"

if ! cmp -s "$here/package-lock.json" "$here/node_modules/installed"; then
    (cd "$here" && npm ci --no-audit --no-fund --loglevel=error)
    cp "$here/package-lock.json" "$here/node_modules/installed"
fi
if ! cmp -s "$here/requirements.txt" "$here/venv/installed"; then
    python3 -m venv --clear "$here/venv"
    "$here/venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/requirements.txt"
    cp "$here/requirements.txt" "$here/venv/installed"
fi

cd "$root"
# shellcheck source=tests/interop/programs.sh
. "$here/../programs.sh"
export PYTHONDONTWRITEBYTECODE=1

echo "VERSION curl $(curl --version | sed -n '1s/^curl \([^ ]*\).*/\1/p')"
echo "VERSION node $(node --version)"
echo "VERSION fetch $(node -p process.versions.undici) (undici of that Node)"
for package in undici axios got; do
    echo "VERSION $package $(node -p "JSON.parse(fs.readFileSync('$here/node_modules/$package/package.json')).version")"
done
for package in requests httpx aiohttp; do
    echo "VERSION $package $("$here/venv/bin/python" -c "import $package; print($package.__version__)")"
done
postgres_version

python3 "$here/drive.py" "$@" >&3 &
driver=$!
trap 'kill "$driver" 2>/dev/null || true; wait "$driver" || true' EXIT
trap 'exit 143' TERM
trap 'exit 130' INT
wait "$driver"
