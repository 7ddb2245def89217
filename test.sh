#!/usr/bin/env bash
# Sets up whatever is missing, builds everything and runs all tests. Arguments go to dotnet test, such as: --filter FullyQualifiedName~Text
# Golden cases of other folders are tested too when VL_GOLDENS names them (separated by ':').
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

. eng/sdk.sh
echo "test: building ..."
dotnet build MLNet.VisionLanguage.sln -c Release -v quiet -nologo -clp:ErrorsOnly

log="$(mktemp)"
trap 'rm -f "$log"' EXIT
status=0
dotnet test MLNet.VisionLanguage.sln -c Release --no-build -v quiet -nologo "$@" 2>&1 | tee "$log" || status=$?

# One line for all test projects together, from the runner's summary of each.
sum() { sed -nE "s/.* Failed: +[0-9]+, Passed: +[0-9]+.*/&/p" "$log" | sed -nE "s/.*$1: +([0-9]+).*/\1/p" | awk '{ n += $1 } END { print n + 0 }'; }
passed="$(sum Passed)" failed="$(sum Failed)" skipped="$(sum Skipped)"
if [[ $status -ne 0 && $failed -eq 0 ]]; then echo "test: the test runner ended with exit code $status"; fi
if [[ $((passed + failed)) -eq 0 ]]; then echo "test: no test ran"; status=1; fi
echo "$passed passed, $failed failed, $skipped skipped"
exit "$status"
