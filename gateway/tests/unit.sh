#!/usr/bin/env bash
# Verifies the systemd unit, with the program that is built in place of the one that is installed.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
program=$(realpath ../target/debug/moneyhub-webhooks-gateway)
sed "s|^ExecStart=[^ ]*|ExecStart=$program|" moneyhub-webhooks-gateway.service >"$work/moneyhub-webhooks-gateway.service"
systemd-analyze verify "$work/moneyhub-webhooks-gateway.service"
