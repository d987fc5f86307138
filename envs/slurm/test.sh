#!/usr/bin/env bash
# test.sh: bring a Slurm of one node up, run the tests that need one, end it whatever happened.
set -euo pipefail
cd "$(dirname "$0")/../.."
trap 'bash envs/slurm/down.sh' EXIT
bash envs/slurm/up.sh
.venv/bin/python -m pytest -m slurm tests/slurm
cat results/test-slurm/story.txt
