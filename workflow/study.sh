#!/usr/bin/env bash
# study.sh NAME: run study NAME to its report, whatever was left of an earlier run.
set -euo pipefail
cd "$(dirname "$0")/.."
name=${1:?name of a study in config/}
config=config/$name.yaml
[ -f "$config" ] || { echo "study: no $config; there are: $(cd config && ls -- *.yaml | tr '\n' ' ')" >&2; exit 2; }
export PATH="$PWD/.venv/bin:$PATH"

mkdir -p .snakemake
exec 9> .snakemake/study.lock
flock -n 9 || { echo "study: another one is running in this folder" >&2; exit 1; }
# A killed run leaves locks behind. They are stale unless a snakemake process works in this folder.
if [ -n "$(ls -A .snakemake/locks 2>/dev/null)" ]; then
  for process in $(pgrep -f snakemake || true); do
    if [ "$(readlink "/proc/$process/cwd" 2>/dev/null)" = "$PWD" ] && [ "$process" != $$ ]; then
      echo "study: snakemake is running in this folder (process $process)" >&2; exit 1
    fi
  done
  snakemake --unlock --configfile "$config" --cores 1 > /dev/null 2>&1
fi

# Nobody else writes here now: what killed writers left half-written is nobody's.
find results data/generated -name '.part-*' -type f -delete 2> /dev/null || true

log=.snakemake/study-$name.log
cores=${CORES:-$(nproc)}
tell() { PYTHONPATH=src python -m understudy status "$name" "$@"; }
if ! snakemake --cores "$cores" --configfile "$config" 2>&1 9>&- | tee "$log" \
  | tell --cores "$cores" --stream; then
  tell --cores "$cores" >&2
  echo "study: try the command that failed again by hand (it stands above, with its log), mend its" >&2
  echo "cause, then run this again: what is finished is kept" >&2
  exit 1
fi
if ! grep -q 'Nothing to be done' "$log"; then
  snakemake --configfile "$config" --report "results/$name/snakemake-report.html" > /dev/null 2>&1 9>&- \
    || echo "study: Snakemake's own report could not be written" >&2
fi
echo "report: $PWD/results/$name/report.html"
