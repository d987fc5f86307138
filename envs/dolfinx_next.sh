#!/usr/bin/env bash
# Runs tests/fem with the DOLFINx of newer Debian suites, in chroots built on first use.
#
#   bash envs/dolfinx_next.sh [SUITE ...] [-- PYTEST ARGUMENTS]     default: trixie (0.9) and sid (0.11)
#
# Needs root, a Debian mirror (DEBIAN_MIRROR; default: the one apt uses here), and for each suite about 2.5 GB
# and ten minutes on the first run. Roots live in .chroots/<suite>; delete one to rebuild it.
set -euo pipefail
cd "$(dirname "$0")/.."

suites=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do suites+=("$1"); shift; done
[ $# -gt 0 ] && shift
[ ${#suites[@]} -gt 0 ] || suites=(trixie sid)

# shellcheck source=envs/chroot.sh
. envs/chroot.sh
need_root dolfinx_next

build() { # SUITE: a Debian with DOLFINx and what tests/fem import
    bootstrap "$1" ".chroots/$1.partial" \
        ca-certificates,g++,python3-dolfinx,python3-gmsh,python3-h5py,python3-lark,python3-numba,python3-pytest,python3-scipy
    mv ".chroots/$1.partial" ".chroots/$1"
}

wheels() { # run-time shape checks and what reads flags, pure Python, shared by all roots
    local python=python3
    [ -x .venv/bin/python ] && python=.venv/bin/python
    "$python" -m pip install --quiet --no-deps --only-binary=:all: --target .chroots/python.partial \
        jaxtyping beartype wadler-lindig tyro docstring-parser typeguard typing-extensions tqdm
    mv .chroots/python.partial .chroots/python
}

path=PYTHONPATH=/mnt/src:/mnt/.chroots/python
mkdir -p .chroots
[ -d .chroots/python ] || wheels
failed=()
for suite in "${suites[@]}"; do
    [ -d ".chroots/$suite" ] || build "$suite"
    echo "== $suite"
    inside ".chroots/$suite" "$path" python3 -c '
from understudy import fem
print(*(f"{name} {version}" for name, version in fem.versions().items()), sep=", ")'
    inside ".chroots/$suite" "$path" python3 -m pytest -p no:cacheprovider "$@" tests/fem || failed+=("$suite")
done
if [ ${#failed[@]} -gt 0 ]; then
    echo "dolfinx_next: tests failed on ${failed[*]}" >&2
    exit 1
fi
