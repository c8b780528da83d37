#!/usr/bin/env bash
# The same bodies, one run, other libraries: installs the peers from their registries, has them take turns for
# so many rounds, and prints the table. The peers of a language that is not installed are left out.
#
# usage: run.sh [ROUNDS]    (11)
set -euo pipefail
cd "$(dirname "$0")"

rounds=${1:-11}
bodies=target/bodies
lines=target/lines.tsv

say() { echo "$*" >&2; }
rust() { target/release/moneyhub-webhooks-peers "$@"; }

say "== install"
cargo build --release --target-dir target
rust bodies "$bodies"
runtimes=$(rustc --version | cut -d' ' -f1,2)
missing=()

if command -v node >/dev/null && command -v npm >/dev/null; then
    node=true
    runtimes+=", Node $(node --version)"
    npm ci --prefix node --silent >&2
else
    node=false
    missing+=("Node")
fi

if command -v python3 >/dev/null; then
    python=true
    runtimes+=", $(python3 --version)"
    python3 -m venv python/venv
    python/venv/bin/pip install --quiet --requirement python/requirements.txt >&2
else
    python=false
    missing+=("Python")
fi

for ((round = 1; round <= rounds; round++)); do
    say "== round $round of $rounds"
    rust round "$bodies" "$round"
    if $node; then node node/round.js "$bodies"; fi
    if $python; then python/venv/bin/python python/round.py "$bodies"; fi
done >"$lines"

rust table <"$lines"
echo
for language in "${missing[@]}"; do
    echo "$language is NOT INSTALLED: its peers are left out."
done
echo "Medians of $rounds rounds. $runtimes."
../processor.sh
