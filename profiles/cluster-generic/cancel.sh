#!/usr/bin/env bash
# cancel.sh JOB...: end jobs.
# shellcheck source=scheduler.sh
. "$(dirname "$(readlink -f "$0")")/scheduler.sh"
cancel "$@"
