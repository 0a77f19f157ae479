#!/bin/bash
# Builds PJSIP, its Python module pjsua2 and the guard inside it: recipe.sh TARBALL DIRECTORY
#
# DIRECTORY gets `tree`, with everything that takes minutes, and `wheel`, with the wheel; what is there already is
# built no second time. The output of every tool goes to DIRECTORY/log. From outside:
#   PYTHON    whose setuptools makes the wheel (python3)
#   HOST      a triplet to cross-build for, with its CC, CXX, AR, RANLIB, LDSHARED and Python's variables: see README.md
#   SANITIZE  address,undefined builds for the hunt of errors: PJSIP's assertions are in, and nothing is stripped
set -euo pipefail
here=$(realpath "$(dirname "$0")")
mkdir -p "$2"
cd "$2"
tarball=$1
python=${PYTHON:-python3}
log=$PWD/log
tree=$PWD/tree
wheel=$PWD/wheel
: >"$log"

say() { printf 'pjsip: %-42s' "$1"; }
stage() { # what, command: one line when it begins and ends, with its time
    local begin=$SECONDS
    say "$1"
    shift
    "$@" >>"$log" 2>&1 & # by itself, for in an if bash would go on after what fails inside
    if ! wait $!; then
        printf ' failed\n'
        tail -n 15 "$log" | sed 's/^/    /' >&2
        echo "pjsip: everything that was said: $log" >&2
        exit 1
    fi
    printf ' %4d s\n' $((SECONDS - begin))
}

# --- flags ------------------------------------------------------------------------------------------------------

flags=(-g0 -fPIC -fstack-protector-strong)
link=('-Wl,-z,relro,-z,now')
if [[ -n ${SANITIZE:-} ]]; then
    flags=(-O1 -g -fPIC -fno-omit-frame-pointer "-fsanitize=$SANITIZE")
    link=("-fsanitize=$SANITIZE")
else
    flags+=(-O2 -DNDEBUG -D_FORTIFY_SOURCE=2)
fi

configure=(
    --with-external-srtp --with-external-speex --with-external-gsm --enable-speex-resample
    # Our audio daemon owns the sound card and cancels echoes; PJSIP has the null device alone.
    --disable-sound --disable-speex-aec --disable-libwebrtc
    --disable-video --disable-v4l2 --disable-sdl --disable-ffmpeg --disable-openh264 --disable-vpx --disable-libyuv
    # Their sources are not there; AMR is no telephone's on a network of one's own.
    --disable-ilbc-codec --disable-g7221-codec --disable-silk --disable-lyra --disable-opencore-amr
)
# Without a prefix PJSIP's configure tries to run what it links, and a cross build would lose TLS, G.729 and UPnP
# without a word.
[[ -z ${HOST:-} ]] || configure+=("--host=$HOST" --with-ssl=/usr --with-bcg729=/usr --with-opus=/usr --with-upnp=/usr)

# --- stages -----------------------------------------------------------------------------------------------------

unpack() {
    rm -rf "$tree" && mkdir "$tree"
    tar --extract --file "$tarball" --strip-components=1 --directory "$tree"
    cp "$here/config_site.h" "$tree/pjlib/include/pj/config_site.h"
    # Debian's tarball is without the files of one audio device, but the Makefile names them.
    sed -i 's/ bdimad_dev\.o//' "$tree/pjmedia/build/Makefile"
    patch --directory "$tree" --strip=1 --fuzz=0 --input="$here/fixes.patch"
}

configure() {
    cd "$tree"
    ./configure "${configure[@]}" CFLAGS="${flags[*]}" CXXFLAGS="${flags[*]}" LDFLAGS="${link[*]}"
    local missing=0 wanted
    for wanted in 'OpenSSL library found' 'OPUS library found' 'bcg729 usability... yes' 'UPnP usability... yes' \
        'SRTP devkit is installed... yes' 'Speex devkit is installed... yes' 'GSM devkit is installed.*yes'; do
        grep -q "$wanted" "$log" || { echo "configure did not say: $wanted" && missing=1; }
    done
    return $missing
}

swig="$tree/pjsip-apps/src/swig/python"
wrapper() {
    cd "$swig"
    make pjsua2_wrap.cpp
    local include flag words=()
    include=$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')
    while read -r flag; do words+=("$flag"); done < <(make --no-print-directory --file helper.mak cflags)
    # Glue for Python: compiled faster is worth more than running faster, and no sanitizer has anything to find in it.
    "${CXX:-g++}" "${words[@]}" -O1 -g0 -fno-sanitize=all -fno-strict-aliasing -I"$include" -c pjsua2_wrap.cpp -o pjsua2_wrap.o
}

libraries() { # the wrapper needs none of them until it is linked, so both cores have work to the end
    cd "$tree"
    make dep
    wrapper &
    local other=$!
    make --jobs="$(nproc)" lib || { kill "$other" && return 1; }
    wait "$other"
}

own=(guard guard_body guard_connections guard_message guard_methods guard_sources wake)
guard() {
    cd "$swig"
    local part flag words=()
    while read -r flag; do words+=("$flag"); done < <(make --no-print-directory --file helper.mak cflags)
    for part in "${own[@]}"; do
        "${CC:-gcc}" "${words[@]}" -std=gnu11 -Wall -Wextra -Werror -fvisibility=hidden -c "$here/$part.c" -o "$part.o"
    done
    # PJSIP's own setup.py, but for what it links: the wrapper is compiled already, and the guard comes with it.
    local objects
    objects=$(printf '"%s.o", ' pjsua2_wrap "${own[@]}")
    sed "s/\[\"pjsua2_wrap.cpp\"\],/[], extra_objects=[$objects],\n language=\"c++\",/" setup.py >setup_c8210.py
    rm -rf build dist
    "$python" setup_c8210.py build
    local extension
    extension=$(echo build/lib*/_pjsua2*.so)
    [[ -n ${SANITIZE:-} ]] || "${STRIP:-strip}" --strip-unneeded "$extension"
    "$python" setup_c8210.py bdist_wheel --skip-build
    rm -rf "$wheel"
    mkdir "$wheel"
    cp dist/*.whl "$wheel/"
}

if [[ ! -e tree.done ]]; then
    stage source unpack
    stage configure configure
    stage 'libraries and wrapper, 2 to 4 minutes' libraries
    touch tree.done
fi
stage 'guard and wheel' guard
