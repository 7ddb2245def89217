#!/usr/bin/env bash
# Measures this library beside plain TorchSharp, ML.NET's own components and PyTorch (where python3-torch is installed), all in one run on
# this machine, and writes a Markdown table.
#   bench/run.sh [SECTION ...] [--rounds N] [--tiny] [--output FILE]
# Sections: bench/run.sh --help lists them; none runs all. The first run writes weights of 1 GB to bench/out.
set -euo pipefail
root="$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)"
. "$root/eng/sdk.sh"
project="$root/bench/MLNet.VisionLanguage.Bench"
dotnet build "$project" -c Release -v quiet -nologo -clp:ErrorsOnly
exec dotnet "$project/bin/Release/net10.0/MLNet.VisionLanguage.Bench.dll" --folder "$root/bench/out" "$@"
