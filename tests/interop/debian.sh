# shellcheck shell=bash
# Sourced by the run.sh of a part. `debian COMMAND PACKAGE` succeeds if the command exists, or if root can install the
# package. The installation starts no service. INTEROP_INSTALLED_ONLY=1 forbids it.
debian() {
    command -v "$1" >/dev/null && return
    [ "${INTEROP_INSTALLED_ONLY:-0}" = 0 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
    local policy=/usr/sbin/policy-rc.d made=
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod +x "$policy"
        made=1
    fi
    local wait=(-o DPkg::Lock::Timeout=300)
    { apt-get "${wait[@]}" update -qq &&
        DEBIAN_FRONTEND=noninteractive apt-get "${wait[@]}" install -y -qq --no-install-recommends "$2"; } >&2 || true
    [ -z "$made" ] || rm -f "$policy"
    command -v "$1" >/dev/null
}

# `debian_postgres` succeeds if PostgreSQL is installed, or if root can install it. Debian does not put it on the path.
debian_postgres() {
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || debian initdb postgresql ||
        compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null
}

postgres_version() {
    local initdb
    initdb=$(compgen -G '/usr/lib/postgresql/*/bin/initdb' | sort | tail -n 1 || true)
    echo "VERSION postgresql $("${initdb:-initdb}" --version | sed 's/.* \([0-9][0-9.]*\).*/\1/')"
}
