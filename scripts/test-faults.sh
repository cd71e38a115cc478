#!/usr/bin/env bash
# Every operation on files that a run makes fails once in each of five ways (EIO, ENOSPC, a short write, SIGKILL before and
# after); the run is started again and has to end with the same bytes. Prints counts. Takes long on two cores.
#
#   scripts/test-faults.sh
set -euo pipefail
cd "$(dirname "$0")/.."
FAULTS=all npx vitest run test/faults/operations.test.ts
