#!/bin/bash
# All of the set-up, in order; each step costs a blink when there is nothing to do:
# setup.sh run, setup.sh run pjsip, setup.sh run pjsip test, setup.sh run pjsip test bench system
set -euo pipefail
cd "$(dirname "$0")/../.."

# Two instances may be started in one tree at the same moment.
mkdir -p build
exec 9>build/setup.lock
flock 9

bash etc/setup/packages.sh "$@"
bash etc/setup/python.sh "$@"
# What runs the unit never waits for the SIP stack to be built; it takes what is there.
if [[ " $* " == *" pjsip "* ]]; then
    bash etc/setup/pjsip.sh build
else
    bash etc/setup/pjsip.sh install
fi
if [[ " $* " == *" test "* ]]; then
    bash etc/setup/web.sh modules
    bash etc/setup/clients.sh
    bash etc/setup/pi4-tree.sh
fi
bash etc/setup/web.sh build
