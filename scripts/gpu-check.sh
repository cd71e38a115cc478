#!/usr/bin/env bash
# For the owner of a GPU: does the tensorflow engine compute the right gradients on CUDA, and how fast is it?
#
#   npm ci && npm install --no-save --save-prod @tensorflow/tfjs-node-gpu@4.22.0
#   scripts/gpu-check.sh              a few minutes; the report goes to stdout, "PASS" or "FAIL" last
#
# Compares every gradient tensor with the native engine's (the reference engine's where native does not execute the
# model), then times training steps of each workload on both. The exit status is 0 for a pass. Please send the report
# with the name of the GPU: docs/engines/tensorflow.md says where to. "--device cpu" tries out the script itself.
set -euo pipefail
cd "$(dirname "$0")/.."
npm run --silent build
if command -v nvidia-smi > /dev/null; then nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv; fi
exec node scripts/gpu-check.mjs "$@"
