#!/usr/bin/env bash
# submit.sh NAME CPUS TASKS MEGABYTES MINUTES SCRIPT: hand a job script over; prints the job's number.
# shellcheck source=scheduler.sh
. "$(dirname "$(readlink -f "$0")")/scheduler.sh"
[ $# = 6 ] || { echo "submit: expected NAME CPUS TASKS MEGABYTES MINUTES SCRIPT, got $# words" >&2; exit 2; }
logs=$PWD/.snakemake/cluster_logs/$1
mkdir -p "$logs"
log=$logs/$(date +%Y%m%dT%H%M%S)-$$.log
submit "understudy-$1" "$2" "$3" "$4" "$5" "$log" "$6"
