#!/usr/bin/env bash
# Each receiver, built for release, under load: load.sh [seconds for each]. Fails if a webhook was lost or handled twice.
# load.sh old-rows: receive-postgres with ten million old rows beside one with none. Fails if it takes half as long again.
set -euo pipefail
cd "$(dirname "$0")"
cargo build --release --locked -p moneyhub-webhooks-receivers --bins --example load
exec cargo run --release --locked --quiet -p moneyhub-webhooks-receivers --example load -- "${1:-8}"
