"""TCP recipients."""

import asyncio
import socket
from pathlib import Path

import pytest

from daemons.events.delivery.line import Line
from daemons.events.recipients.kinds import Message
from tests.contract.recipients_rig import drip, file_message, scripted, send


def parameters(port: int) -> dict[str, str]:
    """Return where the server is."""
    return {"host": "127.0.0.1", "port": str(port)}


@pytest.mark.covers("M-RCP-21")
async def test_the_text_arrives() -> None:
    """All of it, and then the end."""
    heard: asyncio.Queue[bytes] = asyncio.Queue()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.put_nowait(await reader.read(-1))

    async with scripted(listen) as port:
        result = await send("tcp", parameters(port), Message(text="Größe: 5\n"))
        assert result.ok, result.reason
        assert await heard.get() == "Größe: 5\n".encode()


async def test_who_answers_without_end_has_the_text_all_the_same() -> None:
    """What it says is of no interest."""
    async with scripted(drip) as port:
        result = await send("tcp", parameters(port), Message(text="x"))
    assert result.ok, result.reason


async def test_a_closed_port_is_told() -> None:
    """And may be open later."""
    async with scripted(drip) as port:
        pass
    result = await send("tcp", parameters(port), Message(text="x"))
    assert (result.ok, result.permanent) == (False, False)
    assert f"no connection to 127.0.0.1 port {port}: Connection refused" in result.reason


async def test_who_takes_nothing_has_not_got_it() -> None:
    """The other end's machine is full; the message is not believed to be there."""

    async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        await asyncio.Event().wait()

    async with scripted(deaf) as port:
        result = await send("tcp", parameters(port), Message(text="x" * 30_000_000), seconds=0.6)
    assert (result.ok, result.permanent) == (False, False)


@pytest.mark.parametrize("qos", [0, 46])
async def test_what_is_sent_carries_the_recipients_dscp(qos: int) -> None:
    """Both on sockets that the line opens and on those that it tells how to open."""
    line = Line(loopback_allowed=True, qos=qos)
    met = asyncio.Event()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        met.set()

    async with scripted(meet) as port:
        with await line.open("127.0.0.1", port) as connection:
            await met.wait()
            assert connection.getsockopt(socket.IPPROTO_IP, socket.IP_TOS) == qos << 2
        with socket.socket() as connection:
            for option in line.options("127.0.0.1"):
                connection.setsockopt(*option)
            assert connection.getsockopt(socket.IPPROTO_IP, socket.IP_TOS) == qos << 2
        line.close()


async def test_files_are_refused(tmp_path: Path) -> None:
    """Rather than dropped."""
    result = await send("tcp", parameters(1), file_message(tmp_path, b"x"))
    assert (result.ok, result.permanent) == (False, True)


@pytest.mark.covers("M-RCP-22", part="TCP")
async def test_the_test_opens_a_connection() -> None:
    """Nothing is sent."""
    heard: asyncio.Queue[bytes] = asyncio.Queue()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.put_nowait(await reader.read(-1))

    async with scripted(listen) as port:
        assert (await send("tcp", parameters(port), None)).ok
        assert await heard.get() == b""
    assert not (await send("tcp", parameters(port), None)).ok
