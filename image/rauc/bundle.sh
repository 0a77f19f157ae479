#!/bin/bash
# Packs and signs an update: rauc/bundle.sh ROOTFS VERSION KEYS OUT [COMPATIBLE]; KEYS is a folder of keys.sh.
set -euo pipefail
rootfs=$(realpath "$1") version=$2
keys=$(realpath "$3")
out=$(realpath -m "$4")
compatible=${5:-c8210-rpi4}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/content"
ln "$rootfs" "$work/content/rootfs.ext4" 2>/dev/null || cp --sparse=always "$rootfs" "$work/content/rootfs.ext4"
cat >"$work/content/manifest.raucm" <<END
[update]
compatible=$compatible
version=$version

[bundle]
format=verity

[image.rootfs]
filename=rootfs.ext4
END
rm -f "$out"
rauc bundle --cert "$keys/signer.pem" --key "$keys/signer.key" --keyring "$keys/ca.pem" \
    --mksquashfs-args='-comp zstd -Xcompression-level 12 -no-progress -quiet' "$work/content" "$out" >"$work/log" 2>&1 || {
    cat "$work/log" >&2
    exit 1
}
chmod 644 "$out"
