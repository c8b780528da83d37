# shellcheck shell=bash
# To be read by run.sh. `wasm_toolchain` succeeds if there is a compiler for wasm32-unknown-unknown, and
# has then set `wasm_rustc` to it. In this order:
#
# 1. the compiler in use, if it has the target (`rustup target add wasm32-unknown-unknown` is yours to do),
# 2. Debian's: the compiler of its testing suite with all its libraries, C library included, unpacked into a folder of
#    the cache. Nothing of the system is changed, and no root is needed. Some 230 MB are fetched, once.

edge_cache=${XDG_CACHE_HOME:-$HOME/.cache}/moneyhub-webhooks-edge

has_target() { [ -d "$("$wasm_rustc" --print target-libdir --target wasm32-unknown-unknown 2>/dev/null)" ]; }

wasm_toolchain() {
    wasm_rustc=${RUSTC:-rustc}
    has_target && return
    if [ ! -d "$edge_cache/debian/root" ]; then
        unpack_debian >&2 || return
    fi
    wrap rustc usr/bin/rustc --sysroot '$root/usr' >"$edge_cache/debian/rustc"
    wrap lld usr/bin/lld >"$edge_cache/debian/lld"
    chmod +x "$edge_cache/debian/rustc" "$edge_cache/debian/lld"
    wasm_rustc=$edge_cache/debian/rustc
    export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=$edge_cache/debian/lld
    has_target
}

unpack_debian() {
    command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || return
    local folder archive keys=/usr/share/keyrings/debian-archive-keyring.gpg
    # The archive that this machine has its packages from.
    read -r archive < <(apt-get indextargets --format '$(REPO_URI)' \
        'Created-By: Packages' 'Origin: Debian' 'Label: Debian') || return
    folder=$edge_cache/debian.$$
    mkdir -p "$folder"/{lists/partial,archives/partial,parts,root} || return
    echo "deb [signed-by=$keys] $archive testing main" \
        >"$folder/sources.list"
    # What the system has itself: the linker of native code.
    printf '%s\n' 'Package: native-linker' 'Status: install ok installed' 'Version: 1' 'Architecture: all' \
        'Maintainer: none' 'Provides: gcc, libc-dev, binutils (= 99)' 'Description: none' >"$folder/status"
    local apt=(apt-get -qq -o APT::Sandbox::User=root -o Debug::NoLocking=1 -o APT::Install-Recommends=0
        -o Dir::Etc::SourceList="$folder/sources.list" -o Dir::Etc::SourceParts="$folder/parts"
        -o Dir::Etc::PreferencesParts="$folder/parts" -o Dir::State="$folder" -o Dir::State::Lists="$folder/lists"
        -o Dir::State::Status="$folder/status" -o Dir::Cache="$folder" -o Dir::Cache::Archives="$folder/archives")
    if "${apt[@]}" update && "${apt[@]}" install -y --download-only rustc libstd-rust-dev-wasm32 lld; then
        local package
        for package in "$folder"/archives/*.deb; do
            dpkg-deb -x "$package" "$folder/root" || return
        done
        rm -rf "$folder/archives" "$folder/lists" "$edge_cache/debian"
        mv "$folder" "$edge_cache/debian"
    else
        rm -rf "$folder"
        return 1
    fi
}

# A program of the unpacked packages, run by their own loader and C library: `wrap NAME PATH ARGUMENT…`.
wrap() {
    local name=$1 path=$2
    shift 2
    cat <<EOF
#!/bin/sh
root=\$(dirname "\$0")/root
exec "\$root"/usr/lib/*/ld-linux-*.so.* --library-path "\$(echo "\$root"/usr/lib/*-linux-gnu*)" \\
    --argv0 $name "\$root/$path" ${*:+$(printf '"%s" ' "$@")} "\$@"
EOF
}
