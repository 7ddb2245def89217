#!/usr/bin/env bash
# Decides which libraries the sources are built on, fetches or compiles what the choice needs, and writes eng/Stack.local.props.
#
#   eng/setup.sh                        the real packages where the NuGet feeds have them, else the stand-ins
#   VL_STACK=packages|standins          forces all three choices; VL_STACK_MLNET, VL_STACK_IMAGES and VL_STACK_TORCH force one
#
# Safe to run again and again: what is there already is left alone.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
props="$root/eng/Stack.local.props"
artifacts="$root/artifacts"
onnxruntime_npm="com.github.asus4.onnxruntime"
onnxruntime_npm_version="0.4.9"

say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: error: %s\n' "$*" >&2; exit 1; }
need() { command -v "$1" > /dev/null 2>&1 || fail "$1 is missing: $2"; }

# ---- the choice -----------------------------------------------------------------------------------------------------

# forced NAME: the value that the environment forces for a stack, or nothing.
forced() {
    local specific="VL_STACK_$1" value
    value="${!specific:-${VL_STACK:-}}"
    case "$value" in
        '' | packages | standins) printf '%s' "$value" ;;
        *) fail "$specific or VL_STACK is '$value': expected packages or standins" ;;
    esac
}

version_of() {
    local version
    version="$(sed -n "s/.*<PackageVersion Include=\"$1\" Version=\"\([^\"]*\)\".*/\1/p" "$root/Directory.Packages.props" | head -1)"
    if [[ "$version" == '$('*')' ]]; then
        local property="${version:2:-1}"
        version="$(sed -n "s/.*<$property>\([^<]*\)<.*/\1/p" "$root/Directory.Packages.props" | head -1)"
    fi
    [[ -n "$version" ]] || fail "Directory.Packages.props pins no version of $1"
    printf '%s' "$version"
}

mlnet_packages="Microsoft.ML Microsoft.ML.OnnxTransformer Microsoft.ML.OnnxRuntime Microsoft.ML.Tokenizers"
image_packages="Microsoft.ML.ImageAnalytics"
torch_packages="TorchSharp Microsoft.ML.TorchSharp libtorch-cpu-linux-x64"

# probe: restores a project that references everything, away from this repository, and sets found_mlnet, found_images, found_torch.
probe() {
    need dotnet "install the .NET SDK that global.json names"
    local scratch log package
    scratch="$(mktemp -d)"
    log="$scratch/restore.log"
    {
        printf '<Project Sdk="Microsoft.NET.Sdk">\n  <PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>\n'
        printf '  <ItemGroup>\n'
        for package in $mlnet_packages $image_packages $torch_packages; do
            printf '    <PackageReference Include="%s" Version="%s" />\n' "$package" "$(version_of "$package")"
        done
        printf '  </ItemGroup>\n</Project>\n'
    } > "$scratch/probe.csproj"
    local config
    for config in NuGet.Config nuget.config NuGet.config; do
        if [[ -f "$root/$config" ]]; then cp "$root/$config" "$scratch/"; break; fi
    done
    if (cd "$scratch" && DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 dotnet restore probe.csproj --verbosity quiet) > "$log" 2>&1; then
        found_mlnet=packages found_images=packages found_torch=packages
    else
        found_mlnet="$(named "$log" "$mlnet_packages")"
        found_images="$(named "$log" "$image_packages")"
        found_torch="$(named "$log" "$torch_packages")"
        # A failure that names none of them (no network, no feed) says nothing good about any.
        if [[ "$found_mlnet$found_images$found_torch" == packagespackagespackages ]]; then
            found_mlnet=standins found_images=standins found_torch=standins
            probe_failed=1
            say "the restore of the real packages failed: $(grep -m1 -E 'error' "$log" | cut -c1-200 || true)"
        fi
    fi
    rm -rf "$scratch"
}

# named LOG PACKAGES: standins when the log complains about one of the packages.
named() {
    local package
    for package in $2; do
        if grep -qE "error NU[0-9]+: .*package '?${package//./\\.}('|\\. | |$)" "$1"; then printf standins; return; fi
    done
    printf packages
}

choose() {
    local key remembered
    mlnet="$(forced MLNET)"
    images="$(forced IMAGES)"
    torch="$(forced TORCH)"
    key="$(cksum < "$root/Directory.Packages.props" | cut -d' ' -f1)"
    remembered="$(sed -n "s/.*<StackProbe>$key \([a-z ]*\)<.*/\1/p" "$props" 2> /dev/null || true)"
    if [[ -z "$mlnet" || -z "$images" || -z "$torch" ]]; then
        if [[ -n "$remembered" ]]; then
            read -r found_mlnet found_images found_torch <<< "$remembered"
        else
            say "looking whether the NuGet feeds have ML.NET and TorchSharp ..."
            probe_failed=
            probe
            # A failure may be over next time, so only an answer is remembered.
            if [[ -z "$probe_failed" ]]; then remembered="$found_mlnet $found_images $found_torch"; fi
        fi
        mlnet="${mlnet:-$found_mlnet}" images="${images:-$found_images}" torch="${torch:-$found_torch}"
    fi
    write_props "${remembered:+$key $remembered}"
}

