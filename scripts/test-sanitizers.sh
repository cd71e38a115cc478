#!/usr/bin/env bash
# The engines' tests with the kernels under AddressSanitizer and UndefinedBehaviorSanitizer, on a copy of the checkout.
# The first report ends the tests. Needs g++.
#
#   scripts/test-sanitizers.sh             test/engines
#   scripts/test-sanitizers.sh TEST...     these tests
set -euo pipefail
cd "$(dirname "$0")/.."

copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
git ls-files -z | xargs -0 cp --parents -t "$copy"
cd "$copy"
npm ci --ignore-scripts --silent
make -C native -j --silent CXX=g++ SANITIZE=address,undefined

# Node keeps memory on purpose until it ends; freed memory is held back a little only, because a test watches for leaks.
# A network larger than any memory is to be refused, not to end the program.
IRNN_RUN_TEST_BUILT=1 ASAN_OPTIONS=detect_leaks=0:quarantine_size_mb=8:allocator_may_return_null=1 \
  UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
  LD_PRELOAD="$(g++ -print-file-name=libasan.so):$(g++ -print-file-name=libubsan.so)" \
  node node_modules/vitest/vitest.mjs run --testTimeout=600000 --hookTimeout=600000 "${@:-test/engines}"
