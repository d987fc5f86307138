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

if [ "$(id -u)" != 0 ]; then
    echo "dolfinx_next: a chroot needs root; run: sudo bash envs/dolfinx_next.sh" >&2
    exit 1
fi
if ! command -v mmdebstrap > /dev/null; then
    if ! command -v apt-get > /dev/null; then
        echo "dolfinx_next: needs the Debian package mmdebstrap, and there is no apt-get here" >&2
        exit 1
    fi
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends mmdebstrap
fi

build() { # SUITE: a minimal Debian with DOLFINx and what tests/fem import; half-built roots never count
    local suite=$1 root=.chroots/$1
    local mirror=${DEBIAN_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' \
        | awk '/\/debian\/*$/ && !found { print; found = 1 }')}
    rm -rf "$root.partial"
    # Check-Valid-Until: a mirror may lag behind the date of the suite's Release file.
    mmdebstrap --quiet --variant=apt \
        --aptopt='Acquire::Check-Valid-Until "false"' \
        --aptopt='APT::Install-Recommends "false"' \
        --dpkgopt='path-exclude=/usr/share/man/*' \
        --dpkgopt='path-exclude=/usr/share/doc/*' \
        --include=ca-certificates,g++,python3-dolfinx,python3-gmsh,python3-h5py,python3-lark,python3-numba,python3-pytest,python3-scipy \
        "$suite" "$root.partial" ${mirror:+"$mirror"}
    mv "$root.partial" "$root"
}

wheels() { # run-time shape checks, pure Python and not in Debian, shared by all roots
    local python=python3
    [ -x .venv/bin/python ] && python=.venv/bin/python
    "$python" -m pip install --quiet --no-deps --only-binary=:all: --target .chroots/python.partial \
        jaxtyping beartype wadler-lindig
    mv .chroots/python.partial .chroots/python
}

inside() { # ROOT COMMAND...: in a private mount namespace, so that nothing stays mounted; this folder is /mnt
    unshare --mount --propagation private bash -c '
        root=$1; shift
        mount --bind "$root" "$root"
        mount --bind /proc "$root/proc"; mount --rbind /sys "$root/sys"; mount --rbind /dev "$root/dev"
        mount --bind . "$root/mnt"
        exec chroot "$root" env -i -C /mnt HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
            OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=/mnt/src:/mnt/.chroots/python "$@"' _ "$@"
}

mkdir -p .chroots
[ -d .chroots/python ] || wheels
failed=()
for suite in "${suites[@]}"; do
    [ -d ".chroots/$suite" ] || build "$suite"
    echo "== $suite"
    inside ".chroots/$suite" python3 -c '
from understudy import fem
print(*(f"{name} {version}" for name, version in fem.versions().items()), sep=", ")'
    inside ".chroots/$suite" python3 -m pytest -p no:cacheprovider "$@" tests/fem || failed+=("$suite")
done
if [ ${#failed[@]} -gt 0 ]; then
    echo "dolfinx_next: tests failed on ${failed[*]}" >&2
    exit 1
fi
