#!/bin/sh
# Runs rustdoc with unstable options allowed on a stable toolchain, for the JSON output. Cargo runs this in place of
# rustdoc, so that the setting affects nothing else.
RUSTC_BOOTSTRAP=1 exec rustdoc "$@"
