#!/usr/bin/env bash
# Minimizes the corpora in fuzz/corpus, so that each input covers code that no other covers, and packs them into
# fuzz/corpus.tar.gz, from which smoke.sh starts. The same inputs make the same archive.
set -euo pipefail
cd "$(dirname "$0")"

for target in body token key_set signed event; do
    cargo +nightly fuzz cmin "$target" -- -timeout=120
    echo "$target: $(find "corpus/$target" -type f | wc -l) inputs, $(du -sb "corpus/$target" | cut -f1) bytes"
done
tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner \
    --mode=u=rwX,go=rX -cf - corpus | gzip -9n >corpus.tar.gz
