#!/usr/bin/env bash
# test.sh: build the image and run the simulate stage of config/tiny.yaml in it, on a copy of the project. Needs
# root and Debian's buildah; nothing else of a container engine, no user namespaces.
set -euo pipefail
cd "$(dirname "$0")/../.."
bash envs/container/root.sh
command -v buildah > /dev/null || {
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends buildah > /dev/null
}
store=.chroots/images
engine() { buildah --root "$PWD/$store" --runroot /run/understudy-images --storage-driver vfs "$@"; }
made=.chroots/understudy/opt/understudy/setup-stamp
if ! cmp -s "$made" "$store/stamp" || ! cmp -s envs/container/Containerfile "$store/Containerfile"; then
  rm -rf "$store"
  engine build --isolation chroot --layers=false --file envs/container/Containerfile --tag understudy .chroots/understudy
  cp "$made" "$store/stamp"
  cp envs/container/Containerfile "$store/Containerfile"
fi

copy=$(mktemp -d)
container=$(engine from --pull-never understudy)
trap 'engine rm "$container" > /dev/null; rm -rf "$copy"' EXIT
cp -r Snakefile workflow config profiles src envs "$copy"
mkdir "$copy/data"
cp -r data/imported data/outside "$copy/data"
start=$SECONDS
engine run --isolation chroot --volume "$copy:/project" "$container" -- \
  snakemake --cores 1 --configfile config/tiny.yaml --until collect_samples
for set in "$copy"/data/generated/*/data_set.h5; do
  engine run --isolation chroot --volume "$copy:/project" "$container" -- \
    python -m understudy data-card "${set/#$copy//project}" | head -3
done
echo "container: the simulate stage of tiny took $((SECONDS - start)) s"
