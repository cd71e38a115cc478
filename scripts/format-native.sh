#!/usr/bin/env bash
# Lays out native/src by native/.clang-format, with one version of clang-format for all, from PyPI. Needs python3 with pip.
#
#   scripts/format-native.sh           rewrites the files
#   scripts/format-native.sh --check   fails if a file would change
set -euo pipefail
cd "$(dirname "$0")/.."

version=23.1.3
place=${TMPDIR:-/tmp}/irnn-run-clang-format-$version
if ! "$place/bin/clang-format" --version > /dev/null 2>&1; then
  python3 -m venv "$place"
  "$place/bin/pip" install --quiet "clang-format==$version"
fi

mode=(-i)
if [ "${1:-}" = --check ]; then mode=(--dry-run --Werror); fi
# description.def and table.inc are lists with a layout of their own.
find native/src -name '*.cc' -o -name '*.h' -o -name '*.hpp' | sort | xargs "$place/bin/clang-format" "${mode[@]}"
if grep -rnE '^.{111,}' native/src; then
  echo 'native/src: these lines are longer than 110 columns' >&2
  exit 1
fi
