#!/bin/bash
# Writes the three locks anew, with the hashes of every file of a release and no index's address,
# so that they hold for Python 3.11 to 3.13 on x86_64 and aarch64. `lock.sh --upgrade` takes newer
# releases. Run it on Python 3.11: packages that only older Pythons need are left out by newer ones.
set -euo pipefail
cd "$(dirname "$0")/python"
tools=../../../build/lock
[[ -x $tools/bin/pip-compile ]] || {
    "${PYTHON:-/usr/bin/python3}" -m venv "$tools"
    "$tools/bin/python" -m pip install --quiet --no-warn-script-location pip-tools==7.6.2
}
for name in runtime build dev; do
    "$tools/bin/python" -m piptools compile --quiet --generate-hashes --allow-unsafe --strip-extras \
        --no-header --no-emit-options --no-emit-index-url --no-emit-trusted-host \
        --no-emit-find-links "$@" --output-file "$name.lock" "$name.in"
    grep -c '==' "$name.lock" | sed "s/^/$name.lock: packages /"
done
