#!/usr/bin/env bash
# The main job: renders scenes, trains a model that answers questions about them, saves it, measures it on scenes it has not seen,
# and asks the saved model about one picture. Everything goes to out/.
#   ./run.sh [--seed N] [--epochs N]
#   ./run.sh --image FILE --question TEXT     asks the saved model, training it first when there is none
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
. "$root/eng/sdk.sh"

seed=1 epochs=4 image='' question=''
while [[ $# -gt 0 ]]; do
    case "$1" in
        --seed) seed="${2:?--seed needs a number}" ;;
        --epochs) epochs="${2:?--epochs needs a number}" ;;
        --image) image="${2:?--image needs a file}" ;;
        --question) question="${2:?--question needs a text}" ;;
        -h | --help) sed -n '2,5s/^# //p' "${BASH_SOURCE[0]}"; exit ;;
        *) echo "run: '$1' is not expected here; see ./run.sh --help" >&2; exit 2 ;;
    esac
    shift 2
done
if [[ -n "$image" && -z "$question" || -z "$image" && -n "$question" ]]; then
    echo "run: --image and --question belong together" >&2
    exit 2
fi

out="$root/out" model="$root/out/vqa.zip"
ask() { printf '\n%s\n' "$2"; "$root/vl" score --model "$model" --image "$1" --question "$2" --top 3; }

if [[ -z "$image" || ! -f "$model" ]]; then
    mkdir -p "$out"
    "$root/vl" scenes --output "$out/scenes"
    dotnet build "$root/samples/VisualQuestionAnswering" -c Release -v quiet -nologo "-clp:ErrorsOnly;NoSummary"
    dotnet "$root/samples/VisualQuestionAnswering/bin/Release/net10.0/VisualQuestionAnswering.dll" "$out/scenes" "$model" "$seed" "$epochs"
    printf '\nThe model is in %s.\n' "$model"
fi

if [[ -n "$image" ]]; then
    ask "$image" "$question"
    exit
fi

# The last picture is one of those the model has not seen.
last="$(find "$out/scenes/images" -name '*.png' | sort | tail -1)"
printf '\nQuestions about %s:\n' "$last"
for question in 'how many objects are there?' 'is there a circle?' 'is there a red object?' 'how many large objects are there?'; do
    ask "$last" "$question"
done
