#!/bin/bash
# Installs the strangers' clients that tests let loose on a running unit.
set -euo pipefail
cd "$(dirname "$0")/../../tests/clients"
export PATH="$PWD/../../.venv/bin:$PATH" CI=true

sum=$(cat package.json package-lock.json | sha256sum)
[[ ! -f node_modules/c8210.stamp || $(<node_modules/c8210.stamp) != "$sum" ]] || exit 0
echo "setup: clients for tests"
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
echo "$sum" >node_modules/c8210.stamp
