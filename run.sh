#!/usr/bin/env bash
# The main job: trains a model that answers questions about pictures, saves it as one zip, loads it in a new process and writes
# out/report.html. With --image FILE --question TEXT: answers one question with the saved model.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"

. "$root/eng/sdk.sh"
dotnet build "$root/samples/VisualQuestionAnswering" -c Release -v quiet -nologo -clp:ErrorsOnly
exec dotnet "$root/samples/VisualQuestionAnswering/bin/Release/net10.0/VisualQuestionAnswering.dll" "$@"
