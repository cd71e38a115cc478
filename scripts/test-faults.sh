#!/usr/bin/env bash
# Every operation on files that a run makes fails once in each of five ways (EIO, ENOSPC, a short write, SIGKILL before and
# after); the run is started again and has to end with the same bytes. Then every file of every kind of corpus and of a
# finished run is damaged in many places. Prints counts. Some 15 minutes on a core of its own; in memory where that is mounted.
#
#   scripts/test-faults.sh
set -euo pipefail
cd "$(dirname "$0")/.."
[ -w /dev/shm ] && export TMPDIR=/dev/shm
FAULTS=all npx vitest run --reporter=verbose --no-file-parallelism \
  test/faults/operations.test.ts test/faults/corpora.test.ts test/faults/finished-run.test.ts
