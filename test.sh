#!/usr/bin/env bash
# Builds everything and runs the tests.
#   ./test.sh                       all but the long tier
#   ./test.sh --long                the long tier as well: learning runs, fuzzing, full-size checkpoints (docs/measured.md has its figures)
#   ./test.sh --long NAME           one part of the long tier alone
#   ./test.sh --filter EXPRESSION   those of the tier that the expression of dotnet test picks; other arguments go to dotnet test as they are
# Golden cases of other folders are tested too when VL_GOLDENS names them (separated by ':').
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
. eng/sdk.sh

tier='Tier!=Long' filter='' others=()
while [[ $# -gt 0 ]]; do
    case "$1" in
        --long)
            tier=''
            if [[ $# -gt 1 && "$2" != -* ]]; then tier="Part=$2"; shift; fi ;;
        --filter) filter="${2:?--filter needs an expression}"; shift ;;
        *) others+=("$1") ;;
    esac
    shift
done

if [[ "$tier" == Part=* ]]; then
    parts="$(grep -rhoE 'Trait\((LongTier\.Part|"Part"), "[a-z-]+"\)' tests --include='*.cs' | sed -E 's/.*, "([^"]*)".*/\1/' | sort -u)"
    if ! grep -qx -- "${tier#Part=}" <<< "$parts"; then
        echo "test: the long tier has no part '${tier#Part=}'; its parts are: $(paste -sd' ' <<< "$parts")" >&2
        exit 2
    fi
fi
if [[ -n "$filter" && "$filter" != *[=~]* ]]; then filter="FullyQualifiedName~$filter"; fi
filter="${filter:+($filter)}${filter:+${tier:+&}}$tier"

# Tests that need what cannot be fetched are skipped.
eng/packages.sh detectors || true

echo "test: building ..."
dotnet build MLNet.VisionLanguage.sln -c Release -v quiet -nologo -clp:ErrorsOnly

logs="$(mktemp -d)"
trap 'rm -rf "$logs"' EXIT
trap 'trap - INT TERM; kill -TERM 0; exit 130' INT TERM # what runs in the background hears no Ctrl-C
status=0
run() { # run LOG [FILTER]: the tests that the filter picks, all without one
    local log="$logs/$1" filter="${2-}" arguments=(-c Release --no-build -v quiet -nologo)
    if [[ -n "$filter" ]]; then arguments+=(--filter "$filter"); fi
    # The long tier's figures are in the tests' own output.
    if [[ "$tier" != 'Tier!=Long' ]]; then arguments+=(--logger 'console;verbosity=detailed'); fi
    dotnet test MLNet.VisionLanguage.sln "${arguments[@]}" ${others[@]+"${others[@]}"} 2>&1 | tee "$log"
}

if [[ "$filter" == 'Tier!=Long' ]]; then
    # All of the tier in two processes: tests that train depend on libtorch's random numbers and threads, which are the process's, and so run
    # one after another in each. Both share the cores, so that libtorch gets one; code that runs for seconds is not worth profiling.
    export OMP_NUM_THREADS=1 DOTNET_TieredPGO=0
    half='FullyQualifiedName~.Tests.Training.|FullyQualifiedName~.Tests.Tasks.|FullyQualifiedName~.Tests.Engine.'
    other='FullyQualifiedName!~.Tests.Training.&FullyQualifiedName!~.Tests.Tasks.&FullyQualifiedName!~.Tests.Engine.'
    run first "($half)&$filter" & first=$!
    run second "$other&$filter" || status=$?
    wait "$first" || status=$?
else
    run only "$filter" || status=$?
fi

# One line for all test projects together, from the runner's summary of each: on one line, or, when it tells more, on three.
sum() { grep -E "^(Passed|Failed|Skipped)! +-|^ +(Passed|Failed|Skipped): +[0-9]+$" -h "$logs"/* | grep -oE "$1: +[0-9]+" | awk '{ n += $2 } END { print n + 0 }'; }
passed="$(sum Passed)" failed="$(sum Failed)" skipped="$(sum Skipped)"
if [[ $status -ne 0 && $failed -eq 0 ]]; then echo "test: the test runner ended with exit code $status"; fi
if [[ $((passed + failed)) -eq 0 ]]; then echo "test: no test ran"; status=1; fi
echo "$passed passed, $failed failed, $skipped skipped"
exit "$status"
