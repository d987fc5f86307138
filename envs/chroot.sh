# Sourced by scripts that work in roots of Debian. Roots live in .chroots/; delete one to rebuild it.

need_root() { # NAME: chroots need root, and mmdebstrap to be built
    if [ "$(id -u)" != 0 ]; then
        echo "$1: a chroot needs root; run it with sudo" >&2
        exit 1
    fi
    if ! command -v mmdebstrap > /dev/null; then
        if ! command -v apt-get > /dev/null; then
            echo "$1: needs the Debian package mmdebstrap, and there is no apt-get here" >&2
            exit 1
        fi
        apt-get update -qq
        apt-get install -y -qq --no-install-recommends mmdebstrap
    fi
}

bootstrap() { # SUITE ROOT PACKAGES: a minimal Debian with packages, a comma between two; half-built roots never count
    local suite=$1 root=$2 packages=$3
    local mirror=${DEBIAN_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' \
        | awk '/\/debian\/*$/ && !found { print; found = 1 }')}
    rm -rf "$root"
    # Check-Valid-Until: a mirror may lag behind the date of the suite's Release file.
    mmdebstrap --quiet --variant=apt \
        --aptopt='Acquire::Check-Valid-Until "false"' \
        --aptopt='APT::Install-Recommends "false"' \
        --dpkgopt='path-exclude=/usr/share/man/*' \
        --dpkgopt='path-exclude=/usr/share/doc/*' \
        --include="$packages" "$suite" "$root" ${mirror:+"$mirror"}
}

inside() { # ROOT [NAME=VALUE ...] COMMAND...: in a mount namespace of its own; this folder is /mnt
    unshare --mount --propagation private bash -c '
        root=$1; shift
        mount --bind "$root" "$root"
        mount --bind /proc "$root/proc"; mount --rbind /sys "$root/sys"; mount --rbind /dev "$root/dev"
        mount --bind . "$root/mnt"
        exec chroot "$root" env -i -C /mnt HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
            OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1 "$@"' _ "$@"
}
