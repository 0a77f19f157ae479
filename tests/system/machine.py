"""A unit as an appliance: the tree of the image, booted by its own systemd in a container.

What a container lacks is a kernel of its own: there are no sound cards, GPIO lines, loop devices or memory limits in
it, and `IPAddressDeny=` is accepted without being enforced. Those are for a virtual machine.
"""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import httpx

from tests.suite import ROOT, Unit, until
from tests.system.control_groups import own_control_groups
from tests.system.lab import PREFIX, UNIT_ADDRESS

TREE = ROOT / "build/system/tree"
STATE = "/var/lib/c8210"
_HELD: list[TextIO] = []
BOOT_S = 60.0
SHUTDOWN_S = 30.0
_POWER_OFF = signal.SIGRTMIN + 4
"""What systemd takes for `systemctl poweroff` (systemd(1), "Signals")."""
_ASKED_TO_BOOT_AGAIN = 133
"""What systemd-nspawn --keep-unit ends with when the container has asked for a restart of itself."""
_CHRONY = """\
# A container must not set its host's clock: the daemon runs without doing that.
[Unit]
ConditionCapability=
[Service]
ExecStart=
ExecStart=!/usr/sbin/chronyd -x -F 1
"""
_REAL_TIME = """\
# Real time for who keeps time: by a right, where the machine gives nobody the limit by which the unit has it.
[Service]
PrivateUsers=no
CapabilityBoundingSet=CAP_SYS_NICE
AmbientCapabilities=CAP_SYS_NICE
"""
_KEEP_TIME = ("c8210-audio.service", "c8210-sim.service")
_CAP_SYS_RESOURCE = 24
"""Who has it may raise limits (capabilities(7), linux/capability.h)."""
_NETWORK = (
    f"[Match]\nName=eth0\n[Network]\nAddress={UNIT_ADDRESS}/{PREFIX}\nLinkLocalAddressing=ipv6\n"
)


_ENDS_WITH_US = (
    *("setpriv", "--pdeathsig=KILL"),
    *("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"),
)
"""Runs a command of which no process and no mount is left, whatever ends it or us."""


class CannotBoot(Exception):
    """Something that booting needs is not on this machine; the text says what."""


def why_not() -> str:
    """Return what this machine lacks for booting the tree; nothing where it lacks nothing."""
    if os.geteuid() != 0:
        return "only root can boot a container"
    lacking = [
        name
        for name in ("systemd-nspawn", "mmdebstrap", "ip", "nsenter", "unshare")
        if not shutil.which(name)
    ]
    if lacking:
        return f"not installed: {', '.join(lacking)} (etc/setup/packages.list, [system])"
    tried = subprocess.run(
        ["unshare", "--mount", "--net", "--pid", "--fork", "true"], capture_output=True, text=True
    )
    return (
        f"no namespaces to boot a container in: {tried.stderr.strip()}" if tried.returncode else ""
    )


def build_tree() -> Path:
    """Return the tree of a simulated unit for this machine's architecture, made anew where something has changed.

    `C8210_TREE` names one that is there already, and is taken as it is.
    """
    if reason := why_not():
        raise CannotBoot(reason)
    if given := os.environ.get("C8210_TREE"):
        return Path(given)
    architecture = subprocess.run(
        ["dpkg", "--print-architecture"], check=True, capture_output=True, text=True
    ).stdout.strip()
    _hold_tree()
    subprocess.run(
        [*_ENDS_WITH_US, "image/tree/build.sh", architecture, str(TREE), "--simulated"],
        cwd=ROOT,
        check=True,
    )
    return TREE


def _hold_tree() -> None:
    """Have the tree to ourselves until we end: nobody may make it anew while another boots from it."""
    if _HELD:
        return
    TREE.parent.mkdir(parents=True, exist_ok=True)
    _HELD.append(TREE.with_name("lock").open("w"))
    fcntl.flock(_HELD[0], fcntl.LOCK_EX)


