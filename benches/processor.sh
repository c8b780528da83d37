#!/usr/bin/env bash
# Prints one line about this machine: the processor, its cores, the system, and the processor features that the measured
# libraries use: AVX2 and AVX-512 (base64, UTF-8, JSON), SHA-NI (the hash of a signature).
set -euo pipefail

cpu=unknown
features="AVX2 unknown, AVX-512 unknown, SHA-NI unknown"
if [[ -r /proc/cpuinfo ]]; then
    # The value of the first processor. Empty if the line is missing, as on ARM.
    line() { sed -n "/^$1[[:space:]]*: */ { s///p; q }" /proc/cpuinfo; }
    cpu=$(line "model name")
    flags=" $(line flags) "
    has() { if [[ $flags =~ $1 ]]; then echo yes; else echo no; fi; }
    if [[ $flags =~ [a-z] ]]; then
        features="AVX2 $(has ' avx2 '), AVX-512 $(has ' avx512(f|vbmi) '), SHA-NI $(has ' sha_ni ')"
    fi
fi
system=$(uname -sr)
if [[ -r /etc/os-release ]]; then system=$(. /etc/os-release && echo "$PRETTY_NAME"); fi
cores=$(getconf _NPROCESSORS_ONLN || echo unknown)

echo "Machine: ${cpu:-unknown}, $cores cores, $system. Features: $features."
