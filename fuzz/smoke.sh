#!/usr/bin/env bash
# Runs each fuzz target for 30 seconds, or as many as the first argument says. It starts from the seeds and from the
# corpus of earlier runs in corpus.tar.gz. Failures are written to fuzz/artifacts. New inputs are written to
# fuzz/corpus, which is not in the repository; keep.sh packs it.
set -euo pipefail
cd "$(dirname "$0")"

seconds=${1:-30}
if [ ! -e corpus ]; then
    tar -xzf corpus.tar.gz
fi
for target in body token key_set signed event; do
    echo "== $target, $seconds s"
    mkdir -p "corpus/$target"
    seeds=()
    if [ -d "seeds/$target" ]; then seeds=("seeds/$target"); fi
    cargo +nightly fuzz run "$target" "corpus/$target" "${seeds[@]}" -- \
        -max_total_time="$seconds" -max_len=4096 -timeout=10 -print_final_stats=1 2>&1 |
        grep -E 'ERROR|panicked|SUMMARY|DONE|number_of_executed_units'
done
