#!/usr/bin/env bash
# Counts the instructions of `parse_at` and compares them with the recorded counts. `--record` records them, and
# `--metrics` counts with the feature `metrics`.
#
# Counts are exactly repeatable on one machine. They differ with another compiler, or on a processor without AVX2. So
# record before a change, and compare after it.
set -euo pipefail
cd "$(dirname "$0")/.."

baseline=benches/instructions.baseline

missing() { echo "$1 is missing: $2" >&2; exit 2; }
command -v valgrind >/dev/null || missing valgrind "install the package of your system"
version=$(cargo tree --quiet -p moneyhub-webhooks-benches -e dev --depth 1 --prefix none | sed -n 's/^gungraun v//p')
command -v gungraun-runner >/dev/null || missing gungraun-runner "cargo install gungraun-runner --version $version"

features=()
[[ ${1-} != --metrics ]] || features=(--features metrics)

# The report has two lines for each benchmark: its path, name and arguments, then `Instructions: NEW|OLD`.
counts=$(cargo bench --quiet -p moneyhub-webhooks-benches ${features[@]+"${features[@]}"} --bench instructions -- --callgrind-metrics=ir |
    awk -F'[:| ]+' '/^instructions::/ { name = $3 " " $4 } /Instructions:/ { print name, $3 }')
[[ -n $counts ]] || { echo "the benchmark printed no counts" >&2; exit 1; }

if [[ ${1-} == --record ]]; then
    { echo "# $(rustc --version)"; echo "$counts"; } >$baseline
    exit
fi
awk '
    /^#/ { next }
    NR == FNR { recorded[$1 " " $2] = $3; next }
    FNR == 1 { printf "%-40s %12s %12s %9s\n", "", "recorded", "now", "change" }
    { old = recorded[$1 " " $2] }
    old { printf "%-40s %12d %12d %+8.2f%%\n", $1 " " $2, old, $3, 100 * ($3 / old - 1); next }
    { printf "%-40s %12s %12d\n", $1 " " $2, "-", $3 }
' $baseline - <<<"$counts"
