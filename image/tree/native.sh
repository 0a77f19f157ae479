#!/bin/bash
# Compiles, for the architecture of this machine, what is not to be had as a wheel: native.sh ARCH FOLDER
# FOLDER gets pyalsaaudio, systemd-python and the SIP stack as wheels for Debian 13's Python. They are compiled in a tree
# of Debian 13, from sources whose sums were checked outside; in it nothing is fetched.
set -euo pipefail
cd "$(dirname "$0")/../.."
arch=$1
out=$(realpath "$2")
locks=etc/setup/python

builder=$(bash image/tree/base.sh "$arch" builder)
tarball=$(bash etc/setup/pjsip.sh source)
# Each entry of a lock is the name, and indented its sums. What else is locked has nothing to do with what is compiled.
entry() { awk -v names="^($2)==" '/^[^ #]/ { here = $0 ~ names } here && !/#/' "$locks/$1.lock"; }
sources() { entry runtime 'pyalsaaudio|systemd-python'; }
tools() { entry build setuptools; }
key=$( (echo "$builder" && sources && tools && cat "$0" "$tarball" \
    daemons/sip/pjsip/{recipe.sh,fixes.patch,*.c,*.h}) | sha256sum | cut -c 1-16)
made=$PWD/build/cache/tree/native-$arch-$key
if [[ -d $made ]]; then
    cp "$made"/*.whl "$out/"
    exit 0
fi
work=$made.new
root=$work/root
clean() {
    umount --quiet --lazy --recursive "$root" || true
    rm -rf --one-file-system "$work"
}
trap clean EXIT
clean
rm -rf --one-file-system "${made%-*}"-*
mkdir -p "$root" "$work/wheels" "$work"/{upper,overlay,source,tools}

pip() { .venv/bin/python -P -m pip --disable-pip-version-check --quiet "$@" >&2; }
sources >"$work/source.txt"
tools >"$work/tools.txt"
pip download --require-hashes --no-deps --no-binary=:all: --no-build-isolation --progress-bar off \
    --dest "$work/source" --requirement "$work/source.txt"
pip download --require-hashes --no-deps --only-binary=:all: --progress-bar off \
    --dest "$work/tools" --requirement "$work/tools.txt"

mount -t overlay overlay -o "lowerdir=$builder,upperdir=$work/upper,workdir=$work/overlay" "$root"
mount -t proc proc "$root/proc"
mkdir "$root/build"
cp -r "$work"/{source,tools} daemons/sip/pjsip "$root/build/"
cp "$tarball" "$root/build/pjsip.tar.xz"
inside() {
    env -i PATH=/build/venv/bin:/usr/sbin:/usr/bin HOME=/build LC_ALL=C.UTF-8 SOURCE_DATE_EPOCH=1763000000 \
        PYTHON=/build/venv/bin/python chroot "$root" "$@" >&2
}
inside python3 -m venv /build/venv
inside sh -c 'pip install --quiet --no-index /build/tools/*.whl &&
    pip wheel --quiet --no-index --no-deps --no-build-isolation --no-cache-dir --wheel-dir /build/wheels /build/source/*'
inside bash /build/pjsip/recipe.sh /build/pjsip.tar.xz /build/stack
cp "$root"/build/wheels/*.whl "$root"/build/stack/wheel/*.whl "$work/wheels/"
mv "$work/wheels" "$made"
cp "$made"/*.whl "$out/"
