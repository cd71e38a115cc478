#!/usr/bin/env bash
# The whole paper by the protocol (docs/protocol.md): every sweep of configs/sweeps/campaign in turn, at low priority.
#
#   scripts/campaign.sh [--jobs N]     starts or continues; N runs at once (default 1), one thread each. Kill it at any moment.
#   scripts/campaign.sh --status       what is done, running and left, with hours
#   scripts/campaign.sh --publish      copies runs, unfinished ones too, to results/paper/<figure or table>/
#   scripts/campaign.sh --adopt        takes published runs back into results/runs, to continue on another machine
#
# Runs are published as each sweep ends, too.
set -euo pipefail
cd "$(dirname "$0")/.."
runs=results/runs
sweeps=(configs/sweeps/campaign/*.yaml)

# The figure or table that a sweep belongs to, from its name: 02-figure-2-t200 is part of figure-2.
item() { basename "$1" | grep -oE '(figure|table)-[0-9]'; }

publish() {
  local sweep names
  for sweep in "${sweeps[@]}"; do
    names=$(node bin/irnn-run.js sweep "$sweep" --dry-run --json --out "$runs" |
      node -p 'JSON.parse(require("fs").readFileSync(0, "utf8")).runs.map(({ run }) => run).join("\n")')
    for name in $names; do
      if [ -d "$runs/$name" ]; then scripts/publish-runs.sh "results/paper/$(item "$sweep")" "$runs/$name"; fi
    done
  done
}

adopt() {
  local run target
  for run in results/paper/*/*/; do
    target=$runs/$(basename "$run")
    # Runs from before numerics versions are under names that no config has any more.
    if [ ! -e "$target" ] && grep -q '"numerics"' "$run/meta.json"; then
      mkdir -p "$runs"
      cp -r "$run" "$target"
    fi
  done
}

jobs=1
case ${1:-} in
  --status) exec node bin/irnn-run.js sweep status "${sweeps[@]}" --out "$runs" ;;
  --publish) publish; exit ;;
  --adopt) adopt; exit ;;
  --jobs) jobs=$2 ;;
  '') ;;
  *) sed -n '2,10s/^# \{0,1\}//p' "$0" >&2; exit 64 ;;
esac

for sweep in "${sweeps[@]}"; do
  # A run that fails is named by the sweep; the next sweep goes on. A sweep that was stopped ends the campaign.
  code=0
  nice -n 10 node bin/irnn-run.js sweep "$sweep" --jobs "$jobs" --out "$runs" || code=$?
  case $code in 75 | 130 | 143) exit "$code" ;; esac
  publish
done
