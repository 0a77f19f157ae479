#!/bin/bash
# Makes the root of a device: Debian 13 with the suite installed. build.sh ARCH OUT [--simulated]
#
# ARCH is amd64 or arm64; the other architecture than this machine's needs QEMU registered for it with the kernel.
# OUT is left alone when OUT.key says that it is what would be made. With --simulated it has the simulated world, too,
# which no device has: for tests, which need something to hear and terminals to touch.
#
# Kernel, boot loader, partitions and the read-only root are none of this script's: image/disk and image/boot add them.
set -euo pipefail
cd "$(dirname "$0")/../.."
arch=$1
out=$(realpath --canonicalize-missing "$2")
world=${3:-}
here=image/tree
[[ $EUID -eq 0 ]] || {
    echo "tree: only root can make it" >&2
    exit 1
}

mkdir -p build/cache/tree
exec 8>build/cache/tree/lock-"$arch"
flock 8

# What compiles for this machine's architecture needs a tree of its own: both at once, for much of a minute is waiting.
builder=
if [[ $arch == "$(dpkg --print-architecture)" ]]; then
    bash "$here/base.sh" "$arch" builder >/dev/null &
    builder=$!
fi
base_of() { flock "build/cache/tree/lock-base-$1" bash "$here/base.sh" "$1" device; }
base=$(base_of "$arch")
compiler=$(base_of "$(dpkg --print-architecture)")
[[ -z $builder ]] || wait "$builder"
python=$(bash "$here/python.sh" "$arch" "$compiler")

# --- what of this project is on a device ------------------------------------------------------------------------

# Not: what builds, what only runs without systemd, the hardware's drawings, and the world around a simulated unit.
left_out=(etc/setup daemons/sip/pjsip hw/c8210-hat units/supervisor)
[[ -n $world ]] || left_out+=(hw/sim units/simulated etc/alsa/simulated.conf etc/dbus/org.c8210.Sim.conf)
ours() {
    local words=() one
    for one in "${left_out[@]}"; do words+=("--exclude=./$one"); done
    tar --create --sort=name --mtime=@1 --owner=0 --group=0 --numeric-owner --mode=u+rw,go=rX --exclude=__pycache__ \
        "${words[@]}" ./common ./daemons ./hw ./etc ./units ./web/dist
}
[[ -f web/dist/index.html ]] || {
    echo "tree: the web UI is not built (make build-web)" >&2
    exit 1
}
key=$( (echo "$base" "$python" "$world" && ours && cat "$0" "$here"/{install,bytecode}.sh &&
    tar --create --sort=name --mtime=@1 --directory="$here/files" .) | sha256sum | cut -c 1-64)
if [[ -d $out && -f $out.key && $(<"$out.key") == "$key" ]]; then exit 0; fi

# --- the tree ---------------------------------------------------------------------------------------------------

begin=$SECONDS
rm -rf --one-file-system "$out" "$out.key"
mkdir -p "${out%/*}"
cp --archive --reflink=auto "$base" "$out"
library=$out/usr/lib/c8210
mkdir -p "$library"
ours | tar --extract --directory="$library"
cp --archive --reflink=auto "$python" "$library/venv"
bash "$here/install.sh" "$out" "$world"
# The suite; and the standard library anew, for the byte code that Debian's scripts have made goes by the times of files.
bash "$here/bytecode.sh" "$compiler" "$library" /usr/lib/c8210 -x '^/mnt/venv/'
for folder in "$out"/usr/lib/python3*; do bash "$here/bytecode.sh" "$compiler" "$folder" "${folder#"$out"}"; done
echo "$key" >"$out.key"
echo "tree: $arch, $(du -sm "$out" | cut -f 1) MB, in $((SECONDS - begin)) s" >&2
