#!/usr/bin/env bash
# down.sh: end what up.sh started, each daemon by its own process number, and forget its state.
set -euo pipefail
home=${SLURM_HOME:-/run/understudy-slurm}
[ -d "$home" ] || exit 0
for daemon in slurmd slurmctld munged; do
  file=$home/$daemon.pid
  [ -s "$file" ] || continue
  process=$(cat "$file")
  kill "$process" 2> /dev/null || continue
  for _ in $(seq 40); do kill -0 "$process" 2> /dev/null || break; sleep 0.25; done
done
for file in slurm.conf cgroup.conf; do
  [ "$(readlink "/etc/slurm/$file")" != "$home/$file" ] || rm "/etc/slurm/$file"
done
rm -rf "$home"
echo "slurm: down"
