#!/bin/bash
# Makes a Debian 13 tree of the packages of one section of image/packages.list: base.sh ARCH SECTION
# Prints its folder below build/cache/tree, which nobody may change: it is made once for each list.
set -euo pipefail
cd "$(dirname "$0")/../.."
arch=$1 section=$2
suite=trixie
list=image/packages.list

packages=$(awk -v wanted="[$section]" '/^\[/ { here = $1 } /^[a-z0-9]/ && here == wanted { print $1 }' "$list")
[[ -n $packages ]] || {
    echo "tree: $list has no section [$section]" >&2
    exit 1
}
key=$( (echo "$packages" "$suite" && cat "$0") | sha256sum | cut -c 1-16)
tree=$PWD/build/cache/tree/$section-$arch-$key
echo "$tree"
[[ ! -d $tree ]] || exit 0

# From where this machine has its own Debian packages: updates and their mirror, too, where it has them.
mirror() { # label
    # shellcheck disable=SC2016 # apt's own variable
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' "Label: $1" | head -n 1
}
debian=$(mirror Debian)
security=$(mirror Debian-Security)
[[ -n $debian ]] || {
    echo "tree: apt knows no Debian mirror" >&2
    exit 1
}
work=$tree.new
trap 'rm -rf --one-file-system "$work"' EXIT
rm -rf --one-file-system "$work" "${tree%-*}"-*
mkdir -p "${tree%/*}"
signed='[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]'
echo "tree: Debian $suite for $arch, $(wc -w <<<"$packages") packages of [$section] and what they need" >&2
# mmdebstrap hands numbers of open files to dash, which knows none above 9: it is left those that we have inherited.
{
    echo "deb $signed $debian $suite main"
    echo "deb $signed $debian $suite-updates main"
    [[ -z $security ]] || echo "deb $signed $security $suite-security main"
} | mmdebstrap --mode=root --architectures="$arch" --variant=minbase --include="${packages//$'\n'/,}" \
    --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Retries "3"' --aptopt='Acquire::Languages "none"' \
    --dpkgopt='force-unsafe-io' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/info/*' --dpkgopt='path-exclude=/usr/share/lintian/*' \
    "$suite" "$work" - >&2 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
# Names of this machine and of its mirror are not the device's.
rm -f "$work"/etc/apt/sources.list "$work"/etc/apt/sources.list.d/* "$work"/etc/resolv.conf "$work"/etc/hostname
rm -f "$work"/etc/ssh/ssh_host_* "$work"/var/lib/apt/lists/*_* "$work"/var/cache/apt/*.bin
mv "$work" "$tree"
