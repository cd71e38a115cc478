#!/usr/bin/env bash
# gpu-check.sh for a machine with an NVIDIA driver and no network, nor Node.js or CUDA: one archive in pieces of 60 MiB.
#
#   scripts/gpu-check-bundle.sh --bundle FILE [ARCHITECTURE]    needs scripts/tensorflow-on-gpu.sh; default 90 (H100, H200)
#   scripts/gpu-check-bundle.sh --unbundle FILE DIR             needs tar and xz (or python3); then DIR/run
#
# Beside the pieces lie their checksums (FILE.sha256) and this script (FILE.sh), which is all that --unbundle needs. DIR/run
# makes the checks, DIR/irnn-run is the program itself (without data sets and figures). Code for other GPUs than ARCHITECTURE
# is zeroed, so that it packs away (gpu-check-prune.py). Of the libraries that TensorFlow only opens and never calls here
# (cuFFT, cuSOLVER, cuSPARSE), empty ones of the same name stand in.
set -euo pipefail

fail() {
  echo "gpu-check-bundle.sh: $2" >&2
  exit "$1"
}

case "${1:-}" in
  --unbundle)
    [ $# -eq 3 ] || fail 64 'expected --unbundle FILE DIR'
    file=$2 folder=$3
    [ -e "$file.sha256" ] || fail 66 "there is no $file.sha256: copy all that --bundle made"
    # Their names are without folders: pieces may have moved.
    (cd "$(dirname "$file")" && sha256sum --quiet -c "$(basename "$file").sha256") ||
      fail 65 "pieces are missing or damaged (the lines above name them): copy them again"
    mkdir -p "$folder"
    if command -v xz > /dev/null; then unpack=(xz -dc); else
      unpack=(python3 -c 'import lzma, shutil, sys; shutil.copyfileobj(lzma.open(sys.stdin.buffer), sys.stdout.buffer)')
    fi
    cat "$file".[0-9][0-9] | "${unpack[@]}" | tar x -C "$folder"
    echo "now: $folder/run"
    exit 0
    ;;
  --bundle)
    [ $# -eq 2 ] || [ $# -eq 3 ] || fail 64 'expected --bundle FILE [ARCHITECTURE]'
    file=$(realpath -m "$2") architecture=${3:-90}
    [[ $architecture =~ ^[0-9]+$ ]] || fail 64 "ARCHITECTURE is a number as 80 or 90, not $architecture"
    ;;
  *) fail 64 'expected --bundle FILE or --unbundle FILE DIR' ;;
esac

cd "$(dirname "$0")/.."
package=node_modules/@tensorflow/tfjs-node-gpu
[ -d "$package/deps/nvidia" ] || fail 66 "$package/deps/nvidia is not there: run scripts/tensorflow-on-gpu.sh first"
npm run --silent build
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The program, and of node_modules what it loads. Source maps and bundles for browsers are never loaded.
mkdir -p "$work/lib" "$work/scripts" "$work/native/build"
cp "$(node -p process.execPath)" "$work/node"
cp -r bin configs corpora dist package.json "$work/"
cp native/build/*.node "$work/native/build/"
cp -r native/wasm "$work/native/"
cp scripts/gpu-check*.mjs "$work/scripts/"
node - "$work" <<'JS'
const { cpSync, readFileSync } = require('node:fs');
const seen = new Set();
const unused = /\.map$|\.min\.js$|\.fesm\.|\.es2017\.js$|\.d\.c?ts$|node-gpu\/(deps|wheel)\b|\/(dist|lib)\/tf[a-z-]*\.(js|node\.js)$/;
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
for (const name of ['cli-progress', 'fft.js', 'yaml', 'yargs', 'zod']) take(name);
JS

# The C++ library may be older there than the compiler here. Without zlib, cuDNN ends the process.
for library in libstdc++.so.6 libgcc_s.so.1 libz.so.1; do cp -L "$(g++ -print-file-name=$library)" "$work/lib/"; done
g++ -O1 -s -static-libstdc++ -static-libgcc -o "$work/layout" scripts/gpu-check-layout.cpp -ldl

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

cat > "$work/irnn-run" <<'RUN'
#!/bin/sh
# The program: irnn-run configs/smoke.yaml --engine tensorflow --device cuda
here=$(cd "$(dirname "$0")" && pwd)
export LD_LIBRARY_PATH="$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
exec "$here/node" "$here/bin/irnn-run.js" "$@"
RUN
cat > "$work/run" <<'RUN'
#!/bin/sh
# Says what is here, asks cuDNN where its weights are, then runs the checks. Options: --checks-only.
cd "$(dirname "$0")" || exit 74
if command -v nvidia-smi > /dev/null; then nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv; fi
./irnn-run doctor
export LD_LIBRARY_PATH="$PWD/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
exec ./node scripts/gpu-check.mjs --layout ./layout "$@"
RUN
chmod +x "$work/irnn-run" "$work/run"
rm -f "$file".[0-9][0-9]
du -sm "$work" | awk '{ print $1, "MB unpacked" }'
tar c -C "$work" . | xz -T0 "-${XZ_LEVEL:-2}" | split -b 60M -d -a 2 - "$file."
cp scripts/gpu-check-bundle.sh "$file.sh"
cd "$(dirname "$file")"
sha256sum "$(basename "$file")".[0-9][0-9] > "$file.sha256"
ls -l "$file".[0-9][0-9]
