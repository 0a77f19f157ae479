#!/bin/bash
# Fetches the corresponding source of an image: sources.sh SOURCES FOLDER; SOURCES is the sources.txt beside the image.
# Our own is this repository at the image's version. Some GB; what is there already is not fetched again.
# Ends with 1 where something is not to be had, and says what: a compiled package without its source counts as such.
set -euo pipefail
list=$(realpath "$1")
mkdir -p "$2"
folder=$(realpath "$2")
cd "$(dirname "$0")/.."
pip() { .venv/bin/python -P -m pip download --quiet --disable-pip-version-check --no-deps "$@" >"$folder/log" 2>&1; }

debian() { # name, version, into
    local suite wanted address file sum
    for suite in trixie trixie-backports sid; do
        wanted=$(image/apt.sh sources "$suite" arm64 "$1=$2" 2>"$folder/log") || continue
        [[ -n $wanted ]] || continue
        while read -r address file _ sum; do
            address=${address#\'} address=${address%\'}
            [[ -e $3/$file ]] || /usr/lib/apt/apt-helper -o APT::Sandbox::User="$(id -un)" \
                download-file "$address" "$3/$file" "$sum" >"$folder/log" 2>&1 || return
        done <<<"$wanted"
        return 0
    done
    return 1
}
python() { # name, version, into
    if [[ $1 == pjsua2 ]]; then # our patches and the recipe are in this repository (daemons/sip/pjsip)
        cp "$(bash etc/setup/pjsip.sh source 2>"$folder/log")" "$3/"
        return
    fi
    # From a source archive where there is one; a package of pure Python is its own source.
    pip --no-binary=:all: --dest "$3" "$1==$2" && return
    pip --only-binary=:all: --dest "$3" "$1==$2" || return
    compgen -G "$3/*-none-any.whl" >/dev/null || ! rm -f "$3"/*.whl
}
web() { .venv/bin/npm pack --silent --pack-destination "$3" "$1@$2" >"$folder/log" 2>&1; }

missing=0 done=0 count=$(wc -l <"$list")
while read -r kind name version; do
    done=$((done + 1))
    mark=$folder/.done-$kind-${name//\//+}-$version
    [[ ! -e $mark ]] || continue
    echo "sources: $done of $count, $name $version"
    into=$folder/${name//\//+}
    mkdir -p "$into"
    case $kind in
        pypi) get=python ;;
        npm) get=web ;;
        deb) get=debian ;;
        *) echo "sources: nobody knows what '$kind' is" >&2 && exit 2 ;;
    esac
    if "$get" "$name" "$version" "$into" </dev/null; then
        touch "$mark"
    else
        echo "sources: $kind $name $version is not to be had: $(tail -n 1 "$folder/log")" >&2
        rmdir --ignore-fail-on-non-empty "$into"
        missing=$((missing + 1))
    fi
done <"$list"
rm -f "$folder/log"
echo "sources: $((count - missing)) of $count are in $folder"
[[ $missing == 0 ]] || exit 1
