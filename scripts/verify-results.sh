#!/usr/bin/env bash
# Do the published runs come out of this program? The first seed of each config under results/paper is run again for 20 seconds (to
# its third evaluation at most), the other seeds to step 0 (data, weights, scores). Other instruction sets than this machine has are compared
# within a tolerance. Runs from before numerics versions cannot be compared and are only counted.
#
#   scripts/verify-results.sh          seconds to half a minute a run; exit code 1 if one doesn't verify
#   irnn-run verify --all RUN          the whole of one run
set -uo pipefail
cd "$(dirname "$0")/.."
first=() others=() old=0
for run in results/paper/*/*/; do
  if ! grep -q '"numerics"' "$run/meta.json"; then
    old=$((old + 1))
  elif [[ $run == *-s1/ ]]; then
    first+=("$run")
  else
    others+=("$run")
  fi
done
code=0
if [ "${#first[@]}" -gt 0 ]; then node bin/irnn-run.js verify --comparable --minutes 0.3 "${first[@]}" || code=1; fi
if [ "${#others[@]}" -gt 0 ]; then node bin/irnn-run.js verify --comparable --steps 0 "${others[@]}" || code=1; fi
echo "$((${#first[@]} + ${#others[@]})) runs compared, $old from before numerics versions left out"
exit "$code"
