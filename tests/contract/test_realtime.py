"""A process that is prepared for an audio thread is quiet, and stays in memory as far as the system lets it."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

PREPARED = """
import gc, json, os, sys, threading
from pathlib import Path
from common.realtime import become_realtime
from daemons.audio.realtime import prepare_process
got = prepare_process()
seen = {}
def ask():
    seen["realtime"] = become_realtime(60)
    seen["policy"] = os.sched_getscheduler(threading.get_native_id())
thread = threading.Thread(target=ask)
thread.start()
thread.join()
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
print(json.dumps({
    **seen, "locked": got.memory_locked, "preferred": got.preferred, "switch": sys.getswitchinterval(),
    "gc": gc.isenabled(), "frozen": gc.get_freeze_count(), "nice": os.getpriority(os.PRIO_PROCESS, 0),
    "locked_kb": int(status["VmLck"].split()[0]), "main": os.sched_getscheduler(0), "fifo": os.SCHED_FIFO,
}))
"""


def test_a_prepared_process_is_quiet() -> None:
    """Quick hand-over of the interpreter, no collector, locked pages and real time for one thread where granted."""
    result = subprocess.run(
        [sys.executable, "-P", "-c", PREPARED],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
        text=True,
    )
    seen = json.loads(result.stdout)
    assert seen["switch"] == 0.0005
    assert not seen["gc"]
    assert seen["frozen"] > 1000
    assert seen["locked"] == (seen["locked_kb"] > 0)
    assert seen["preferred"] == (seen["nice"] < 0)
    assert seen["realtime"] == (seen["policy"] == seen["fifo"])
    assert seen["main"] != seen["fifo"]
