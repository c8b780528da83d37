#!/usr/bin/env bash
# Measures other libraries with the same bodies: installs them from their registries, runs them in turns for a number of
# rounds, and prints the table. What can't be installed is left out, and a line below the table says so.
#
# usage: run.sh [ROUNDS]    (11)
set -euo pipefail
cd "$(dirname "$0")"

rounds=${1:-11}
bodies=target/bodies
lines=target/lines.tsv
gocode=/usr/share/gocode # where Debian installs the Go libraries

say() { echo "$*" >&2; }
has() { command -v "$1" >/dev/null; }
rust() { target/release/moneyhub-webhooks-peers "$@"; }

# Whether bindgen can find libclang.
has_libclang() {
    [[ -n ${LIBCLANG_PATH-} ]] || compgen -G "/usr/lib/llvm-*/lib/libclang*.so*" >/dev/null ||
        [[ $(PATH=$PATH:/sbin ldconfig -p 2>/dev/null) == *libclang* ]]
}
build_boring() { cargo build --release --manifest-path boring/Cargo.toml --target-dir target; }

# The version of a Debian package, without the Debian revision.
packaged() { dpkg-query --show --showformat '${Version}' "$1" | sed 's/-[^-]*$//'; }
build_go() {
    local versions
    versions="-X main.golangJWTVersion=$(packaged golang-github-golang-jwt-jwt-dev)"
    versions+=" -X main.goJOSEVersion=$(packaged golang-gopkg-square-go-jose.v2-dev)"
    GO111MODULE=off GOPATH=$gocode GOFLAGS='' go build -o target/round-go -ldflags "$versions" ./go
}

say "== install"
cargo build --release --target-dir target
rust bodies "$bodies"
runtimes=$(rustc --version | cut -d' ' -f1,2)
boring=false node=false go=false python=false
left_out=()

if ! has cmake || ! has_libclang; then
    left_out+=("CMake or libclang is NOT INSTALLED: jwt-simple with BoringSSL is left out.")
elif ! build_boring; then
    left_out+=("BoringSSL does NOT BUILD: jwt-simple with it is left out.")
else
    boring=true
fi

if has node && has npm; then
    node=true
    runtimes+=", Node $(node --version)"
    npm ci --prefix node --silent >&2
else
    left_out+=("Node is NOT INSTALLED: its peers are left out.")
fi

if has go && [[ -d $gocode/src/github.com/golang-jwt/jwt && -d $gocode/src/gopkg.in/square/go-jose.v2 ]]; then
    go=true
    runtimes+=", Go $(go env GOVERSION | sed 's/^go//')"
    build_go
else
    left_out+=("Go or its libraries of Debian are NOT INSTALLED: its peers are left out.")
fi

if has python3; then
    python=true
    runtimes+=", $(python3 --version)"
    python3 -m venv python/venv
    python/venv/bin/pip install --quiet --requirement python/requirements.txt >&2
else
    left_out+=("Python is NOT INSTALLED: its peers are left out.")
fi

for ((round = 1; round <= rounds; round++)); do
    say "== round $round of $rounds"
    rust round "$bodies" "$round"
    if $boring; then target/release/moneyhub-webhooks-peers-boring "$bodies" "$round"; fi
    if $node; then node node/round.js "$bodies"; fi
    if $go; then target/round-go "$bodies"; fi
    if $python; then python/venv/bin/python python/round.py "$bodies"; fi
done >"$lines"

rust table <"$lines"
echo
for line in "${left_out[@]}"; do echo "$line"; done
echo "Medians of $rounds rounds. $runtimes."
../processor.sh
