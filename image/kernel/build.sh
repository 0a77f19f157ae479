#!/bin/bash
# Puts the kernel, its modules of modules.conf and the initrd into a tree: kernel/build.sh ARCH TREE [VERSION]
#
# TREE gets /boot/Image, /boot/initrd.img and /usr/lib/modules/RELEASE. The kernel is that of Debian's backports, taken
# apart without being installed: no hook of it runs, and nothing of the tree does. The same inputs give the same bytes.
set -euo pipefail
arch=$1
mkdir -p "$2"
tree=$(realpath "$2")
cd "$(dirname "$0")/../.."
version=${3:-$(<image/kernel/version)}
release=$version-$arch
here=image/kernel
: "${SOURCE_DATE_EPOCH:?times in the initrd}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# --- unpack, once per kernel --------------------------------------------------------------------

kernel=$PWD/build/image/kernel/$release
if [[ ! -f $kernel/Packages ]]; then
    echo "image: kernel $release, 100 MB" >&2
    rm -rf "$kernel.new" && mkdir -p "$kernel.new"
    image/apt.sh fetch "$work/debs" trixie-backports "$arch" "linux-base-$release" "linux-binary-$release" \
        "linux-modules-$release"
    image/apt.sh fetch "$work/debs" trixie "$arch" busybox-static
    for deb in "$work"/debs/*.deb; do dpkg-deb --extract "$deb" "$kernel.new"; done
    ln -s usr/lib "$kernel.new/lib"
    image/listed.sh "$work/debs" >"$kernel.new/Packages"
    depmod --basedir "$kernel.new" "$release"
    rm -rf "$kernel" && mv "$kernel.new" "$kernel"
fi
from=$kernel/usr/lib/modules/$release

# --- which modules ------------------------------------------------------------------------------

# stage: file names of its modules, each behind those that it needs
chosen() {
    awk -v stage="$1" -v arch="$arch" -v dep="$from/modules.dep" -v soft="$from/modules.softdep" \
        -v builtin="$from/modules.builtin" '
        function plain(path) { sub(/.*\//, "", path); sub(/\.ko.*/, "", path); gsub(/-/, "_", path); return path }
        function take(path, needs, count, at) {
            if (path in taken) return
            taken[path] = 1
            count = split(need[path], needs, " ")
            for (at = count; at >= 1; at--) take(needs[at])
            print path
            count = split(after[plain(path)], needs, " ")
            for (at = 1; at <= count; at++) if (needs[at] in file) take(file[needs[at]])
        }
        BEGIN {
            while ((getline line <dep) > 0) {
                split(line, part, ": *"); file[plain(part[1])] = part[1]; need[part[1]] = part[2]
            }
            while ((getline line <builtin) > 0) inside[plain(line)] = 1
            while ((getline line <soft) > 0) {
                count = split(line, word, " ")
                for (at = 3; at <= count; at++) if (word[at] !~ /:$/) {
                    name = word[at]; gsub(/-/, "_", name); after[word[2]] = after[word[2]] " " name
                }
            }
        }
        /^#/ || !NF { next }
        ($3 == "-" || $3 == arch) && (stage == "root" || $2 == stage) {
            if ($1 in file) take(file[$1])
            else if (!($1 in inside)) { print "image: the kernel has no module " $1 >"/dev/stderr"; failed = 1 }
        }
        END { exit failed }' "$here/modules.conf"
}
chosen root >"$work/root"
chosen initrd >"$work/initrd"

# --- into the tree ------------------------------------------------------------------------------

into=$tree/usr/lib/modules/$release
[[ -e $tree/lib ]] || ln -s usr/lib "$tree/lib"
rm -rf "$tree/usr/lib/modules" && mkdir -p "$into" "$tree/boot"
(cd "$from" && tar --create --files-from "$work/root" modules.builtin modules.builtin.modinfo modules.order) |
    tar --extract --no-same-owner --directory "$into"
depmod --basedir "$tree" "$release" 2>"$work/depmod" || {
    cat "$work/depmod" >&2
    exit 1
}
install -m 644 "$from/vmlinuz" "$tree/boot/Image"

root=$work/initrd-root
mkdir -p "$root"/{bin,dev,proc,sys,run,sysroot,modules}
install -m 755 "$kernel/usr/bin/busybox" "$root/bin/busybox"
install -m 755 "$here/init" "$root/init"
for name in sh printf mount umount insmod sleep chroot switch_root mkdir cat cp ln chmod touch ls grep sed tr reboot dd cmp; do
    ln -s busybox "$root/bin/$name"
done
while read -r path; do # unpacked: the kernel does so faster than busybox
    name=${path##*/}
    name=${name%.xz}
    case $path in
        *.xz) xz --decompress --stdout "$from/$path" >"$root/modules/$name" ;;
        *) cp "$from/$path" "$root/modules/$name" ;;
    esac
    echo "$name" >>"$root/modules/order"
done <"$work/initrd"
find "$root" -exec touch --no-dereference --date "@$SOURCE_DATE_EPOCH" {} +
(cd "$root" && find . -print0 | LC_ALL=C sort -z |
    cpio --null --create --format newc --owner 0:0 --reproducible --quiet) |
    zstd -q -19 -T1 >"$tree/boot/initrd.img"
chmod 644 "$tree/boot/initrd.img"
echo "image: kernel $release, $(wc -l <"$work/root") modules, initrd $(stat -c %s "$tree/boot/initrd.img") bytes" >&2
