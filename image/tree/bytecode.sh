#!/bin/bash
# Compiles Python modules as the device reads them: bytecode.sh BASE FOLDER PLACE [WORD...]
# FOLDER is what the device will have as PLACE; the words are for compileall. BASE is a tree for this machine's architecture,
# whose Python does it: byte code is the same on all of them, and an emulated Python needs ten times as long.
#
# The device cannot write byte code down: each start would compile anew. Python does not look at the times of files here
# (unchecked-hash), for on the device all of them have the same. Lines are known to a traceback, columns are not: those
# take 0.8 MB of the suite's memory, and nobody reads a traceback there with the source beside it.
set -euo pipefail
if [[ ${C8210_OWN_MOUNTS:-} != yes ]]; then
    # What is mounted here, nobody else sees, and it is gone with this process, however that ends.
    C8210_OWN_MOUNTS=yes exec unshare --mount --propagation private bash "$0" "$@"
fi
base=$(realpath "$1") folder=$(realpath "$2") place=$3
shift 3
mount --bind "$folder" "$base/mnt"
mount -t proc proc "$base/proc"
env -i PATH=/usr/sbin:/usr/bin LC_ALL=C.UTF-8 PYTHONHASHSEED=0 PYTHONNODEBUGRANGES=1 chroot "$base" \
    python3 -m compileall -q -f -j "$(nproc)" --invalidation-mode unchecked-hash -s /mnt -p "$place" "$@" /mnt >&2
