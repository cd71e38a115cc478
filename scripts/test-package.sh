#!/usr/bin/env bash
# What `npm install irnn-run` gives: packs the checkout, installs the tarball into an empty folder with no repository around
# it, and runs `doctor` and configs/smoke.yaml there. Needs a C++ compiler and make, and a registry.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm pack --silent --pack-destination "$folder"
if tar -tzf "$folder"/irnn-run-*.tgz | grep -E '^package/(native/build|src|test|results)/'; then
  echo 'the tarball holds files that nobody asked for' >&2
  exit 1
fi

mkdir "$folder/elsewhere"
cd "$folder/elsewhere"
npm init -y > /dev/null
npm install --silent --no-audit --no-fund "$folder"/irnn-run-*.tgz
export XDG_CACHE_HOME=$folder/cache
npx --no-install irnn-run doctor | tee doctor.txt
grep -q '^ok *engine native' doctor.txt
npx --no-install irnn-run node_modules/irnn-run/configs/smoke.yaml
test -e results/runs/smoke-*-s1/DONE.json
