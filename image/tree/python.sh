#!/bin/bash
# Makes the Python environment that is installed as /usr/lib/c8210/venv: python.sh ARCH BASE
# Prints its folder below build/cache/tree. BASE is a tree for this machine's architecture, whose Python compiles it.
#
# Nothing is fetched inside a tree: pip fetches outside, and checks the sums of the lock. What is source only, and the SIP
# stack, are compiled by native.sh or, for another architecture than this machine's, cross-built by image/pjsip.
set -euo pipefail
cd "$(dirname "$0")/../.."
arch=$1 base=$2
version=3.13
lock=etc/setup/python/runtime.lock
case $arch in
    amd64) machine=x86_64 ;;
    arm64) machine=aarch64 ;;
    *) echo "tree: no such architecture: $arch" >&2 && exit 1 ;;
esac

compiled=image/tree/native.sh
[[ $arch == "$(dpkg --print-architecture)" ]] || compiled=image/pjsip/wheels.sh

key=$( (echo "$base" && cat "$0" image/tree/bytecode.sh "$lock" etc/setup/python/build.lock etc/setup/pjsip.sh "$compiled" \
    daemons/sip/pjsip/{recipe.sh,config_site.h,fixes.patch,guard*.c,guard.h}) | sha256sum | cut -c 1-16)
made=$PWD/build/cache/tree/python-$arch-$key
echo "$made"
[[ ! -d $made ]] || exit 0

echo "tree: Python packages for $arch" >&2
work=$made.new
trap 'rm -rf --one-file-system "$work"' EXIT
rm -rf --one-file-system "${made%-*}"-*
venv=$work/venv
site=$venv/lib/python$version/site-packages
mkdir -p "$work/wheels" "$venv/bin" "$site"

# --- wheels -----------------------------------------------------------------------------------------------------

# For whom a wheel may have been made: any with a C library that is not newer than Debian 13's.
for_it=(--implementation cp --python-version "$version" --abi "cp${version/./}" --abi abi3 --abi none
    --platform "linux_$machine" --platform "manylinux2014_$machine")
for minor in {17..41}; do for_it+=(--platform "manylinux_2_${minor}_$machine"); done
pip() { .venv/bin/python -P -m pip --disable-pip-version-check --quiet "$@" >&2; }

bash "$compiled" "$arch" "$work/wheels" >&2
# Each entry of a lock is the name, and indented its sums.
awk '/^[^ #]/ { here = !/^(pyalsaaudio|systemd-python)==/ } here && !/#/' "$lock" >"$work/wheels.txt"
pip download --require-hashes --no-deps --only-binary=:all: --progress-bar off "${for_it[@]}" \
    --dest "$work/wheels" --requirement "$work/wheels.txt"

# --- the environment --------------------------------------------------------------------------------------------

# What `python3 -m venv --without-pip` makes, whatever the architecture.
ln -s /usr/bin/python3 "$venv/bin/python3"
ln -s python3 "$venv/bin/python"
cat >"$venv/pyvenv.cfg" <<END
home = /usr/bin
include-system-site-packages = false
version = $version
END
# The library folder is importable (docs/decisions/0008).
echo ../../../.. >"$site/c8210.pth"
pip install --no-index --no-deps --no-compile --only-binary=:all: "${for_it[@]}" --target "$site" "$work"/wheels/*.whl
rm -rf "${site:?}/bin" # starters with this machine's paths; nothing of the suite is started by them
image/tree/bytecode.sh "$base" "$site" "/usr/lib/c8210/venv/lib/python$version/site-packages"
mv "$venv" "$made"