@dataclass
class Machine:
    """A booted unit."""

    process: subprocess.Popen[bytes]
    leader: int
    """Process id of its systemd, as this machine counts."""
    ready_s: float
    """What it took from the start of the container until its systemd said that everything is started."""
    console: Path

    def run(self, *command: str, check: bool = True) -> str:
        """Run a program in it as root and return what it prints."""
        result = subprocess.run(
            [*self._enter(), *command], capture_output=True, text=True, check=False
        )
        if check and result.returncode:
            raise AssertionError(
                f"{' '.join(command)}: {result.returncode}\n{result.stdout}{result.stderr}"
            )
        return result.stdout

    @contextmanager
    def following(self, *match: str) -> Iterator[Iterator[dict[str, str]]]:
        """Have the entries of its journal, and those to come; `match` is as journalctl(1) has it."""
        command = ("journalctl", "--follow", "--lines=all", "--output=json", *match)
        reader = subprocess.Popen(
            [*self._enter(), *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert reader.stdout
        try:
            yield map(json.loads, reader.stdout)
        finally:
            reader.kill()
            reader.communicate()

    def _enter(self) -> list[str]:
        namespaces = ("-m", "-u", "-i", "-n", "-p", "-C", "-r", "-w")
        return [
            *("nsenter", "-t", str(self.leader), *namespaces),
            *("env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8"),
        ]

    def show(self, *units: str) -> dict[str, dict[str, str]]:
        """Return what systemd knows of units, by name and property."""
        names = "Id,ActiveState,SubState,Result,MainPID,NRestarts,UnitFileState"
        blocks = self.run("systemctl", "show", f"--property={names}", *units).strip().split("\n\n")
        found = [
            dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
            for block in blocks
        ]
        return {block["Id"]: block for block in found}

    def services(self) -> list[str]:
        """Return the services of the suite that run, and not what was started and has ended."""
        listed = self.run(
            *("systemctl", "list-units", "--plain", "--no-legend", "--state=running"),
            "c8210-*.service",
        )
        return sorted(line.split()[0] for line in listed.splitlines())

    def serves_pages(self) -> bool:
        """Whether its web server is there, which starts when http and system have made what it needs."""
        return self.show("c8210-nginx.service")["c8210-nginx.service"]["ActiveState"] == "active"

    def installed(self) -> list[str]:
        """Return every service of the suite that is installed, running or not."""
        listed = self.run("systemctl", "list-unit-files", "--no-legend", "c8210-*.service")
        return sorted(line.split()[0] for line in listed.splitlines())

    def file(self, path: str) -> Path:
        """Return where this machine sees a file of it."""
        return Path(f"/proc/{self.leader}/root") / path.lstrip("/")

    def starts_again(self) -> bool:
        """Wait until it has gone down; returns whether it wants to be started again."""
        return self.process.wait(SHUTDOWN_S) == _ASKED_TO_BOOT_AGAIN

    def shut_down(self) -> float:
        """Switch it off in order; returns how long that took, in seconds."""
        started = time.monotonic()
        os.kill(self.leader, _POWER_OFF)
        self.process.wait(SHUTDOWN_S)
        return time.monotonic() - started


class _Roads(httpx.BaseTransport):
    """Two ways to a unit: over the network as everybody, and to the world around it by that world's socket."""

    def __init__(self, machine: Machine) -> None:
        self._network = httpx.HTTPTransport(verify=False)
        self._world = httpx.HTTPTransport(uds=str(machine.file("/run/c8210/sim/http.sock")))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request the way it belongs."""
        if not request.url.path.startswith("/sim/"):
            return self._network.handle_request(request)
        request.headers["Host"] = "localhost"
        request.url = request.url.copy_with(scheme="http", host="localhost")
        return self._world.handle_request(request)

    def close(self) -> None:
        """Close both."""
        self._network.close()
        self._world.close()


def as_unit(machine: Machine) -> Unit:
    """Return what other tests know as a unit: somebody on its network who can also hear its loudspeaker."""
    https = f"https://{UNIT_ADDRESS}"
    client = httpx.Client(base_url=https, transport=_Roads(machine), timeout=20)
    state = machine.file(STATE)
    return Unit(f"http://{UNIT_ADDRESS}", https, client, machine.process, state, machine.console)


def _limits_can_be_raised() -> bool:
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return bool(int(status["CapBnd"], 16) >> _CAP_SYS_RESOURCE & 1)


@contextmanager
def booted(
    tree: Path,
    network: str,
    folder: Path,
    *,
    real_time: bool = False,
    state: Path | None = None,
) -> Iterator[Machine]:
    """Boot a tree, which stays as it is, and have the unit for as long as the block runs.

    With `real_time` its audio engine has what it has on every device, also where this machine raises no limits: for
    tests that judge its sound. What it keeps goes to `state`, where the next start finds it; else it is forgotten.
    """
    given = _KEEP_TIME if real_time and not _limits_can_be_raised() else ()
    with own_control_groups() as within:
        container = _Container(tree, network, folder, given, state, within)
        yield from _until_it_ends(container.boot())


def _until_it_ends(machine: Machine) -> Iterator[Machine]:
    try:
        until("its web server runs", machine.serves_pages, BOOT_S)
        yield machine
    finally:
        if machine.process.poll() is None:
            machine.process.terminate()
            try:
                machine.process.wait(SHUTDOWN_S)
            except subprocess.TimeoutExpired:
                _end(machine.process, machine.leader)
                raise


def _why_not_up(process: subprocess.Popen[bytes], leader: str | None) -> str:
    """End a container that does not come up and return the end of its journal."""
    enter = ["nsenter", "-t", leader or "0", "-m", "-p", "-r", "-w"]
    told = subprocess.run(
        [*enter, "journalctl", "--no-pager", "--lines=80"], capture_output=True, text=True
    )
    _end(process, int(leader or 0))
    return told.stdout


def _end(process: subprocess.Popen[bytes], leader: int) -> None:
    """End a container at once; killed by itself, systemd-nspawn would leave what runs in it behind."""
    if leader and process.poll() is None:
        os.kill(leader, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)
    process.kill()
    process.wait()


@dataclass(frozen=True)
class _Container:
    tree: Path
    network: str
    folder: Path
    real_time: tuple[str, ...]
    """Units that are given real time."""
    state: Path | None
    within: list[str]
    """Runs a command in control groups of its own."""

    def boot(self) -> Machine:
        """Start it and wait until its systemd is done."""
        # An address of the kernel's, not of the file system: nothing is left of it.
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
            told.bind("")
            return self._boot(told, told.getsockname().decode().replace("\0", "@"))

    def _boot(self, told: socket.socket, ready: str) -> Machine:
        console = self.folder / "console.log"
        started = time.monotonic()
        with console.open("wb") as output:
            process = subprocess.Popen(
                self._command(),
                env=self._environment(ready),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        said: dict[str, str] = {}
        told.settimeout(0.5)
        while said.get("READY") != "1":
            if process.poll() is not None or time.monotonic() - started > BOOT_S:
                why = _why_not_up(process, said.get("X_NSPAWN_LEADER_PID"))
                raise AssertionError(
                    f"it did not boot:\n{console.read_text(errors='replace')}\n{why}"
                )
            try:
                lines = told.recv(4096).decode().splitlines()
            except TimeoutError:
                continue
            said |= dict(line.split("=", 1) for line in lines if "=" in line)
        took = time.monotonic() - started
        return Machine(process, int(said["X_NSPAWN_LEADER_PID"]), took, console)

    def _command(self) -> list[str]:
        files = {
            "/run/systemd/network/10-lab.network": _NETWORK,
            "/run/systemd/system/chrony.service.d/90-container.conf": _CHRONY,
        } | {
            f"/run/systemd/system/{unit}.d/90-container.conf": _REAL_TIME for unit in self.real_time
        }
        return [
            *self.within,
            # It ends with us, whatever ends us.
            *("setpriv", "--pdeathsig=TERM"),
            *("systemd-nspawn", "--quiet", f"--directory={self.tree}", "--boot"),
            f"--network-namespace-path={self.network}",
            *("--register=no", "--keep-unit", f"--machine=c8210-{os.getpid()}"),
            *("--link-journal=no", "--resolv-conf=off", "--timezone=off", "--console=pipe"),
            *("--notify-ready=yes", "--volatile=overlay"),
            "--capability=CAP_NET_ADMIN",
            *([f"--bind={self.state}:{STATE}"] if self.state else []),
            *(f"--bind-ro={self._kept(text)}:{path}" for path, text in files.items()),
        ]

    def _kept(self, text: str) -> Path:
        path = self.folder / f"given-{abs(hash(text))}"
        path.write_text(text)
        path.chmod(0o644)
        return path

    def _environment(self, ready: str) -> Mapping[str, str]:
        """Return what makes the container's control groups those of today's systemd, whatever this machine has."""
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "NOTIFY_SOCKET": ready,
            "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1",
            "UNIFIED_CGROUP_HIERARCHY": "1",
        }
