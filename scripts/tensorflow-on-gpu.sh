#!/usr/bin/env bash
# Makes the tensorflow engine run on an NVIDIA GPU whose driver knows CUDA 12 (525 or newer), without an installed CUDA:
# TensorFlow 2.21 and NVIDIA's libraries, as the Python registry has them, within node_modules (where `npm ci` removes
# them again). Not verified on a GPU.
#
#   scripts/tensorflow-on-gpu.sh [--dry-run]      prints what it will download, and the free disk; --dry-run stops there
#
# Needs Linux on x86-64, g++, python3 with pip, 6 GB of free disk.
set -euo pipefail
if [ $# -gt 1 ] || [ "${1:---dry-run}" != --dry-run ]; then
  echo "tensorflow-on-gpu.sh: unknown option $*; there is --dry-run" >&2
  exit 64
fi
cd "$(dirname "$0")/.."

# The oldest versions that this TensorFlow declares, which are those that it was built with. MB to download, MB on disk.
tensorflow='tensorflow==2.21.0 573 1259'
libraries='nvidia-cuda-runtime-cu12==12.5.82 1 1
nvidia-cublas-cu12==12.5.3.2 363 551
nvidia-cudnn-cu12==9.3.0.75 577 885
nvidia-cufft-cu12==11.2.3.61 193 277
nvidia-cusolver-cu12==11.6.3.83 130 128
nvidia-cusparse-cu12==12.5.1.3 218 296
nvidia-nvjitlink-cu12==12.5.82 21 55'

echo 'MB to download, MB on disk:'
printf '%s\n%s\n' "$tensorflow" "$libraries" |
  awk '{ printf "  %-36s %5d %6d\n", $1, $2, $3; d += $2; s += $3 } END { printf "  %-36s %5d %6d\n", "together", d, s }'
free=$(df -Pm . | awk 'NR == 2 { print $4 }')
echo "6000 MB are needed while it unpacks; $free MB are free here."
if [ "${1:-}" = --dry-run ]; then exit 0; fi
if [ "$free" -lt 6000 ]; then
  echo "tensorflow-on-gpu.sh: too little free disk: make room, then run this again" >&2
  exit 73
fi

scripts/tensorflow-from-wheel.sh "${tensorflow%% *}"

deps=node_modules/@tensorflow/tfjs-node-gpu/deps
wheel=$deps/wheel
while read -r name _; do
  rm -rf "$wheel"
  mkdir -p "$wheel"
  TMPDIR=$PWD/$wheel python3 -m pip download "$name" --no-deps --no-cache-dir --only-binary=:all: --dest "$wheel" < /dev/null
  python3 - "$wheel" "$deps" <<'PYTHON'
import pathlib, re, sys, zipfile

# Variants that nothing here calls.
unused = ('libnvblas', 'libcufftw', 'libcusolverMg')
wheel = zipfile.ZipFile(next(pathlib.Path(sys.argv[1]).glob('*.whl')))
for name in wheel.namelist():
    if re.fullmatch(r'nvidia/\w+/lib/lib[^/]+\.so\.\d+', name) and not name.split('/')[-1].startswith(unused):
        wheel.extract(name, sys.argv[2])
PYTHON
done <<< "$libraries"
rm -rf "$wheel"

# Of these two folders TensorFlow's framework library, which opens the others by name, does not know.
for library in "$deps"/nvidia/{cusolver,nvjitlink}/lib/*.so.*; do
  ln -sf "../../$(basename "$(dirname "$(dirname "$library")")")/lib/$(basename "$library")" "$deps/nvidia/cuda_runtime/lib/"
done

node bin/irnn-run.js doctor | grep 'engine tensorflow'
