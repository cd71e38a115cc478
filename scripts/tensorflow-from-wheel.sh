#!/usr/bin/env bash
# Puts @tensorflow/tfjs-node-gpu into node_modules (where `npm ci` removes it again), with the TensorFlow library out of a
# package of the Python registry: its addon is compiled against that. tensorflow-on-cpu.sh and tensorflow-on-gpu.sh call it.
#
#   scripts/tensorflow-from-wheel.sh NAME==VERSION
#
# Needs Linux on x86-64, g++, python3 with pip.
set -euo pipefail
cd "$(dirname "$0")/.."

package=node_modules/@tensorflow/tfjs-node-gpu
wheel=$package/wheel

# No install scripts: the package's own one would download another library from elsewhere.
npm install --no-save --save-prod --ignore-scripts --no-audit --no-fund @tensorflow/tfjs-node-gpu@4.22.0

rm -rf "$wheel" "$package/deps"
mkdir -p "$wheel" "$package/lib/napi-v8"
TMPDIR=$PWD/$wheel python3 -m pip download "$1" --no-deps --no-cache-dir --only-binary=:all: \
  --python-version 3.11 --platform manylinux_2_27_x86_64 --dest "$wheel"
python3 - "$wheel" "$package/deps" <<'PYTHON'
import pathlib, sys, zipfile

wheel = zipfile.ZipFile(next(pathlib.Path(sys.argv[1]).glob('*.whl')))
headers = ('c/', 'core/platform/', 'tsl/platform/')
wanted = tuple('tensorflow/include/tensorflow/' + folder for folder in headers) + ('tensorflow/include/tsl/platform/', 'tensorflow/include/xla/tsl/c/')
for name in wheel.namelist():
    if name.startswith(wanted) or name in ('tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2'):
        wheel.extract(name, sys.argv[2])
PYTHON
rm -rf "$wheel"

# What the package's binding.gyp says, without node-gyp: it would want Node's headers from the network.
g++ -std=c++17 -O2 -fPIC -shared -DNAPI_VERSION=8 \
  -I"$package" -I"$package/deps/tensorflow/include" -Inode_modules/node-api-headers/include \
  "$package/binding/tfjs_backend.cc" "$package/binding/tfjs_binding.cc" -o "$package/lib/napi-v8/tfjs_binding.node" \
  -L"$package/deps/tensorflow" -l:libtensorflow_cc.so.2 -l:libtensorflow_framework.so.2 \
  -Wl,-rpath,'$ORIGIN/../../deps/tensorflow'

TF_CPP_MIN_LOG_LEVEL=1 node -e "const { binding } = require('@tensorflow/tfjs-node-gpu').backend(); console.log('TensorFlow', binding.TF_Version)"
