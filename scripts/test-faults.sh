#!/usr/bin/env bash
# Every operation on files that a run makes fails once in each of five ways (EIO, ENOSPC, a short write, SIGKILL before and
# after); the run is started again and has to end with the same bytes. Prints counts for each way. Some 10 minutes on a core
# of its own; the runs are in memory where that is mounted.
#
#   scripts/test-faults.sh
set -euo pipefail
cd "$(dirname "$0")/.."
[ -w /dev/shm ] && export TMPDIR=/dev/shm
FAULTS=all npx vitest run --reporter=verbose test/faults/operations.test.ts
