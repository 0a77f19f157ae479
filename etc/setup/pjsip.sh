#!/bin/bash
# The SIP stack: `pjsip.sh build` builds it if this version is not there yet, and installs it into .venv; `install`
# installs what is built, or does nothing; `asan` builds with sanitizers, beside the other: see daemons/sip/pjsip.
# `source` prints where the source is, for who builds it elsewhere.
set -euo pipefail
cd "$(dirname "$0")/../.."
recipe=daemons/sip/pjsip
python=$PWD/.venv/bin/python

# What is built: PJSIP 2.17, as Debian ships it to build asterisk with.
package=asterisk
file=orig-Xpjproject.tar.xz
sha256=6860c2f7604b4eee75f38151a9ef69774eb3f0c5286fc1d14bc1db2dc5a9e8aa
tarball=build/pjsip/$sha256.tar.xz

# The tree is built anew when its source, our settings, Python or Debian change; with the guard only the wheel.
abi=$("$python" -c 'import sysconfig; print(sysconfig.get_config_var("EXT_SUFFIX"))')
# shellcheck disable=SC1091 # the system's
release=$(. /etc/os-release && echo "$ID$VERSION_ID")
sum() { (echo "$sha256 $abi $release ${SANITIZE:-}" && cat "$@") | sha256sum | cut -c 1-16; }
[[ $1 != asan ]] || export SANITIZE=address,undefined
directory=$PWD/build/pjsip/$(sum "$recipe"/{recipe.sh,config_site.h,fixes.patch})
key=$(sum "$recipe"/{recipe.sh,fixes.patch,*.c,*.h})

stamped() { [[ -f $1 && $(<"$1") == "$key" ]]; }

fetch() {
    mkdir -p "${tarball%/*}"
    ! sha256sum --check --status <<<"$sha256  $tarball" 2>/dev/null || return 0
    # From where this machine has its own Debian packages, through apt with lists of its own.
    local mirror work uri
    # shellcheck disable=SC2016 # apt's own variable
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | head -n 1)
    [[ -n $mirror ]] || {
        echo "setup: apt knows no Debian mirror, so PJSIP's source cannot be fetched" >&2
        return 1
    }
    work=$(mktemp -d)
    # shellcheck disable=SC2064 # as it is now
    trap "rm -rf '$work'" EXIT
    mkdir -p "$work"/{lists,cache}/partial "$work/cache/archives/partial"
    echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror sid main" >"$work/sources.list"
    : >"$work/status"
    local apt=(-qq -o APT::Sandbox::User="$(id -un)" -o Dir::Etc::sourcelist="$work/sources.list"
        -o Dir::Etc::sourceparts=- -o Dir::State="$work" -o Dir::State::lists="$work/lists"
        -o Dir::State::status="$work/status" -o Dir::Cache="$work/cache" -o Acquire::Languages=none
        # What is wanted is one file whose sum is known, however old the list that names it.
        -o Acquire::Retries=3 -o Acquire::Check-Valid-Until=false)
    echo "setup: PJSIP's source, 7 MB" >&2
    apt-get "${apt[@]}" update
    uri=$(apt-get "${apt[@]}" source --print-uris --download-only "$package" | grep -F "$file'" | grep -F "SHA256:$sha256" |
        sed -E "s/^'([^']*)'.*/\1/") || {
        cat >&2 <<TEXT
setup: Debian's source package $package has no $file any more with the sum
    $sha256
It has moved on to another PJSIP. Either put the old file at
    $PWD/$tarball
or take the newer one: $recipe/README.md, "A newer version".
TEXT
        return 1
    }
    /usr/lib/apt/apt-helper "${apt[@]}" download-file "$uri" "$work/tarball" "SHA256:$sha256"
    mv "$work/tarball" "$tarball"
}

build() {
    ! stamped "$directory/wheel.stamp" || return 0
    fetch
    PYTHON=$python bash "$recipe/recipe.sh" "$PWD/$tarball" "$directory"
    echo "$key" >"$directory/wheel.stamp"
}

install() { # options of pip
    ! stamped "$target/pjsip.stamp" || return 0
    "$python" -m pip install --quiet --disable-pip-version-check --no-deps --no-index --force-reinstall "$@" \
        "$directory"/wheel/*.whl
    echo "$key" >"$target/pjsip.stamp"
    echo "setup: pjsua2 is in $target"
}

target=.venv
case $1 in # no && and ||: behind them bash goes on after what fails inside
    build)
        build
        install
        # What is tested is skipped where it is not there, so that nobody may only believe it is.
        "$python" -P -c 'import pjsua2'
        ;;
    source)
        fetch
        echo "$tarball"
        ;;
    install)
        if stamped "$directory/wheel.stamp"; then install; fi
        ;;
    asan)
        target=build/pjsip/asan
        build
        install --target "$PWD/$target" --upgrade
        ;;
esac
