#!/bin/bash
# Makes the image for a Raspberry Pi 4 and the update bundle of the same version: make image (as root).
#
# build/image/out gets c8210-VERSION.img.zst, c8210-VERSION.raucb, bill.json, notices.txt, sources.txt and SHA256SUMS.
# From outside:
#   VERSION            another version than that of common/product.py, for the image and the suite in it
#   SOURCE_DATE_EPOCH  the time of everything in it; that of the last commit
#   TREE               another tree than that of image/tree, for tests of the boot chain by itself
#   OUT                where it all goes; build/image/out
#   KEYS               the folder of the maker's keys (image/rauc/keys.sh); build/image/keys
set -euo pipefail
cd "$(dirname "$0")/.."
[[ $EUID -eq 0 ]] || {
    echo "image: only root can make it: the tree's programs run in it" >&2
    exit 1
}
python=.venv/bin/python
version=${VERSION:-$("$python" -P -c 'from common.product import VERSION; print(VERSION)')}
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH TZ=UTC LC_ALL=C.UTF-8
keys=$(realpath -m "${KEYS:-build/image/keys}")
out=$(realpath -m "${OUT:-build/image/out}")
work=$out.work
tree=${TREE:-build/image/tree}
mkdir -p "$work" "$out" build/image
exec 7>build/image/lock
flock 7

begin=$SECONDS
stage() { # what, command
    local from=$SECONDS
    "${@:2}"
    printf 'image: %-44s %4d s\n' "$1" $((SECONDS - from))
}
whole_tree() {
    [[ -z ${TREE:-} ]] || return 0
    image/binfmt.sh
    image/tree/build.sh arm64 "$tree"
}
root=$work/root
name_version() { # in a tree that is called otherwise
    local library=$root/usr/lib/c8210 compiler
    ! grep -qxF "VERSION = \"$version\"" "$library/common/product.py" || return 0
    sed -i "s/^VERSION = .*/VERSION = \"$version\"/" "$library/common/product.py"
    compiler=$(image/tree/base.sh "$(dpkg --print-architecture)" device)
    image/tree/bytecode.sh "$compiler" "$library/common" /usr/lib/c8210/common
}
fill() { # a copy, for the tree is kept for the next time
    rm -rf --one-file-system "$root"
    cp --archive --reflink=auto "$tree" "$root"
    [[ -n ${TREE:-} ]] || name_version
    image/rauc/install.sh arm64 "$root" "$keys/ca.pem"
    cp --archive "$work/kernel/." "$root/"
    # What was taken apart without being installed.
    local list parts=("build/image/kernel/$(<image/kernel/version)-arm64")
    for list in build/image/firmware/*/Packages; do parts+=("${list%/Packages}"); done
    "$python" -P -m image.bill "$root" "$version" "$out" "${parts[@]/%//Packages}"
    "$python" -P -m image.notices "$out/notices.txt" "$root" "${parts[@]}"
    install -D -m 644 --target-directory "$root/usr/share/doc/c8210" LICENSE "$out/bill.json" "$out/sources.txt"
    gzip -9 -n <"$out/notices.txt" >"$root/usr/share/doc/c8210/notices.txt.gz"
    echo "$version" >"$root/usr/lib/c8210-image/version"
}
disk() {
    local files=$work/disk
    rm -rf "$files" && mkdir -p "$files"/{in,empty}
    cp --sparse=always "$work/boot/fw.vfat" "$work/boot/env.bin" "$work/rootfs.ext4" "$files/in/"
    genimage --config image/disk/genimage.cfg --inputpath "$files/in" --outputpath "$work" --tmppath "$files/tmp" \
        --rootpath "$files/empty" >"$files/log" 2>&1 || {
        cat "$files/log" >&2
        return 1
    }
    rm -rf "$files"
    zstd -q -f -T0 -10 "$work/c8210.img" -o "$out/c8210-$version.img.zst"
}

stage 'keys' image/rauc/keys.sh "$keys"
stage 'tree: Debian and the suite' whole_tree
# The kernel is unpacked before the boot partition takes the device tree from it, and both before the bill lists them.
stage 'kernel and initrd' image/kernel/build.sh arm64 "$work/kernel"
stage 'boot partition' image/boot/build.sh "$work/boot"
stage 'RAUC, bill of materials, notices' fill
stage 'slot' image/disk/rootfs.sh "$root" "$work/rootfs.ext4"
stage 'disk' disk
stage 'bundle' image/rauc/bundle.sh "$work/rootfs.ext4" "$version" "$keys" "$out/c8210-$version.raucb"
(cd "$out" && sha256sum c8210-"$version".* bill.json notices.txt sources.txt >SHA256SUMS)
printf 'image: done in %d s\n' $((SECONDS - begin))
find "$out" -name "c8210-$version.*" -printf '       %s bytes  %f\n' | sort
