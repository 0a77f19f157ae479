"""Recipients do not lead to what listens on this unit's loopback, nor to link-local and metadata services.

The same servers that other tests use stand on the loopback; here nobody has allowed it.
"""

import asyncio
import socket
from pathlib import Path
from typing import Any

import pytest

from daemons.events.recipients.kinds import Message
from daemons.events.recipients.senders.smb import MATROSKA
from tests.contract.delivery_rig import running, until
from tests.contract.recipients_rig import file_message, scripted, send

NAMES = [
    "127.0.0.1",
    "localhost",
    "[::1]",
    "::ffff:127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0.0.0.0",
]
LINK_LOCAL = ["169.254.169.254", "[fe80::1]", "100.100.100.200"]


def recipients(host: str, port: int) -> dict[str, dict[str, str]]:
    """Return one of each kind at a host."""
    bare = host.strip("[]")
    in_url = f"[{bare}]" if ":" in bare else bare
    there = {"host": bare, "port": str(port)}
    mail = {"email_to": "a@example.com", "email_from": "b@example.com", "encryption": "none"}
    return {
        "ftp": there,
        "http": {"upload_url": f"http://{in_url}:{port}/"},
        "https": {"upload_url": f"https://{in_url}:{port}/", "validate_server_cert": "0"},
        "networkshare": there | {"share": "sounds"},
        "sftp": there,
        "smtp": there | mail,
        "tcp": there,
    }


class Trap:
    """A service on the loopback that nobody may reach."""

    def __init__(self) -> None:
        self.visits = 0

    async def visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Note a visitor."""
        self.visits += 1


@pytest.mark.parametrize("host", NAMES)
async def test_no_kind_of_recipient_reaches_the_loopback(host: str, tmp_path: Path) -> None:
    """By address or by name; neither by a delivery nor by the test button."""
    trap = Trap()
    async with scripted(trap.visit) as port:
        for kind, parameters in recipients(host, port).items():
            message = Message(text="x")
            if kind in ("ftp", "sftp", "networkshare"):
                message = file_message(tmp_path, MATROSKA)
            for what in (message, None):
                result = await send(kind, parameters, what, loopback_allowed=False)
                assert (result.ok, result.permanent) == (False, True), kind
                assert "cannot be a recipient" in result.reason
    assert trap.visits == 0


@pytest.mark.parametrize("host", LINK_LOCAL)
async def test_link_local_and_metadata_services_are_never_recipients(host: str) -> None:
    """Not even where loopback is allowed."""
    for kind, parameters in recipients(host, 80).items():
        result = await send(kind, parameters, None, loopback_allowed=True)
        assert (result.ok, result.permanent) == (False, True), kind
        assert "cannot be a recipient" in result.reason


@pytest.mark.parametrize("kind", ["http", "https"])
async def test_a_proxy_on_the_loopback_is_no_way_in(kind: str) -> None:
    """The proxy is what is connected to."""
    trap = Trap()
    async with scripted(trap.visit) as port:
        parameters = recipients("192.0.2.1", 80)[kind]
        through = {"proxy_host": "localhost", "proxy_port": str(port)}
        result = await send(kind, parameters | through, None, loopback_allowed=False)
    assert (result.ok, trap.visits) == (False, 0)
    assert "cannot be a recipient" in result.reason


async def test_a_pop_server_on_the_loopback_is_no_way_in() -> None:
    """It comes before the mail server."""
    trap = Trap()
    async with scripted(trap.visit) as port:
        parameters = recipients("192.0.2.1", 25)["smtp"]
        pop = {"pop_host": "localhost", "pop_port": str(port)}
        result = await send("smtp", parameters | pop, None, loopback_allowed=False)
    assert (result.ok, trap.visits) == (False, 0)
    assert "cannot be a recipient" in result.reason


@pytest.mark.parametrize("kind", ["ftp", "http", "https", "networkshare", "sftp", "smtp", "tcp"])
async def test_a_name_server_that_changes_its_mind_changes_nothing(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name is asked for once, and the connection goes to an address that was checked.

    The first answer has a forbidden address and an allowed one, every later answer the forbidden one only.
    """
    trap = Trap()
    asked: list[str] = []
    real = socket.getaddrinfo

    def answers(host: Any, port: Any, *rest: Any, **others: Any) -> Any:
        if host != "rebinding.example.com":
            return real(host, port, *rest, **others)
        asked.append(host)
        found = ["169.254.169.254"] if len(asked) > 1 else ["169.254.169.254", "127.0.0.1"]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in found]

    monkeypatch.setattr(socket, "getaddrinfo", answers)
    async with scripted(trap.visit) as port:
        parameters = recipients("rebinding.example.com", port)[kind]
        await send(kind, parameters, None, loopback_allowed=True)
        await until(lambda: trap.visits > 0)
    assert trap.visits == 1
    assert asked == ["rebinding.example.com"]


async def test_the_worker_allows_no_loopback_unless_it_is_told_to(tmp_path: Path) -> None:
    """The whole way, through the process."""
    trap = Trap()
    async with scripted(trap.visit) as port, running(tmp_path, {}, loopback_allowed=False) as rig:
        for kind, parameters in recipients("localhost", port).items():
            ok, said = await rig.deliveries.test(f"com.axis.recipient.{kind}", parameters)
            assert not ok
            assert "cannot be a recipient" in said
    assert trap.visits == 0
