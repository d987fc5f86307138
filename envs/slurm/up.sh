#!/usr/bin/env bash
# up.sh: a real Slurm of one node, from Debian packages, for tests. Needs root; uses no systemd.
#
# Everything lives in $SLURM_HOME (default /run/understudy-slurm): configuration, key, state, logs. A link in
# /etc/slurm lets sbatch, squeue and the rest find it; a machine that has a Slurm of its own is left alone.
# `bash envs/slurm/down.sh` ends it.
# Memory limits are enforced by cgroups where version 1 is mounted, else by polling each second.
set -euo pipefail
home=${SLURM_HOME:-/run/understudy-slurm}
[ "$(id -u)" = 0 ] || { echo "slurm: a node needs root; run: sudo bash envs/slurm/up.sh" >&2; exit 1; }

config=/etc/slurm/slurm.conf
if [ -e "$config" ] && [ "$(readlink "$config")" != "$home/slurm.conf" ]; then
  echo "slurm: this machine has a Slurm already ($config)" >&2; exit 1
fi

missing=()
for package in slurm-wlm munge; do
  state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$state" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  command -v apt-get > /dev/null || { echo "slurm: needs Debian's ${missing[*]}, and there is no apt-get" >&2; exit 1; }
  echo "slurm: installing ${missing[*]}"
  apt-get update -q > /dev/null
  DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}" > /dev/null
fi

host=$(hostname -s)
memory=$(awk '/MemTotal/ { print int(0.9 * $2 / 1024) }' /proc/meminfo)
install -d -m 0755 "$home" "$home/state" "$home/spool" "$home/logs"
install -d -m 0700 "$home/key"
[ -s "$home/key/munge.key" ] || head -c 1024 /dev/urandom > "$home/key/munge.key"
chmod 0400 "$home/key/munge.key"

if [ -d /sys/fs/cgroup/memory ] && [ -d /sys/fs/cgroup/freezer ] && [ -d /sys/fs/cgroup/cpuset ]; then
  limits="ProctrackType=proctrack/cgroup
TaskPlugin=task/cgroup
JobAcctGatherType=jobacct_gather/none"
  cat > "$home/cgroup.conf" <<CONF
CgroupPlugin=cgroup/v1
CgroupMountpoint=/sys/fs/cgroup
CgroupAutomount=no
ConstrainRAMSpace=yes
ConstrainSwapSpace=yes
AllowedSwapSpace=0
CONF
else
  limits="ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill"
fi
# MinJobAge: how long squeue remembers finished jobs, which is all there is without an accounting database.
cat > "$home/slurm.conf" <<CONF
ClusterName=understudy
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=16817
SlurmdPort=16818
AuthType=auth/munge
AuthInfo=socket=$home/munge.socket
CredType=cred/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation=$home/state
SlurmdSpoolDir=$home/spool
SlurmctldPidFile=$home/slurmctld.pid
SlurmdPidFile=$home/slurmd.pid
SlurmctldLogFile=$home/logs/slurmctld.log
SlurmdLogFile=$home/logs/slurmd.log
$limits
MpiDefault=none
ReturnToService=2
SchedulerType=sched/backfill
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
DefMemPerCPU=512
MinJobAge=86400
KillWait=5
AccountingStorageType=accounting_storage/none
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc --all) RealMemory=$memory State=UNKNOWN
PartitionName=test Nodes=$host Default=YES MaxTime=INFINITE State=UP
CONF

install -d /etc/slurm
for file in slurm.conf cgroup.conf; do
  [ ! -e "$home/$file" ] || ln -sf "$home/$file" "/etc/slurm/$file"
done

alive() { [ -s "$home/$1.pid" ] && kill -0 "$(cat "$home/$1.pid")" 2> /dev/null; }
alive munged || munged --socket="$home/munge.socket" --key-file="$home/key/munge.key" \
  --log-file="$home/logs/munged.log" --pid-file="$home/munged.pid" --seed-file="$home/key/munge.seed"
munge --socket="$home/munge.socket" --no-input | unmunge --socket="$home/munge.socket" > /dev/null
alive slurmctld || slurmctld
alive slurmd || slurmd
for _ in $(seq 60); do
  sinfo --noheader --format=%T 2> /dev/null | grep -q idle && break
  sleep 0.5
done
sinfo --noheader --format=%T | grep -q idle \
  || { echo "slurm: the node does not come up; see $home/logs" >&2; exit 1; }
echo "slurm: $(sinfo --version) is up on $host"
