#!/usr/bin/env bash
# status.sh JOB: success, failed or running. A scheduler that does not answer counts as running.
# shellcheck source=scheduler.sh
. "$(dirname "$(readlink -f "$0")")/scheduler.sh"
state "$1"
