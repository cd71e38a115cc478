#!/usr/bin/env bash
# gpu-check.sh for a machine with an NVIDIA driver and no network, nor Node.js or CUDA: one archive in pieces of 60 MiB.
#
#   scripts/gpu-check-bundle.sh --bundle FILE [ARCHITECTURE]    needs scripts/tensorflow-on-gpu.sh; default 90 (H100, H200)
#   scripts/gpu-check-bundle.sh --unbundle FILE DIR             needs tar and xz (or python3); then DIR/run
#
# Code for other GPUs than ARCHITECTURE is zeroed, so that it packs away (gpu-check-prune.py). Of the libraries that
# TensorFlow only opens and never calls here (cuFFT, cuSOLVER, cuSPARSE), empty ones of the same name stand in.
set -euo pipefail

case "${1:-}" in
  --unbundle)
    file=${2:?FILE} folder=${3:?DIR}
    mkdir -p "$folder"
    if command -v xz > /dev/null; then unpack=(xz -dc); else
      unpack=(python3 -c 'import lzma, shutil, sys; shutil.copyfileobj(lzma.open(sys.stdin.buffer), sys.stdout.buffer)')
    fi
    cat "$file".[0-9][0-9] | "${unpack[@]}" | tar x -C "$folder"
    echo "now: $folder/run"
    exit 0
    ;;
  --bundle) file=$(realpath -m "${2:?FILE}") architecture=${3:-90} ;;
  *)
    echo "gpu-check-bundle.sh: expected --bundle FILE or --unbundle FILE DIR" >&2
    exit 64
    ;;
esac

cd "$(dirname "$0")/.."
package=node_modules/@tensorflow/tfjs-node-gpu
if [ ! -d "$package/deps/nvidia" ]; then
  echo "gpu-check-bundle.sh: $package/deps/nvidia is not there: run scripts/tensorflow-on-gpu.sh first" >&2
  exit 66
fi
npm run --silent build
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The program, and of node_modules what it loads. Source maps and bundles for browsers are never loaded.
mkdir -p "$work/lib" "$work/scripts" "$work/native/build"
cp "$(node -p process.execPath)" "$work/node"
cp -r dist package.json "$work/"
cp -r native/build "$work/native/"
cp scripts/gpu-check*.mjs "$work/scripts/"
node - "$work" <<'JS'
const { cpSync, readFileSync } = require('node:fs');
const seen = new Set();
const unused = /\.map$|\.min\.js$|\.fesm\.|\.es2017\.js$|\.d\.ts$|node-gpu\/(deps|wheel)\b|\/(dist|lib)\/tf[a-z-]*\.(js|node\.js)$/;
function take(name) {
  const folder = `node_modules/${name}`;
  if (seen.has(name)) return;
  let manifest;
  try { manifest = JSON.parse(readFileSync(`${folder}/package.json`)); } catch { return; }
  seen.add(name);
  const mainFile = `${folder}/${manifest.main ?? 'index.js'}`.replace('/./', '/');
  cpSync(folder, `${process.argv[2]}/${folder}`, { recursive: true, filter: (path) => path === mainFile || !unused.test(path) });
  for (const dependency of Object.keys(manifest.dependencies ?? {})) take(dependency);
}
for (const name of ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-cpu']) take(name);
JS

node scripts/gpu-check-layout.mjs > "$work/places"
g++ -O1 -s -o "$work/layout" scripts/gpu-check-layout.cpp -ldl

mkdir -p "$work/$package/deps/tensorflow"
prune() { python3 scripts/gpu-check-prune.py "$1" "$2/$(basename "$1")" "$architecture"; }
for library in tensorflow_cc tensorflow_framework; do
  prune "$package/deps/tensorflow/lib$library.so.2" "$work/$package/deps/tensorflow"
done
nvidia=$package/deps/nvidia
for library in cuda_runtime/lib/libcudart.so.12 cublas/lib/libcublas{,Lt}.so.12 cudnn/lib/libcudnn{,_graph,_ops,_adv}.so.9; do
  prune "$nvidia/$library" "$work/lib"
done
for name in libcufft.so.11 libcusolver.so.11 libcusparse.so.12; do
  echo | gcc -x c - -shared -Wl,-soname,$name -o "$work/lib/$name"
done

cat > "$work/run" <<'RUN'
#!/bin/sh
# Asks cuDNN where its weights are, then runs the checks. Options: --checks-only.
cd "$(dirname "$0")" || exit 74
export LD_LIBRARY_PATH="$PWD/lib:${LD_LIBRARY_PATH:-}"
nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv
./layout < places
exec ./node scripts/gpu-check.mjs "$@"
RUN
chmod +x "$work/run"
rm -f "$file".[0-9][0-9]
du -sm "$work" | awk '{ print $1, "MB unpacked" }'
tar c -C "$work" . | xz -T0 "-${XZ_LEVEL:-2}" | split -b 60M -d -a 2 - "$file."
ls -l "$file".[0-9][0-9]
