#!/usr/bin/env bash
# Tests receivers with an inbox behind nginx, HAProxy and Caddy. Prints rows of part, case, expected and got. Installs the
# proxies from Debian, builds the receiver, and stops everything that it has started.
#
# usage: run.sh [nginx|haproxy|caddy…]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)

exec 3>&1 1>&2 # only rows go to standard output
# shellcheck source=tests/interop/debian.sh
. "$here/../debian.sh"
skipped() {
    printf 'SKIPPED\tproxies\t%s is not installed\n' "$1" >&3
    exit 0
}
debian python3 python3 || skipped Python
debian_postgres || skipped PostgreSQL
[ $# != 0 ] || set -- nginx haproxy caddy
proxies=()
for proxy; do
    package=$proxy
    [ "$proxy" != nginx ] || package=nginx-light
    if PATH=$PATH:/usr/sbin debian "$proxy" "$package"; then
        proxies+=("$proxy")
    else
        printf 'SKIPPED\t%s\tit is not installed\n' "$proxy" >&3
    fi
done
[ ${#proxies[@]} != 0 ] || exit 0

cd "$root"
# shellcheck source=tests/interop/programs.sh
. "$here/../programs.sh"
export PATH=$PATH:/usr/sbin PYTHONDONTWRITEBYTECODE=1
for proxy in "${proxies[@]}"; do
    case $proxy in
    nginx) echo "VERSION nginx $(nginx -v 2>&1 | sed 's/.*\///')" ;;
    haproxy) echo "VERSION haproxy $(haproxy -v | sed -n '1s/HAProxy version \([^ ]*\).*/\1/p')" ;;
    caddy) echo "VERSION caddy $(caddy version)" ;;
    esac
done
postgres_version

python3 "$here/drive.py" "${proxies[@]}" >&3 &
driver=$!
trap 'kill "$driver" 2>/dev/null || true; wait "$driver" || true' EXIT
trap 'exit 143' TERM
trap 'exit 130' INT
wait "$driver"
