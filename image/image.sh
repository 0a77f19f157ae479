#!/bin/bash
# Makes the image for a Raspberry Pi 4 and the update bundle of the same version: make image (as root).
#
# build/image/out gets c8210-VERSION.img.zst, c8210-VERSION.raucb, bill.json, sources.txt and SHA256SUMS. From outside:
#   VERSION            another version than that of common/product.py, for a bundle to test with
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
fill() { # a copy, for the tree is kept for the next time
    rm -rf --one-file-system "$root"
    cp --archive --reflink=auto "$tree" "$root"
    image/rauc/install.sh arm64 "$root" "$keys/ca.pem"
    image/kernel/build.sh arm64 "$root"
    install -D -m 644 LICENSE "$root/usr/share/doc/c8210/LICENSE"
    local release
    release=$(<image/kernel/version)-arm64
    "$python" -P image/bill.py "$root" "$version" "$out" "build/image/kernel/$release/debs" build/image/firmware/*/debs
    install -m 644 "$out/bill.json" "$out/sources.txt" "$root/usr/share/doc/c8210/"
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
stage 'kernel' image/kernel/build.sh arm64 "$work/kernel-only"
stage 'boot partition' image/boot/build.sh "$work/boot"
stage 'RAUC, kernel, bill of materials' fill
stage 'slot' image/disk/rootfs.sh "$root" "$work/rootfs.ext4"
stage 'disk' disk
stage 'bundle' image/rauc/bundle.sh "$work/rootfs.ext4" "$version" "$keys" "$out/c8210-$version.raucb"
(cd "$out" && sha256sum c8210-"$version".* bill.json sources.txt >SHA256SUMS)
printf 'image: done in %d s\n' $((SECONDS - begin))
find "$out" -name "c8210-$version.*" -printf '       %s bytes  %f\n' | sort
