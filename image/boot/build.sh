#!/bin/bash
# Makes the boot partition and the sector of slots and tries: boot/build.sh FOLDER; FOLDER gets fw.vfat and env.bin,
# and fw/ with the files in it. The emulator needs only boot.scr of it; the Raspberry Pi all.
set -euo pipefail
mkdir -p "$1"
out=$(realpath "$1")
cd "$(dirname "$0")/../.."
: "${SOURCE_DATE_EPOCH:?times of the files}"
export TZ=UTC MTOOLS_SKIP_CHECK=1
kernel=build/image/kernel/$(<image/kernel/version)-arm64
[[ -d $kernel ]] || {
    echo "image: the kernel comes first: image/kernel/build.sh" >&2
    exit 1
}

# --- firmware and U-Boot, once per version ------------------------------------------------------

cache=$PWD/build/image/firmware
names=$(image/apt.sh planned trixie arm64 raspi-firmware u-boot-rpi)
key=$(grep -E '^(raspi-firmware|u-boot-rpi)_' <<<"$names" | sha256sum | cut -c 1-16)
if [[ ! -f $cache/$key/Packages ]]; then
    echo "image: firmware and U-Boot of the Raspberry Pi" >&2
    rm -rf "$cache" && mkdir -p "$cache/debs" "$cache/$key.new"
    image/apt.sh fetch "$cache/debs" trixie arm64 raspi-firmware u-boot-rpi
    for deb in "$cache"/debs/*.deb; do dpkg-deb --extract "$deb" "$cache/$key.new"; done
    image/listed.sh "$cache/debs" >"$cache/$key.new/Packages"
    mv "$cache/$key.new" "$cache/$key"
fi
parts=$cache/$key

# --- files --------------------------------------------------------------------------------------

fw=$out/fw
rm -rf "$fw" && mkdir -p "$fw"
cp "$parts"/usr/lib/raspi-firmware/{start4.elf,fixup4.dat,LICENCE.broadcom} "$fw/" 2>/dev/null ||
    cp "$parts"/usr/lib/raspi-firmware/{start4.elf,fixup4.dat} "$fw/"
cp "$parts/usr/lib/u-boot/rpi_arm64/u-boot.bin" "$fw/"
cp image/boot/config.txt "$fw/"
dtc -@ -q -I dts -O dtb -o "$out/c8210-hat.dtbo" hw/c8210-hat/c8210-hat.dts
fdtoverlay -i "$kernel/usr/lib/modules/$(<image/kernel/version)-arm64/dtb/broadcom/bcm2711-rpi-4-b.dtb" \
    -o "$fw/bcm2711-rpi-4-b.dtb" "$out/c8210-hat.dtbo"
mkimage -q -A arm64 -O linux -T script -C none -n C8210 -d image/boot/boot.cmd "$fw/boot.scr" >/dev/null
mkenvimage -s 512 -o "$out/env.bin" image/boot/env.txt

# --- the partition ------------------------------------------------------------------------------

find "$fw" -exec touch --date "@$SOURCE_DATE_EPOCH" {} +
rm -f "$out/fw.vfat"
mkfs.vfat --invariant -n C8210-FW -i 8210F001 -C "$out/fw.vfat" $((48 * 1024)) >/dev/null
(cd "$fw" && for file in *; do mcopy -m -i "$out/fw.vfat" "$file" "::$file"; done)
