#!/usr/bin/env bash
# Runs the parts of this folder at once, each a `<part>/run.sh`, and prints one table: part × case → expected, got. Exits with 1
# if any row differs, if a part fails to run, or if a part prints no row. With --installed-only it exits with 3 if a
# part prints no row because something is not installed.
#
# usage: run.sh [--installed-only] [PART…]    (all parts; --installed-only: no Debian package is installed)
set -euo pipefail
cd "$(dirname "$0")"

installed_only=${INTEROP_INSTALLED_ONLY:-0}
chosen=()
for argument; do
    case $argument in
    --installed-only) installed_only=1 ;;
    -*)
        sed -n 's/^# usage: /usage: /p' run.sh >&2
        exit 2
        ;;
    *) chosen+=("${argument%/}") ;;
    esac
done
if [ ${#chosen[@]} = 0 ]; then
    for script in */run.sh; do chosen+=("${script%/run.sh}"); done
fi
for part in "${chosen[@]}"; do
    [ -x "$part/run.sh" ] || { echo "there is no executable tests/interop/$part/run.sh" >&2; exit 2; }
done
export INTEROP_INSTALLED_ONLY=$installed_only
# The servers are on loopback, and must not be reached through a proxy.
export NO_PROXY="${NO_PROXY:+$NO_PROXY,}127.0.0.1,localhost" no_proxy="${no_proxy:+$no_proxy,}127.0.0.1,localhost"

work=$(mktemp -d)
declare -A running
stop() {
    # Ignore further signals.
    trap '' INT TERM
    # Each part stops what it has started.
    local process
    for process in "${running[@]}"; do
        kill -- "-$process" 2>/dev/null && wait "$process" || true
    done
    rm -rf "$work"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Show the standard error of the parts, and keep it to list the versions.
exec 3> >(tee -a "$work/log" >&2)
for part in "${chosen[@]}"; do
    # A separate process group, so that all of its processes can be stopped.
    set -m
    "$part/run.sh" >"$work/$part" 2>&3 &
    running[$part]=$!
    set +m
done
for part in "${chosen[@]}"; do
    status=0
    wait "${running[$part]}" || status=$?
    unset "running[$part]"
    awk -v part="$part" -v status="$status" '{ print part "\t" $0 } END { print part "\tENDED\t" status }' \
        "$work/$part" >>"$work/all"
done

echo "What the parts ran with:"
sed -n 's/^VERSION /  /p' "$work/log" | sort -u
echo
awk -v installed_only="$installed_only" -f table.awk "$work/all"
