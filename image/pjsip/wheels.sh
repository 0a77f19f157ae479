#!/bin/bash
# Cross-builds the wheels that need a compiler for the image: the SIP stack by its own recipe, and the two packages that
# exist as source only. wheels.sh arm64 FOLDER puts them there; what was built of the same inputs is not built again.
#
# The compiler is this machine's, headers and libraries are those of Debian 13 for the target in a folder beside it, so
# nothing of the target is installed and nothing runs under emulation. Needs .venv for setuptools (make build-web).
set -euo pipefail
[[ $# == 2 && $1 == arm64 ]] || {
    echo "usage: image/pjsip/wheels.sh arm64 FOLDER" >&2
    exit 2
}
arch=$1 host=aarch64-linux-gnu machine=aarch64 version=3.13
mkdir -p "$2"
out=$(realpath "$2")
cd "$(dirname "$0")/../.."
python=$PWD/.venv/bin/python
recipe=daemons/sip/pjsip
cache=$PWD/build/image/wheels/$arch
debs=$cache/debs
dev=(libc6-dev "libpython$version-dev" libasound2-dev libsystemd-dev libbcg729-dev libgsm1-dev libopus-dev libspeex-dev
    libspeexdsp-dev libsrtp2-dev libssl-dev libupnp-dev uuid-dev)

mkdir -p "$cache"
exec 8>"$cache/lock"
flock 8

# --- Debian's headers and libraries -----------------------------------------------------------------------------

# A package that was replaced meanwhile must not stay beside its successor.
rm -rf "$debs.new" && mkdir -p "$debs.new"
[[ ! -d $debs ]] || cp -l "$debs"/*.deb "$debs.new"
image/apt.sh closure "$debs.new" trixie "$arch" "${dev[@]}"
kept=$(image/apt.sh planned trixie "$arch" "${dev[@]}")
for deb in "$debs.new"/*.deb; do grep -qxF "${deb##*/}" <<<"$kept" || rm "$deb"; done
rm -rf "$debs" && mv "$debs.new" "$debs"

tarball=$PWD/$(bash etc/setup/pjsip.sh source)
# Each entry of a lock is the name, and indented its sums.
locked() { awk '/^[^ #]/ { on = /^(pyalsaaudio|systemd-python)==/ } on && !/#/' etc/setup/python/runtime.lock; }
key=$( (ls "$debs" && locked && "$host-gcc" --version && cat "$0" etc/setup/python/build.lock \
    "$recipe"/{recipe.sh,fixes.patch,*.c,*.h} && echo "${tarball##*/}") | sha256sum | cut -c 1-16)
done=$cache/$key
if [[ -d $done ]]; then
    cp "$done"/*.whl "$out/"
    exit 0
fi
work=$cache/work
root=$work/root
rm -rf "$work" && mkdir -p "$root/usr/lib" "$work"/{bin,sdists,wheels}
ln -s usr/lib "$root/lib"
for deb in "$debs"/*.deb; do dpkg-deb --extract "$deb" "$root"; done

# --- what makes them cross --------------------------------------------------------------------------------------

libraries=$root/usr/lib/$host
# The C library must be that of the others, not the one that came with the compiler, and Python the other Python.
# PJSIP's configure takes its own prefix, /usr, for the target's.
for tool in gcc g++; do
    cat >"$work/bin/$host-$tool" <<END
#!/bin/bash
words=()
for word; do
    case \$word in -[IL]/usr | -[IL]/usr/*) word=\${word:0:2}$root\${word:2} ;; esac
    words+=("\$word")
done
exec /usr/bin/$host-$tool --sysroot=$root -B$libraries -L$libraries -I$root/usr/include/python$version "\${words[@]}"
END
    chmod 755 "$work/bin/$host-$tool"
done
# Python reads how the other Python was built; where its headers are, and its version, would be this one's.
data=_sysconfigdata__$host
{
    cat "$root/usr/lib/python$version/$data.py"
    printf 'build_time_vars |= {"py_version_short": "%s", "py_version_nodot": "%s", "installed_base": "%s"}\n' \
        "$version" "${version/./}" "$root/usr"
} >"$work/$data.py"

export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-1763000000} # times in the wheels
cross=(PATH="$work/bin:$PATH" PYTHONPATH="$work" PYTHON="$python" HOST="$host" CC="$host-gcc" CXX="$host-g++"
    AR="$host-ar" RANLIB="$host-ranlib" STRIP="$host-strip" LDSHARED="$host-gcc -shared" LDCXXSHARED="$host-g++ -shared"
    _PYTHON_HOST_PLATFORM="linux-$machine" _PYTHON_SYSCONFIGDATA_NAME="$data"
    PKG_CONFIG_LIBDIR="$libraries/pkgconfig:$root/usr/share/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$root")

# --- build ------------------------------------------------------------------------------------------------------

locked >"$work/sdists.txt"
"$python" -m pip download --quiet --disable-pip-version-check --require-hashes --no-deps --no-binary=:all: \
    --no-build-isolation --dest "$work/sdists" --requirement "$work/sdists.txt"
for source in "$work"/sdists/*; do
    env "${cross[@]}" "$python" -m pip wheel --quiet --disable-pip-version-check --no-deps --no-index \
        --no-build-isolation --no-cache-dir --wheel-dir "$work/wheels" "$source"
done
env "${cross[@]}" bash "$recipe/recipe.sh" "$tarball" "$work/pjsip" >&2
cp "$work"/pjsip/wheel/*.whl "$work/wheels/"

# The name of each must say for whom it is, or a wheel for this machine would go into the image unseen.
for wheel in "$work"/wheels/*.whl; do
    [[ $wheel == *-cp313-cp313-linux_"$machine".whl ]] || {
        echo "image: ${wheel##*/} is none for Python $version on $arch" >&2
        exit 1
    }
done
mkdir "$done.new"
cp "$work"/wheels/*.whl "$done.new/"
mv "$done.new" "$done"
cp "$done"/*.whl "$out/"
