#!/usr/bin/env bash
# How much of src/ is about one architecture: lines of code (neither blank nor a comment) of files whose path names one, and lines
# elsewhere whose code does. Prints architecture, lines of its files, lines elsewhere, both; then the share of all of src/ in
# per cent.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
find src -name '*.cs' -not -path '*/bin/*' -not -path '*/obj/*' | sort | xargs awk '
    BEGIN { count = split("ViLbert Lxmert VlBert Fiber", names, " ") }
    /^[ \t\r]*(\/\/.*)?$/ { next }
    {
        all++
        line = $0
        sub(/\/\/.*/, "", line)
        named = 0
        for (i = 1; i <= count; i++) {
            if (index(FILENAME, names[i])) { home[i]++; named = 1; break }
            if (index(line, names[i])) { away[i]++; named = 1; break }
        }
        about += named
    }
    END {
        for (i = 1; i <= count; i++) printf "%s %d %d %d\n", names[i], home[i], away[i], home[i] + away[i]
        printf "share %.1f %d %d\n", 100 * about / all, about, all
    }'
