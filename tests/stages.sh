#!/usr/bin/env bash
# Runs stages of the Makefile one after the other and says how long each took. Ends with the first that fails.
#
#   tests/stages.sh STAGE...
set -uo pipefail
cd "$(dirname "$0")/.." || exit

seconds=() status=0
for stage in "$@"; do
    started=$SECONDS
    make --no-print-directory "$stage" || status=$?
    seconds+=("$(printf '%-16s %5d s' "$stage" $((SECONDS - started)))")
    [ $status -eq 0 ] || break
done

echo
printf '%s\n' "${seconds[@]}"
printf '%-16s %5d s\n' "in all" $SECONDS
[ $status -eq 0 ] || echo "$stage has failed"
exit $status
