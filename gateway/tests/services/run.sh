#!/usr/bin/env bash
# Installs the official Standard Webhooks libraries of Python and Node in a temporary folder, and runs a command with
# them: by default the tests of the gateway that verify deliveries with them. Exits with 3 if one of them can't be had.
#
# usage: run.sh [COMMAND…]
set -euo pipefail
folder=$(cd "$(dirname "$0")" && pwd)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
skipped=0
if python3 -m venv "$work/python" && "$work/python/bin/pip" install --quiet standardwebhooks==1.1.0; then
    export STANDARD_WEBHOOKS_PYTHON=$work/python/bin/python
else
    skipped=3
fi
if npm install --silent --no-audit --no-fund --prefix "$work/node" standardwebhooks@1.1.1; then
    export STANDARD_WEBHOOKS_NODE=$work/node/node_modules
else
    skipped=3
fi
if [ $# -gt 0 ]; then
    "$@"
else
    cd "$folder" && cargo test --locked -p moneyhub-webhooks-gateway --test suite libraries
fi
exit "$skipped"
