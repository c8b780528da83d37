#!/usr/bin/env bash
# Runs each fuzz target for some seconds (30, or the first argument) over its seeds. What is found stays under
# fuzz/artifacts; the growing corpus, which is not kept in the repository, under fuzz/corpus.
set -euo pipefail
cd "$(dirname "$0")"

seconds=${1:-30}
for target in body token key_set signed event lists; do
    echo "== $target, $seconds s"
    mkdir -p "corpus/$target"
    cargo +nightly fuzz run "$target" "corpus/$target" "seeds/$target" -- \
        -max_total_time="$seconds" -max_len=4096 -timeout=10 -print_final_stats=1 2>&1 |
        grep -E 'ERROR|panicked|SUMMARY|DONE|number_of_executed_units'
done
