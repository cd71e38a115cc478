#!/usr/bin/env bash
# What `npm install irnn-run` gives: packs the checkout, installs the tarball into an empty folder with no repository around
# it, and runs `doctor`, configs/smoke.yaml and a newcomer's first commands there. Needs a C++ compiler and make, and a registry.
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

# What somebody does who has nothing but the package.
irnn() { node_modules/.bin/irnn-run "$@"; }
refuses() {
  local code=$1 message=$2 status=0
  shift 2
  irnn "$@" 2> refused.txt || status=$?
  cat refused.txt
  [ "$status" -eq "$code" ] && grep -q -- "$message" refused.txt
}
irnn init mine
test -e "$(irnn init other | sed -n 's/^Every key: \(.*\);.*/\1/p')"
small=(--set task.T=5 --set evaluate.every=20 --quiet)
irnn mine.yaml --set training.steps=40 "${small[@]}" | grep 'finished at step 40'
irnn mine.yaml --set training.steps=80 "${small[@]}" | grep 'finished at step 80'
run=$(echo results/runs/mine-*)
irnn list | grep "$run.*finished *80"
irnn show "$run" | grep 'sessions  *2'
irnn plot "$run" --log y --save curve.svg | grep -q '0.1 │' && test -s curve.svg
irnn eval "$run" --predictions predictions.csv && test -s predictions.csv
irnn data export "$run/config.yaml" --out test.safetensors && test -s test.safetensors
irnn report --all results/runs && grep -q "${run##*/}" results/runs/report/index.html
irnn check - < mine.yaml
irnn configs figure-2 > copy.yaml
irnn sweep copy.yaml --launcher manifest > /dev/null
irnn sweep mine-sweep.yaml --dry-run "${small[@]}" --set training.steps=20 2> /dev/null | grep '^6 runs'
refuses 66 'did you mean "list"' lst
refuses 64 'did you mean --seed' mine.yaml --sed 3
refuses 78 'this is a config, not a sweep' sweep mine.yaml
refuses 78 'the config is empty' check - < /dev/null
