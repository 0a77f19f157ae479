#!/bin/bash
# Makes what the virtual machine starts from: disk.sh FOLDER
# FOLDER gets the emulator (qemu/), the HAT's parts as an ACPI table (hat.aml), and disk.img, Image and initrd.img, which
# are those of a device but for the architecture and what is in tests/vm/files. What has not changed is left as it is.
set -euo pipefail
mkdir -p "$1"
out=$(realpath "$1")
cd "$(dirname "$0")/../.."
export TZ=UTC LC_ALL=C.UTF-8
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH
[[ $EUID -eq 0 ]] || {
    echo "vm: only root can make it: the tree's programs run in it" >&2
    exit 1
}
exec 7>"$out/lock"
flock 7

# Debian 13's: that of Debian 12 has no virtio sound card. Its programs run by their own loader, uninstalled.
qemu=$out/qemu
if [[ ! -d $qemu ]]; then
    echo "vm: the emulator of Debian 13" >&2
    rm -rf "$qemu".{new,debs} && mkdir -p "$qemu.new"
    image/apt.sh closure "$qemu.debs" trixie "$(dpkg --print-architecture)" qemu-system-x86
    for deb in "$qemu".debs/*.deb; do dpkg-deb --extract "$deb" "$qemu.new"; done
    rm -rf "$qemu.debs"
    mv "$qemu.new" "$qemu"
fi

iasl -vs -p "$out/hat" tests/vm/hat.asl >"$out/iasl.log" || {
    cat "$out/iasl.log" >&2
    exit 1
}

image/rauc/keys.sh build/image/keys
image/tree/build.sh amd64 "$out/tree"
key=$( (cat "$out/tree.key" "$0" image/writable.conf image/kernel/* image/rauc/* image/disk/* image/boot/* &&
    tar --create --sort=name --mtime=@1 tests/vm/files) | sha256sum | cut -c 1-64)
[[ ! -f $out/disk.key || $(<"$out/disk.key") != "$key" ]] || exit 0
begin=$SECONDS
rm -f "$out/disk.key"

root=$out/root
rm -rf --one-file-system "$root"
cp --archive --reflink=auto "$out/tree" "$root"
image/rauc/install.sh amd64 "$root" build/image/keys/ca.pem
image/kernel/build.sh amd64 "$root"
echo 0.0.0 >"$root/usr/lib/c8210-image/version"
cp --recursive --no-preserve=ownership tests/vm/files/. "$root/"
cp "$root"/boot/{Image,initrd.img} "$out/"

parts=$out/parts
rm -rf "$parts" && mkdir -p "$parts"/{in,empty}
image/disk/rootfs.sh "$root" "$parts/in/rootfs.ext4"
rm -rf --one-file-system "$root"
truncate --size=48M "$parts/in/fw.vfat" # the emulator loads the kernel itself
mkenvimage -s 512 -o "$parts/in/env.bin" image/boot/env.txt
genimage --config image/disk/genimage.cfg --inputpath "$parts/in" --outputpath "$parts/out" --tmppath "$parts/tmp" \
    --rootpath "$parts/empty" >"$parts/log" 2>&1 || {
    cat "$parts/log" >&2
    exit 1
}
mv "$parts/out/c8210.img" "$out/disk.img"
rm -rf "$parts"
truncate --size=4G "$out/disk.img" # room for the data partition
echo "$key" >"$out/disk.key"
echo "vm: disk, in $((SECONDS - begin)) s" >&2
