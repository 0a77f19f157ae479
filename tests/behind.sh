#!/bin/bash
# Makes one target with the processors that another leaves idle: behind.sh TARGET [TARGET-BEHIND-IT]
#
# Tests that measure time or sound wait most of the time. What runs behind them is given a processor only while nobody
# else wants one (SCHED_IDLE), so each of them measures what it would by itself. What that prints comes at its end, and
# only its last lines where it passed: what failed stands at the end of all that is printed.
set -euo pipefail
cd "$(dirname "$0")/.."
[[ $# == 2 ]] || exec make "$1"
said=$(mktemp)
set -m # a group of its own, which an interruption reaches through the trap
chrt --idle 0 make "$2" </dev/null >"$said" 2>&1 &
behind=$!
set +m
trap 'kill -INT -- -$behind 2>/dev/null || true; wait || true; rm -f "$said"' EXIT
failed=0
make "$1" || failed=$?
if wait "$behind"; then
    echo "behind $1: make $2, which ends:" && tail -n 4 "$said"
else
    failed=$?
    echo "behind $1: make $2" && cat "$said"
fi
exit "$failed"
