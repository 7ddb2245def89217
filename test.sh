#!/usr/bin/env bash
# Sets up whatever is missing, builds everything and runs all tests. Arguments go to dotnet test, such as: --filter FullyQualifiedName~Text
# Golden cases of other folders are tested too when VL_GOLDENS names them (separated by ':').
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

eng/setup.sh
echo "test: building ..."
dotnet build MLNet.VisionLanguage.sln -c Release -v quiet -nologo -clp:ErrorsOnly

log="$(mktemp)"
trap 'rm -f "$log"' EXIT
status=0
dotnet test MLNet.VisionLanguage.sln -c Release --no-build -v quiet -nologo --logger "console;verbosity=normal" "$@" 2>&1 | tee "$log" || status=$?

# One line for all test projects together, from the runner's summary of each.
read -r passed failed skipped < <(awk '
    /^ *Passed: [0-9]+/ { passed += $2 }
    /^ *Failed: [0-9]+/ { failed += $2 }
    /^ *Skipped: [0-9]+/ { skipped += $2 }
    END { print passed + 0, failed + 0, skipped + 0 }' "$log")
if [[ $status -ne 0 && $failed -eq 0 ]]; then echo "test: the test runner ended with exit code $status"; fi
if [[ $((passed + failed)) -eq 0 ]]; then echo "test: no test ran"; status=1; fi
echo "$passed passed, $failed failed, $skipped skipped"
exit "$status"
