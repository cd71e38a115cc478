#!/usr/bin/env bash
# Cuts the power of a run's disk 40 times, half of them with ext4 as it is mounted by most and half with all left out that it
# does for programs that don't sync. After each the file system is repaired, the machine counts as started anew, and the
# same command has to bring the run to the same bytes. Prints counts. Some 5 minutes; needs root and a loop device.
#
#   scripts/test-power-cuts.sh [cuts]
#   POWER_CUTS_UNSYNCED=1 scripts/test-power-cuts.sh     # every fsync of the program left out: has to fail
set -euo pipefail
cd "$(dirname "$0")/.."
POWER_CUTS=${1:-40} npx vitest run test/faults/power-cuts.test.ts
