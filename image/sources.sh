#!/bin/bash
# Fetches the corresponding source of an image: sources.sh SOURCES FOLDER; SOURCES is the sources.txt beside the image.
# Our own is this repository at the image's version. Some GB; what is there already is not fetched again.
set -euo pipefail
list=$(realpath "$1")
mkdir -p "$2"
folder=$(realpath "$2")
cd "$(dirname "$0")/.."
missing=0
while read -r kind name version; do
    [[ ! -e $folder/.done-$kind-$name-$version ]] || continue
    mkdir -p "$folder/$name"
    found=0
    case $kind in
        pypi)
            # From a source archive where there is one; a package of pure Python is its own source.
            python3 -m pip download --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-binary=:all: \
                --dest "$folder/$name" "$name==$version" 2>/dev/null ||
                python3 -m pip download --quiet --disable-pip-version-check --no-deps --dest "$folder/$name" \
                    "$name==$version" && found=1
            ;;
        deb | deb-binary) # a binary package that was only taken apart is named by its own name; apt finds its source
            for suite in trixie trixie-backports sid; do
                if wanted=$(image/apt.sh sources "$suite" arm64 "$name=$version" 2>/dev/null) && [[ -n $wanted ]]; then
                    while read -r address file _ sum; do
                        address=${address#\'} address=${address%\'}
                        [[ -e $folder/$name/$file ]] ||
                            /usr/lib/apt/apt-helper download-file "$address" "$folder/$name/$file" "$sum"
                    done <<<"$wanted"
                    found=1
                    break
                fi
            done
            ;;
    esac
    if [[ $found == 1 ]]; then
        touch "$folder/.done-$kind-$name-$version"
    else
        echo "sources: $kind $name $version is not to be had any more" >&2
        missing=$((missing + 1))
    fi
done <"$list"
[[ $missing == 0 ]] || exit 1
