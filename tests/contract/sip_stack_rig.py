"""The process of the SIP stack as the daemon drives it, without a daemon and without a bus."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from daemons.sip.stack import wire
from tests.suite import ROOT, free_port

WITHIN_S = 10.0

Kind = TypeVar("Kind", bound=msgspec.Struct)


@dataclass
class Stack:
    """A running stack: orders go in, notices are kept in the order in which they came."""

    process: subprocess.Popen[bytes]
    end: socket.socket
    endpoint: wire.Endpoint
    notices: list[wire.Notice] = field(default_factory=list)
    _next: int = 0

    def order(self, order: wire.Order, descriptor: int | None = None) -> None:
        """Give an order."""
        packet = msgspec.json.encode(order)
        socket.send_fds(self.end, [packet], [] if descriptor is None else [descriptor])

    def read(self, within_s: float) -> bool:
        """Take the next notice, if one comes."""
        self.end.settimeout(max(within_s, 0.001))
        try:
            packet = self.end.recv(wire.LONGEST_MESSAGE)
        except TimeoutError:
            return False
        if not packet:
            raise AssertionError(f"the stack has ended; before that it said {self.notices[-5:]}")
        self.notices.append(msgspec.json.decode(packet, type=wire.Notice))
        return True

    def wait(
        self,
        kind: type[Kind],
        matches: Callable[[Kind], bool] = lambda _: True,
        within_s: float = WITHIN_S,
    ) -> Kind:
        """Return the next notice of a kind; each is returned once, and those before it are passed over."""
        until = time.monotonic() + within_s
        while True:
            while self._next < len(self.notices):
                notice = self.notices[self._next]
                self._next += 1
                if isinstance(notice, kind) and matches(notice):
                    return notice
            if not self.read(until - time.monotonic()) and time.monotonic() > until:
                raise AssertionError(
                    f"no such {kind.__name__} within {within_s:g} s, but {self.notices[-6:]}"
                )

    def state(self, call: str, state: str, **wanted: Any) -> wire.Changed:
        """Wait until a call is in a state."""
        return self.wait(
            wire.Changed,
            lambda said: (
                said.call == call
                and said.state == state
                and all(getattr(said, name) == value for name, value in wanted.items())
            ),
        )

    def apply(self, **changes: Any) -> None:
        """Give other settings, and wait until they are in force: a call that cannot be is told after that."""
        self.order(wire.Apply(settings(**changes)))
        self.order(wire.Dial("after that", "nobody's", "sip:nobody@127.0.0.1"))
        self.state("after that", "ended")

    def uri(self, user: str = "speaker") -> str:
        """Where it is called."""
        return f"sip:{user}@{host(self.endpoint.address)}:{self.endpoint.udp_port}"

    def memory_kib(self) -> int:
        """How much memory it holds."""
        lines = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))

    def switches(self) -> int:
        """How often its first thread has waited and was woken."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("\nvoluntary_ctxt_switches:")[2].split()[0])

    def descriptors(self) -> int:
        """How many descriptors it holds."""
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))


def host(address: str) -> str:
    """An address as it stands in a URI."""
    return f"[{address}]" if ":" in address else address


P2P = wire.Account("peer-to-peer", "sip:speaker@", default=True)


def settings(**changes: Any) -> wire.Settings:
    """Settings of a unit that takes calls, with changes."""
    return wire.Settings(
        **{
            "accounts": (P2P,),
            "allow_incoming": True,
            "known": ("127.0.0.0/8", "::1/128"),
            **changes,
        }
    )


@contextmanager
def begun(endpoint: dict[str, Any] | None = None, **changes: Any) -> Iterator[Stack]:
    """Tell a stack on loopback to begin; it is ended with the block."""
    wanted = wire.Endpoint(
        **{
            "user_agent": "C8210 test",
            "udp_port": free_port(),
            "tls_port": free_port(),
            "rtp_port": 20_000 + os.getpid() % 100 * 200,
            "address": "127.0.0.1",
            **(endpoint or {}),
        }
    )
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours:
        with theirs:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "daemons.sip.stack", "--fd", str(theirs.fileno())],
                cwd=ROOT,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )
        running = Stack(process, ours, wanted)
        running.order(wire.Start(wanted, settings(**changes)))
        try:
            yield running
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
                process.wait()


@contextmanager
def stack(endpoint: dict[str, Any] | None = None, **changes: Any) -> Iterator[Stack]:
    """Run a stack on loopback until the block ends."""
    with begun(endpoint, **changes) as running:
        running.wait(wire.Ready)
        yield running
        if running.process.poll() is None:
            running.order(wire.Stop())
            assert running.process.wait(5.0) == 0
