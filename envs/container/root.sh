#!/usr/bin/env bash
# root.sh: one root of Debian 12 with all that the stages need, of which both images are made:
#   buildah build --isolation chroot --file envs/container/Containerfile --tag understudy .chroots/understudy
#   apptainer build understudy.sif envs/container/understudy.def
#
# Packages of Debian and of Python are those of envs/debian12, the same that `make setup` installs. Needs root, the
# .venv of `make setup`, a Debian mirror and a package index (DEBIAN_MIRROR, TORCH_INDEX as there), 10 GB and ten
# minutes. What is downloaded stays in .chroots/wheels; inside the root nothing is fetched.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=envs/chroot.sh
. envs/chroot.sh
need_root container

root=.chroots/understudy
lists=(envs/debian12/requirements.txt envs/debian12/cluster.txt)
stamp=$(cat envs/debian12/apt.txt "${lists[@]}" envs/chroot.sh envs/container/root.sh | sha256sum | cut -c1-64)
[ "$(cat "$root/opt/understudy/setup-stamp" 2> /dev/null)" = "$stamp" ] && exit 0
[ -x .venv/bin/python ] || { echo "container: there is no .venv; first: make setup" >&2; exit 1; }

echo "container: downloading Python packages"
torch=$(grep '^torch==' envs/debian12/requirements.txt)
mkdir -p .chroots/wheels
pip() { .venv/bin/python -m pip --disable-pip-version-check --quiet "$@"; }
pip download --dest .chroots/wheels "$(grep '^numpy==' envs/debian12/requirements.txt)" "$torch" \
    ${TORCH_INDEX:+--index-url "$TORCH_INDEX"}
pip download --dest .chroots/wheels --find-links .chroots/wheels "${lists[@]/#/--requirement=}"

echo "container: building $root"
bootstrap bookworm "$root.partial" "$(paste -sd, envs/debian12/apt.txt)"
inside "$root.partial" python3 -m venv --system-site-packages /opt/understudy
inside "$root.partial" /opt/understudy/bin/pip install --quiet --no-index --find-links /mnt/.chroots/wheels \
    --no-cache-dir "${lists[@]/#/--requirement=/mnt/}"
echo "$stamp" > "$root.partial/opt/understudy/setup-stamp"
rm -rf "$root"
mv "$root.partial" "$root"
echo "container: $root is ready, $(du -sh "$root" | cut -f 1)"
