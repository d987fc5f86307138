# What submit.sh, status.sh and cancel.sh share: the scheduler's own file, by name or by its command on PATH.
# Each such file defines submit NAME CPUS TASKS MEGABYTES MINUTES LOG SCRIPT (prints the job's number),
# state JOB (prints success, failed or running) and cancel JOB...
set -euo pipefail
folder=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")

scheduler=${UNDERSTUDY_SCHEDULER:-}
if [ -z "$scheduler" ]; then
  for pair in pbs:qsub lsf:bsub slurm:sbatch; do
    if command -v "${pair#*:}" > /dev/null; then scheduler=${pair%:*}; break; fi
  done
fi
if [ ! -f "$folder/$scheduler.sh" ]; then
  echo "cluster: expected UNDERSTUDY_SCHEDULER to be pbs, lsf or slurm, got '$scheduler'" >&2
  exit 2
fi
# shellcheck source=/dev/null
. "$folder/$scheduler.sh"