write_props() {
    local text
    text="<Project>
  <!-- Written by eng/setup.sh; not for version control. -->
  <PropertyGroup>
    <MLNetStack>$mlnet</MLNetStack>
    <ImageStack>$images</ImageStack>
    <TorchStack>$torch</TorchStack>
    <StackProbe>$1</StackProbe>
  </PropertyGroup>
</Project>"
    # An unchanged file keeps its time, so that nothing is built again because of it.
    if [[ ! -f "$props" || "$(cat "$props")" != "$text" ]]; then
        printf '%s\n' "$text" > "$props.new"
        mv -f "$props.new" "$props"
    fi
}

# ---- what the choice needs ------------------------------------------------------------------------------------------

installed() {
    command -v dpkg-query > /dev/null 2>&1 && [[ "$(dpkg-query -W -f='${Status}' "$1" 2> /dev/null || true)" == "install ok installed" ]]
}

# install_missing PACKAGE...: with apt, only those that are not there.
install_missing() {
    local package missing=() sudo=()
    for package in "$@"; do
        case "$package" in
            g++ | cmake) command -v "$package" > /dev/null 2>&1 || missing+=("$package") ;;
            *) installed "$package" || missing+=("$package") ;;
        esac
    done
    [[ ${#missing[@]} -gt 0 ]] || return 0
    command -v apt-get > /dev/null 2>&1 || fail "missing: ${missing[*]} (Debian's names), and there is no apt-get to install them with"
    if [[ "$(id -u)" != 0 ]]; then
        command -v sudo > /dev/null 2>&1 || fail "missing: ${missing[*]}; run as root: apt-get install ${missing[*]}"
        sudo=(sudo)
    fi
    say "installing ${missing[*]} ..."
    local log="$artifacts/apt.log"
    if ! { ${sudo[@]+"${sudo[@]}"} apt-get update && ${sudo[@]+"${sudo[@]}"} env DEBIAN_FRONTEND=noninteractive apt-get install -y \
        --no-install-recommends "${missing[@]}"; } > "$log" 2>&1; then
        tail -20 "$log" >&2
        fail "apt-get install ${missing[*]} failed; the whole log is in $log"
    fi
}

fetch_onnxruntime() {
    local manifest="$artifacts/npm/node_modules/$onnxruntime_npm/package.json"
    if [[ -f "$manifest" ]] && grep -q "\"version\": *\"$onnxruntime_npm_version\"" "$manifest"; then return 0; fi
    need npm "it fetches $onnxruntime_npm, which holds ONNX Runtime's C# sources and native library; install Node.js"
    say "fetching $onnxruntime_npm $onnxruntime_npm_version ..."
    mkdir -p "$artifacts/npm"
    local log="$artifacts/npm/install.log"
    if ! npm install --prefix "$artifacts/npm" --no-package-lock --no-save --no-audit --no-fund --ignore-scripts \
        "$onnxruntime_npm@$onnxruntime_npm_version" > "$log" 2>&1; then
        tail -20 "$log" >&2
        fail "npm install $onnxruntime_npm@$onnxruntime_npm_version failed; the whole log is in $log"
    fi
    [[ -f "$manifest" ]] || fail "npm installed $onnxruntime_npm without leaving $manifest"
}

build_shim() {
    local native="$artifacts/native" sources="$root/standins/torch-shim" key
    # The library is bound to the libtorch it was compiled against, so that version is part of what it was made from.
    key="$({
        cat "$sources"/CMakeLists.txt "$sources"/*.cpp "$sources"/*.h
        dpkg-query -W libtorch-dev 2> /dev/null || true
    } | cksum | cut -d' ' -f1)"
    if [[ -f "$native/libvltorch.so" && "$(cat "$native/libvltorch.key" 2> /dev/null || true)" == "$key" ]]; then return 0; fi
    say "compiling the bridge to libtorch ..."
    mkdir -p "$native/build"
    local log="$native/build.log"
    if ! { cmake -S "$sources" -B "$native/build" -DCMAKE_BUILD_TYPE=Release && cmake --build "$native/build" -j2; } > "$log" 2>&1; then
        tail -20 "$log" >&2
        fail "compiling standins/torch-shim failed; the whole log is in $log"
    fi
    cp "$native/build/libvltorch.so" "$native/libvltorch.so.new"
    mv -f "$native/libvltorch.so.new" "$native/libvltorch.so"
    printf '%s\n' "$key" > "$native/libvltorch.key"
}

mkdir -p "$artifacts"
# Two runs at once would install and compile into the same place.
if command -v flock > /dev/null 2>&1; then
    exec 9> "$artifacts/setup.lock"
    flock 9
fi
choose
apt_packages=()
if [[ "$torch" == standins ]]; then apt_packages+=(libtorch-dev libopenblas0-openmp g++ cmake); fi
if [[ "$images" == standins ]]; then apt_packages+=(libturbojpeg0); fi
if [[ ${#apt_packages[@]} -gt 0 ]]; then install_missing "${apt_packages[@]}"; fi
if [[ "$mlnet" == standins ]]; then fetch_onnxruntime; fi
if [[ "$torch" == standins ]]; then build_shim; fi
say "ML.NET from $mlnet, images from $images, TorchSharp from $torch"
