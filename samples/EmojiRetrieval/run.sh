#!/usr/bin/env bash
# Image-text retrieval on the emoji pictures of three vendors, which are fetched to out/packages and never committed: trains on two vendors and
# judges on the third, and on concepts that training has not seen. Features are kept in out/emoji.
#   samples/EmojiRetrieval/run.sh [--seed N] [--judge noto|fluent|twemoji] [--train VENDOR,VENDOR] [--epochs N] [--weight W,W]
set -euo pipefail
root="$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)"
. "$root/eng/sdk.sh"
"$root/eng/packages.sh" emoji
dotnet build "$root/samples/EmojiRetrieval" -c Release -v quiet -nologo "-clp:ErrorsOnly;NoSummary"
exec dotnet "$root/samples/EmojiRetrieval/bin/Release/net10.0/EmojiRetrieval.dll" "$root/out/packages" "$root/out/emoji" "$@"
