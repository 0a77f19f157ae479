"""Two networks with a NAT router between, in network namespaces: the unit inside, phones and servers outside."""

import ctypes
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

UNIT, ROUTER_INSIDE = "10.77.0.2", "10.77.0.1"
ROUTER, OUTSIDE, OTHER = "203.0.113.1", "203.0.113.10", "203.0.113.20"
"""The router's public address, and two addresses of the world outside."""

_MASQUERADE = """
table ip nat {
    chain out { type nat hook postrouting priority 100; oifname "world0" masquerade; }
}
table ip filter {
    chain through {
        type filter hook forward priority 0; policy drop;
        iifname "lan0" accept;
        ct state established,related accept;
    }
}
"""
_NEW_NETWORK = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


class Nat:
    """The namespaces' names."""

    def __init__(self) -> None:
        self.inside, self.router, self.outside = (
            f"c8210-{part}-{os.getpid()}" for part in ("inside", "router", "outside")
        )

    @property
    def names(self) -> tuple[str, str, str]:
        return self.inside, self.router, self.outside

    def make(self) -> None:
        """Lay the cables."""
        cables = (
            (self.inside, "unit0", UNIT, self.router, "lan0", ROUTER_INSIDE),
            (self.outside, "wan0", OUTSIDE, self.router, "world0", ROUTER),
        )
        for name in self.names:
            _ip("-n", name, "link", "set", "lo", "up")
            _run("ip", "netns", "exec", name, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1")
        for near, card, address, far, other_card, other_address in cables:
            peer = ("peer", "name", other_card, "netns", far)
            _ip("-n", near, "link", "add", card, "type", "veth", *peer)
            for namespace, end, own in ((near, card, address), (far, other_card, other_address)):
                _ip("-n", namespace, "address", "add", f"{own}/24", "dev", end)
                _ip("-n", namespace, "link", "set", end, "up")
        _ip("-n", self.outside, "address", "add", f"{OTHER}/24", "dev", "wan0")
        _ip("-n", self.inside, "route", "add", "default", "via", ROUTER_INSIDE)
        _run("ip", "netns", "exec", self.router, "sysctl", "-qw", "net.ipv4.ip_forward=1")
        _run("ip", "netns", "exec", self.router, "nft", "-f", "-", text=_MASQUERADE)


@contextmanager
def nat() -> Iterator[Nat]:
    """Have such networks; skips where this machine gives none."""
    made = Nat()
    try:
        for name in made.names:
            _ip("netns", "add", name)
        made.make()
    except (OSError, subprocess.CalledProcessError) as failure:
        said = getattr(failure, "stderr", "") or failure
        _remove(made)
        pytest.skip(f"no networks with a NAT between can be made here: {said}")
    try:
        with names(made.inside, socket.gethostname(), UNIT):
            yield made
    finally:
        _remove(made)


@contextmanager
def entered(namespace: str) -> Iterator[None]:
    """Open the sockets of this block in a namespace; they stay there."""
    with Path("/proc/thread-self/ns/net").open() as home:
        with Path(f"/run/netns/{namespace}").open() as there:
            _move(there.fileno())
        try:
            yield
        finally:
            _move(home.fileno())


@contextmanager
def names(namespace: str, name: str, *addresses: str) -> Iterator[None]:
    """Let processes of a namespace find a name, and no other; `ip netns exec` puts these files over the machine's."""
    folder = Path(f"/etc/netns/{namespace}")
    folder.mkdir(parents=True)
    try:
        lines = [f"{address} {name}" for address in addresses]
        (folder / "hosts").write_text("\n".join([*lines, ""]))
        (folder / "resolv.conf").write_text("nameserver 127.0.0.1\n")
        yield
    finally:
        shutil.rmtree(folder)


def _move(descriptor: int) -> None:
    if _libc.setns(descriptor, _NEW_NETWORK):
        raise OSError(ctypes.get_errno(), "setns")


def _run(*command: str, text: str = "") -> None:
    subprocess.run(command, input=text, check=True, capture_output=True, text=True)


def _ip(*arguments: str) -> None:
    _run("ip", *arguments)


def _remove(made: Nat) -> None:
    for name in made.names:
        subprocess.run(["ip", "netns", "delete", name], capture_output=True)
