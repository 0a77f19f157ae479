#!/bin/bash
# Makes the file system of a slot from a tree: disk/rootfs.sh TREE FILE. It is just as large as its content: nothing is
# ever written to it. The same tree gives the same bytes, on any host: mke2fs is that of Debian 13.
set -euo pipefail
tree=$(realpath "$1")
file=$(realpath -m "$2")
cd "$(dirname "$0")/../.."
: "${SOURCE_DATE_EPOCH:?times of the file system}"
host=$(dpkg --print-architecture)
tool=$PWD/build/image/mke2fs
if [[ ! -d $tool ]]; then
    echo "image: the maker of file systems" >&2
    rm -rf "$tool".{new,debs} && mkdir -p "$tool.new"
    image/apt.sh closure "$tool.debs" trixie "$host" e2fsprogs libarchive13t64
    for deb in "$tool".debs/*.deb; do dpkg-deb --extract "$deb" "$tool.new"; done
    rm -rf "$tool.debs"
    mv "$tool.new" "$tool"
fi
libraries=$(echo "$tool"/usr/lib/*-linux-gnu)
loader=$(echo "$libraries"/ld-linux-*.so.*)

# Blocks of 4 KiB for files, folders and links, an inode for each, and what ext4 needs for itself.
read -r blocks count < <(find "$tree" -xdev -printf '%s\n' | awk '{ b += int($1 / 4096) + 1 } END { print b, NR }')
size=$(((blocks + count / 8) * 108 / 100 + 4096))
rm -f "$file"
# The order of names, times and owners are the archive's, not those of this machine's disk.
tar --create --directory "$tree" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --numeric-owner --one-file-system \
    --format=pax --pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime --xattrs --xattrs-include='*' . |
    E2FSPROGS_FAKE_TIME=$SOURCE_DATE_EPOCH MKE2FS_CONFIG=$tool/etc/mke2fs.conf "$loader" --library-path "$libraries" \
        "$tool/usr/sbin/mke2fs" -q -t ext4 -b 4096 -m 0 -N $((count + 1000)) -L c8210 \
        -O '^has_journal,^resize_inode,metadata_csum,64bit,extent,dir_index,large_file,huge_file,sparse_super,flex_bg' \
        -U 82100000-0000-4000-8000-0000000000f0 \
        -E hash_seed=82100000-0000-4000-8000-0000000000f1,lazy_itable_init=0,root_owner=0:0 \
        -d - "$file" "${size}"
echo "image: slot $(stat -c %s "$file" | awk '{ print int($1 / 1048576) }') MB, $count files" >&2
