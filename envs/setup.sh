#!/usr/bin/env bash
# setup.sh [main|cluster|report|numpy2|plaid|audit|peers|adelie]: do what is missing of an environment; quick when nothing is.
#   main    .venv over Debian's Python and DOLFINx: what `make study` and `make test` need
#   cluster .venv again: plugins that submit to Slurm and other schedulers
#   report  .venv again: vtk.js for a field that can be turned, and Chromium, which tests the page
#   numpy2  .venv-numpy2: what needs no DOLFINx, on NumPy 2
#   plaid   .venv-plaid: PLAID and what data sets need; no DOLFINx
#   audit   .venv-audit: pip-audit
#   peers   .venv-peers: other people's codes that benchmarks compare with
#   adelie  .venv-adelie: one of them, which needs NumPy 1
# TORCH_INDEX: address of a package index with CPU builds of torch, when pip's own has none.
set -euo pipefail
cd "$(dirname "$0")/.."
kind=${1:-main}
case $kind in
  main) venv=.venv list=envs/debian12/requirements.txt options=(--system-site-packages) ;;
  cluster) venv=.venv list=envs/debian12/cluster.txt options=() ;;
  report) venv=.venv list=envs/debian12/report.txt options=() ;;
  numpy2) venv=.venv-numpy2 list=envs/numpy2.txt options=() ;;
  plaid) venv=.venv-plaid list=envs/plaid.txt options=() ;;
  peers) venv=.venv-peers list=envs/peers.txt options=() ;;
  adelie) venv=.venv-adelie list=envs/adelie.txt options=() ;;
  audit) venv=.venv-audit list=envs/audit.txt options=() ;;
  *) echo "setup.sh: expected main, cluster, report, numpy2, plaid, audit, peers or adelie, got $kind" >&2; exit 2 ;;
esac

done=$venv/setup-stamp
over=; case $kind in cluster|report) over=yes done=$venv/setup-stamp-$kind ;; esac
packages=(envs/debian12/apt.txt)
[ "$kind" != report ] || packages+=(envs/debian12/apt-report.txt)
# The stamp is written last, so an interrupted set-up never counts as done.
stamp=$(cat "${packages[@]}" "$list" envs/setup.sh pyproject.toml | sha256sum | cut -c1-64)
[ "$(cat "$done" 2>/dev/null)" = "$stamp" ] && exit 0

# One set-up at a time in this folder; who waited looks again.
exec 8> ".setup-$kind.lock"
flock 8
[ "$(cat "$done" 2>/dev/null)" = "$stamp" ] && exit 0

say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$@" >&2; exit 1; }

if ! grep -qs '^VERSION_CODENAME=bookworm' /etc/os-release; then
  fail "this script sets up Debian 12 (bookworm)." \
    "Elsewhere: conda env create -f envs/controller.yaml; conda activate understudy-controller;" \
    "then: snakemake --sdm conda --cores 2"
fi

mapfile -t wanted < <(cat "${packages[@]}")
missing=()
for package in "${wanted[@]}"; do
  state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$state" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  install="apt-get install -y --no-install-recommends ${missing[*]}"
  if [ "$(id -u)" = 0 ]; then become=()
  elif sudo -n true 2>/dev/null; then become=(sudo -n)
  else fail "packages are missing and this user may not install them. Ask for:" "  sudo $install"
  fi
  say "installing ${#missing[@]} Debian packages"
  "${become[@]}" apt-get update -q > /dev/null || fail "apt-get update failed: is there a network?"
  # shellcheck disable=SC2086
  "${become[@]}" env DEBIAN_FRONTEND=noninteractive $install > /dev/null \
    || fail "could not install Debian packages; by hand:" "  sudo $install"
fi

if ! "$venv/bin/python" -m pip --version > /dev/null 2>&1; then
  [ -z "$over" ] || fail "there is no .venv to add to; first: bash envs/setup.sh"
  say "creating $venv"
  rm -rf "$venv"
  /usr/bin/python3 -m venv "${options[@]}" "$venv"
fi
pip() { "$venv/bin/python" -m pip --disable-pip-version-check --quiet "$@" 2> >(grep -v '^WARNING' >&2); }
say "installing the Python packages of $list"
torch=$(grep '^torch==' "$list" || true)
if [ -n "$torch" ]; then
  pip install "$(grep '^numpy==' "$list")" "$torch" ${TORCH_INDEX:+--index-url "$TORCH_INDEX"} \
    || fail "could not install $torch; set TORCH_INDEX to an index that has it"
  "$venv/bin/python" -c 'import torch; print("setup: torch", torch.__version__, "built for", torch.version.cuda and "CUDA " + torch.version.cuda or "CPU")'
fi
pip install -r "$list" || fail "could not install $list: is there a network?"
case $kind in
  peers|adelie|cluster|report|audit) ;;
  *) pip install --no-build-isolation --no-deps --editable . ;;
esac
echo "$stamp" > "$done"
say "$venv is ready"
