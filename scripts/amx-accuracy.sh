#!/usr/bin/env bash
# Prints the table of docs/engines/amx.md: errors of products on tiles (emulated, or real with IRNN_RUN_EMULATE_AMX=0)
# beside those of plain float32. Takes some minutes.
set -euo pipefail
cd "$(dirname "$0")/.."
IRNN_RUN_ACCURACY=full npx vitest run test/engines/amx-accuracy.test.ts
