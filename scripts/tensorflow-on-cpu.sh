#!/usr/bin/env bash
# Makes the tensorflow engine run on this machine's CPU, to test it without a GPU. About 280 MB to download, 900 MB on
# disk, 30 seconds. What it needs and does: tensorflow-from-wheel.sh.
set -euo pipefail
exec "$(dirname "$0")/tensorflow-from-wheel.sh" tensorflow-cpu==2.21.0
