#!/bin/bash
# Debian packages of any suite and architecture as files, with apt's own checks and lists of its own: nothing is
# installed, no foreign architecture is added to this machine, and nothing needs root.
#   apt.sh fetch FOLDER SUITE ARCH PACKAGE[=VERSION]...    downloads exactly these (newest if no version is named)
#   apt.sh closure FOLDER SUITE ARCH PACKAGE...            these, and all that they depend on
#   apt.sh planned SUITE ARCH PACKAGE...                   prints the file names of these, and all that they depend on
#   apt.sh names SUITE ARCH PREFIX                         prints the names that begin so
#   apt.sh sources SUITE ARCH PACKAGE=VERSION...           prints the address, name, size and sum of each source file
# Lists are fetched once in a build: they stay below build/image/apt for a day.
set -euo pipefail
cd "$(dirname "$0")/.."
verb=$1
shift
if [[ $verb == fetch || $verb == closure ]]; then
    mkdir -p "$1"
    folder=$(realpath "$1")
    shift
fi
suite=$1 arch=$2
shift 2

# From where this machine has its own Debian packages.
# shellcheck disable=SC2016 # apt's own variable
mirror() { apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' "Label: $1" | head -n 1; }
debian=$(mirror Debian)
security=$(mirror Debian-Security)
[[ -n $debian ]] || {
    echo "image: apt knows no Debian mirror" >&2
    exit 1
}

state=$PWD/build/image/apt/$suite-$arch
[[ $verb != sources ]] || state+=-sources
mkdir -p "$state"/{lists,cache}/partial "$state/cache/archives/partial"
exec 9>"$state/lock"
flock 9
signed='[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]'
types=(deb)
[[ $verb != sources ]] || types+=(deb-src)
for type in "${types[@]}"; do
    echo "$type $signed $debian $suite main non-free-firmware"
    if [[ $suite == trixie ]]; then
        echo "$type $signed $debian $suite-updates main non-free-firmware"
        [[ -z $security ]] || echo "$type $signed $security $suite-security main non-free-firmware"
    elif [[ $suite == trixie-backports ]]; then
        echo "$type $signed $debian trixie main"
    fi
done >"$state/sources.new"
# apt goes on with its cache as long as these two are what they were.
if ! cmp --silent "$state/sources.new" "$state/sources.list"; then
    mv "$state/sources.new" "$state/sources.list"
    rm -f "$state/fresh"
fi
[[ -e $state/status ]] || : >"$state/status"
apt=(-qq -o APT::Architecture="$arch" -o APT::Architectures="$arch" -o APT::Sandbox::User="$(id -un)"
    -o APT::Install-Recommends=false -o Dir::Etc::sourcelist="$state/sources.list" -o Dir::Etc::sourceparts=-
-o Dir::State="$state" -o Dir::State::lists="$state/lists"
    -o Dir::State::status="$state/status" -o Dir::Cache="$state/cache" -o Acquire::Languages=none
    -o Acquire::Retries=3)
# sid's list may be older than it says that it is good for; what it names is checked by its signature all the same.
[[ $suite != sid ]] || apt+=(-o Acquire::Check-Valid-Until=false)
if [[ ! -e $state/fresh || -n $(find "$state/fresh" -mmin +1440) ]]; then
    echo "image: lists of Debian $suite for $arch" >&2
    apt-get "${apt[@]}" update >&2
    touch "$state/fresh"
fi

case $verb in
    fetch) (cd "$folder" && apt-get "${apt[@]}" download "$@" >&2) ;;
    closure)
        # apt plans an installation into nothing, and downloads what it would install.
        apt-get "${apt[@]}" -y -o Dir::Cache::archives="$folder" -o Debug::NoLocking=true \
            install --download-only "$@" >&2
        rm -rf "$folder/partial" "$folder/lock"
        ;;
    planned)
        apt-get "${apt[@]}" -y --print-uris install "$@" |
            sed -nE "s/^'[^']*' ([^ ]+) [0-9]+ .*/\1/p"
        ;;
    names) apt-cache "${apt[@]}" pkgnames "$1" ;;
    sources) apt-get "${apt[@]}" source --print-uris --download-only "$@" ;;
    *)
        echo "image: apt.sh knows no $verb" >&2
        exit 2
        ;;
esac
