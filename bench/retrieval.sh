#!/usr/bin/env bash
# Measures the scoring of every caption with every image, as pairs from scratch, as rows of windows that share texts and images, and by
# ScoreAllPairs, in turns on this machine: ViLBERT of base size with random weights, 100 captions of 14 tokens and 20 images of 36 regions.
#   bench/retrieval.sh [--rounds N] [--captions N] [--images N] [--regions N] [--tokens N] [--tiny]
set -euo pipefail
root="$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)"
. "$root/eng/sdk.sh"
project="$root/bench/Retrieval"
dotnet build "$project" -c Release -v quiet -nologo "-clp:ErrorsOnly;NoSummary"
exec dotnet "$project/bin/Release/net10.0/MLNet.VisionLanguage.Bench.Retrieval.dll" "$@"
