#!/usr/bin/env bash
# Installs what the tests of sweeps on a cluster need, on Debian as root: Slurm, munge and GNU parallel (7 MB, 10 s).
# The tests bring up their own daemons on the loopback device; no service is left running.
set -euo pipefail
missing=()
for pair in slurm-wlm:/usr/sbin/slurmctld munge:/usr/sbin/munged parallel:/usr/bin/parallel; do
  [ -x "${pair#*:}" ] || missing+=("${pair%%:*}")
done
[ "${#missing[@]}" -eq 0 ] && exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  echo "missing ${missing[*]}: the tests of sweeps on Slurm need them (Debian: apt-get install ${missing[*]})" >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get install -y -q --no-install-recommends "${missing[@]}" || {
  apt-get update -q && apt-get install -y -q --no-install-recommends "${missing[@]}"
}
