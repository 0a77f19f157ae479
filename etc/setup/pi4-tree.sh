#!/bin/bash
# Fetches the Raspberry Pi 4's device tree and the configuration of Debian's kernel for arm64 into build/hat, for the
# tests of the overlay. They are data in a package of 5 MB, which apt downloads with lists of its own: no foreign
# architecture is added to this machine, nothing is installed, and nothing needs root.
set -euo pipefail
suite=trixie-backports # the kernel of the image
tree=bcm2711-rpi-4-b.dtb
mkdir -p build/hat
cd build/hat
[[ ! -s $tree || ! -s config ]] || exit 0

# From where this machine has its own Debian packages.
# shellcheck disable=SC2016 # apt's own variable
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | head -n 1)
[[ -n $mirror ]] || {
    echo "setup: apt knows no Debian mirror, so the Raspberry Pi's device tree cannot be fetched" >&2
    exit 1
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{lists,cache}/partial "$work/cache/archives/partial"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$work/sources.list"
: >"$work/status"
apt=(-qq -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o APT::Sandbox::User="$(id -un)"
    -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=- -o Dir::State="$work"
    -o Dir::State::lists="$work/lists" -o Dir::State::status="$work/status" -o Dir::Cache="$work/cache"
    -o Acquire::Languages=none -o Acquire::Retries=3)

echo "setup: the Raspberry Pi 4's device tree"
apt-get "${apt[@]}" update
# Each kernel has a package of its own name; the newest is the one that a new image gets.
package=$(apt-cache "${apt[@]}" pkgnames linux-base- | grep -E '^linux-base-[0-9.]+\+deb[0-9]+-arm64$' | sort -V | tail -n 1)
(cd "$work" && apt-get "${apt[@]}" download "$package")
for file in "broadcom/$tree" config; do
    dpkg-deb --fsys-tarfile "$work"/*.deb | tar --extract --to-stdout --wildcards "*/$file" >"${file##*/}.new"
done
echo "$package" >kernel
mv config.new config
mv "$tree.new" "$tree"
