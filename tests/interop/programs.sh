# shellcheck shell=bash
# Sourced by the run.sh of a part: builds the programs of this package, and sets BINARIES to their folder. With BINARIES
# set they are there already.
if [ -z "${BINARIES-}" ]; then
    cargo build --quiet --locked -p moneyhub-webhooks-interop --bins >&2
    BINARIES=$(cargo metadata --format-version 1 --no-deps --locked |
        sed 's/.*"target_directory":"\([^"]*\)".*/\1/')/debug
    export BINARIES
fi
