#!/bin/bash
# Installs what the web UI is built with and builds it: web.sh modules | web.sh build
set -euo pipefail
cd "$(dirname "$0")/../../web"
export PATH="$PWD/../.venv/bin:$PATH" CI=true
[[ -t 1 ]] || export NO_COLOR=1

stamped() { [[ -f $1 && $(<"$1") == "$2" ]]; }

modules() {
    local sum
    sum=$(cat package.json package-lock.json | sha256sum)
    ! stamped node_modules/c8210.stamp "$sum" || return 0
    echo "setup: web packages"
    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
    echo "$sum" >node_modules/c8210.stamp
}

build() {
    local sum stamp=../build/web.stamp
    sum=$(find . \( -name node_modules -o -name dist \) -prune -o -type f -print0 | LC_ALL=C sort -z |
        xargs -0 sha256sum | sha256sum)
    [[ ! -f dist/index.html ]] || ! stamped "$stamp" "$sum" || return 0
    modules
    echo "setup: building the web UI"
    npm run --silent build
    mkdir -p ../build
    echo "$sum" >"$stamp"
}

"$1"
