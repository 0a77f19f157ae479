#!/bin/bash
# Lets this machine run arm64 programs, for the maintainer scripts of the tree: as root, until the next start.
# Debian 12's own qemu-user is 13 times slower than this one of Debian 13's backports.
set -euo pipefail
cd "$(dirname "$0")/.."
emulator=$PWD/build/image/qemu-user/usr/bin/qemu-aarch64
if [[ ! -x $emulator ]]; then
    echo "image: emulator of arm64 programs" >&2
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    image/apt.sh fetch "$work" trixie-backports "$(dpkg --print-architecture)" qemu-user
    mkdir -p build/image/qemu-user
    dpkg-deb --extract "$work"/qemu-user_*.deb build/image/qemu-user
fi
formats=/proc/sys/fs/binfmt_misc
[[ -e $formats/register ]] || mount -t binfmt_misc binfmt_misc "$formats"
if [[ -e $formats/qemu-aarch64 ]]; then
    grep -qF "interpreter $emulator" "$formats/qemu-aarch64" && exit 0
    # Replaced only while nobody runs anything by it: what runs keeps its interpreter (flag F).
    echo -1 >"$formats/qemu-aarch64"
fi
# F: the interpreter is opened now, and so is there in any root folder.
magic='\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00'
mask='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'
printf '%s' ":qemu-aarch64:M::$magic:$mask:$emulator:F" >"$formats/register"
