#!/usr/bin/env bash
# For the owner of a GPU: does the tensorflow engine compute the right gradients on CUDA, and from which size does it pay?
#
#   npm ci && scripts/tensorflow-on-gpu.sh
#   scripts/gpu-check.sh                        the report goes to stdout, "PASS" or "FAIL" last
#   scripts/gpu-check.sh --checks-only          without the timings
#   scripts/gpu-check.sh --bundle FILE          all of it for a machine without a network: FILE.00, FILE.01, ..., FILE.sh
#   scripts/gpu-check.sh --unbundle FILE DIR    there, or bash FILE.sh --unbundle FILE DIR; then DIR/run
#
# First cuDNN itself is asked where it keeps its weights. Then every gradient tensor is compared with the native engine's
# (the reference engine's where native does not execute the model), and training steps are timed. The exit status is 0
# for a pass. Please send the report with the name of the GPU: docs/engines/tensorflow.md says where to. "--device cpu"
# tries out the script itself.
set -euo pipefail
scripts=$(cd "$(dirname "$0")" && pwd)
case "${1:-}" in
  --bundle | --unbundle) exec "$scripts/gpu-check-bundle.sh" "$@" ;;
esac
cd "$scripts/.."
npm run --silent build
if command -v nvidia-smi > /dev/null; then nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv; fi
layout=$(mktemp)
trap 'rm -f "$layout"' EXIT
# An rpath that holds for what cuDNN opens, too.
brought=$(printf '%s:' "$PWD"/node_modules/@tensorflow/tfjs-node-gpu/deps/nvidia/*/lib)
g++ -O1 -o "$layout" scripts/gpu-check-layout.cpp -ldl -Wl,--disable-new-dtags,-rpath,"$brought"
node scripts/gpu-check.mjs --layout "$layout" "$@"
