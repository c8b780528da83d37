#!/bin/sh
# rustdoc with its JSON output allowed on a stable toolchain too. Cargo runs it in place of rustdoc, so that nothing else
# of the build is affected.
RUSTC_BOOTSTRAP=1 exec rustdoc "$@"
