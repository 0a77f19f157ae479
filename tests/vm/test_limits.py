"""What a unit's limits are worth on a kernel that has them: a container accepts them and enforces none.

No unit of the suite has a CPUQuota: time is shared by nice and real-time priorities (test_sound.py).
"""

import re

import httpx
import pytest

from common.bus.suite import DAEMONS
from tests.suite import until
from tests.vm.machine import VirtualMachine
from tests.vm.sound import unbroken

GROUPS = "/sys/fs/cgroup/system.slice"
VICTIM = "c8210-mqtt.service"
"""Any service would do: it is killed here."""
MORE_THAN_ANY = 200 << 20
ROUTER = "10.0.2.2"
"""The emulator's own end of the network."""
_GREEDY = """
import os, sys
held = []
print("begun", flush=True)
while True:
    held.append(os.urandom(1 << 20))
    if len(held) > int(sys.argv[1]):
        print("nobody stopped it")
        break
"""
_FERTILE = """
import os, signal, time
children = []
try:
    while len(children) < 500:
        child = os.fork()
        if not child:
            time.sleep(1000)
        children.append(child)
    print("nobody stopped it")
except BlockingIOError:
    print(len(children))
for child in children:
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
"""
_CALLER = """
import socket, sys
try:
    socket.create_connection((sys.argv[1], 80), 2).close()
    print("connected")
except OSError as error:
    print(error.__class__.__name__)
"""


def joining(unit: str) -> str:
    """Return the line by which a shell becomes a process of a unit."""
    return f"echo $BASHPID >{GROUPS}/{unit}/cgroup.procs"


def restarts(machine: VirtualMachine) -> dict[str, int]:
    """Return how often each service was started anew."""
    names = [f"c8210-{member.name}.service" for member in DAEMONS]
    told = machine.does(f"systemctl show -p Id -p NRestarts {' '.join(names)}")
    counts = re.findall(r"NRestarts=(\d+)", told)
    ids = re.findall(r"Id=(\S+)", told)
    return {name: int(count) for name, count in zip(ids, counts, strict=True)}


def test_limits_are_the_kernels(machine: VirtualMachine) -> None:
    """Memory and number of processes of each service, as its unit has them; and none is without."""
    for member in DAEMONS:
        unit = f"c8210-{member.name}.service"
        for name, file in (("MemoryMax", "memory.max"), ("TasksMax", "pids.max")):
            asked = machine.does(f"systemctl show -P {name} {unit}")
            assert machine.does(f"cat {GROUPS}/{unit}/{file}") == asked
            assert asked.isdecimal(), f"{unit}: {name}={asked}"
    assert machine.does(f"cat {GROUPS}/c8210-audio.service/memory.max") == str(768 << 20)
    assert machine.does(f"cat {GROUPS}/{VICTIM}/memory.max") == str(128 << 20)
    assert machine.does(f"cat {GROUPS}/{VICTIM}/pids.max") == "64"


def test_who_takes_too_much_memory_is_ended_alone(
    machine: VirtualMachine, administrator: httpx.Client
) -> None:
    """The service comes back, no other one is disturbed, and not a sample is late."""
    before = restarts(machine)
    with unbroken(machine, administrator):
        status, said = machine.python(_GREEDY, "200", before=joining(VICTIM))
        assert said.split("\n")[0].strip() == "begun"
        assert "nobody stopped it" not in said
        assert status == 128 + 9, "killed by the kernel"
        until(
            "it is back",
            lambda: (
                machine.run(f"systemctl is-active --quiet {VICTIM}")[0] == 0
                and restarts(machine)[VICTIM] > before[VICTIM]
            ),
            300,
        )
    after = restarts(machine)
    assert after.pop(VICTIM) == before.pop(VICTIM) + 1
    assert after == before
    assert "oom-kill" in machine.does(f"journalctl --no-pager -o cat --unit {VICTIM}")


def test_who_starts_too_many_processes_is_refused(machine: VirtualMachine) -> None:
    """And that is all that happens."""
    before = restarts(machine)
    status, said = machine.python(_FERTILE, before=joining(VICTIM))
    assert status == 0, said
    assert said.isdecimal(), said
    assert 10 < int(said) < 64
    assert restarts(machine) == before


@pytest.mark.parametrize(
    ("daemon", "itself", "others"),
    [
        ("http", False, False),
        ("system", True, False),
        ("events", False, True),
        ("sip", False, True),
        ("mqtt", True, True),
    ],
)
def test_who_is_reached_from_a_service(
    machine: VirtualMachine, daemon: str, itself: bool, others: bool
) -> None:
    """By what stands in IPAddressDeny and IPAddressAllow: services of this unit, and everybody else."""
    before = joining(f"c8210-{daemon}.service")
    assert (machine.python(_CALLER, "127.0.0.1", before=before)[1] == "connected") is itself
    # Nobody listens there: its refusal is an answer.
    said = machine.python(_CALLER, ROUTER, before=before)[1]
    assert (said == "ConnectionRefusedError") is others, said
