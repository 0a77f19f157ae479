"""Live audio over HTTP: what is passed on, when it ends, and what is said then."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from common.errors import Conflict, NotSupported
from tests.unit.http.edge import Answer, Edge

TRANSMIT = "/axis-cgi/audio/transmit.cgi"
MULAW = {"Content-Type": "audio/basic"}


class Listener:
    """The audio daemon's end of the socket."""

    def __init__(self, edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ours, self.theirs = socket.socketpair()
        self.ours.setblocking(False)
        self.asked: list[tuple[str, str]] = []
        monkeypatch.setattr(edge.audio, "open_transmit", self._open, raising=False)

    async def _open(self, mime_type: str, client: str) -> tuple[int, str]:
        self.asked.append((mime_type, client))
        return self.theirs.detach(), "p1"

    async def heard(self) -> bytes:
        """Return everything until the talk ends."""
        content = b""
        loop = asyncio.get_running_loop()
        while piece := await loop.sock_recv(self.ours, 65536):
            content += piece
        return content


@pytest.fixture
def listener(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> Iterator[Listener]:
    """An audio daemon that listens."""
    found = Listener(edge, monkeypatch)
    yield found
    found.ours.close()
    found.theirs.close()


@asynccontextmanager
async def talking(edge: Edge, **request: Any) -> AsyncIterator[asyncio.Task[Answer]]:
    """Send a talk while the block runs."""
    async with asyncio.TaskGroup() as tasks:
        yield tasks.create_task(edge.ask("POST", TRANSMIT, login="vera", **request), name="talk")


async def test_the_answer_comes_when_the_last_of_it_has_been_heard(
    edge: Edge, listener: Listener
) -> None:
    """Not before: clients take it for the end of the announcement."""
    headers = {"Content-Type": "Audio/Basic; rate=8000", "Content-Length": "9999999"}
    async with talking(edge, body=[b"a" * 100, b"b" * 100], headers=headers) as talk:
        assert await listener.heard() == b"a" * 100 + b"b" * 100
        assert listener.asked == [("audio/basic", "192.0.2.7")]
        await asyncio.sleep(0)
        assert not talk.done()
        listener.ours.close()
    answer = talk.result()
    assert (answer.status, answer.header("content-type"), answer.content) == (
        200,
        "text/plain",
        b"",
    )


async def test_silence_ends_a_talk(edge: Edge, listener: Listener) -> None:
    """After `Audio.ReceiverTimeout`; what came is played, and answered."""
    edge.settings.update({"Audio.ReceiverTimeout": "50"})
    headers = {**MULAW, "Content-Length": "9999999"}
    async with talking(edge, body=[b"abc"], stays=True, headers=headers) as talk:
        assert await listener.heard() == b"abc"
        listener.ours.close()
    assert talk.result().status == 200


async def test_a_client_that_leaves_is_played_to_the_end(edge: Edge, listener: Listener) -> None:
    """Nobody waits for an answer any more."""
    headers = {**MULAW, "Content-Length": "9999999"}
    async with talking(edge, body=[b"abc"], leaves=True, headers=headers) as talk:
        assert await listener.heard() == b"abc"
    assert talk.done()


async def test_a_talk_that_breaks_off_ends_without_an_answer(
    edge: Edge, listener: Listener
) -> None:
    """The web server drops the connection when it hears 444."""
    listener.ours.close()
    async with talking(edge, body=[b"x" * 65536] * 64, headers=MULAW) as talk:
        pass
    assert talk.result().status == 444


async def test_the_client_is_held_back_to_the_pace_of_the_speaker(
    edge: Edge, listener: Listener
) -> None:
    """Nothing is piled up here: of a whole file sent at once most waits in the client."""
    taken = 0

    class Pieces(list[bytes]):
        def pop(self, index: Any = -1) -> bytes:
            nonlocal taken
            taken += 1
            return super().pop(index)

    pieces = Pieces([b"x" * 65536] * 64)
    async with talking(edge, body=pieces, headers=MULAW) as talk:
        before = -1
        while before != taken:
            before = taken
            await asyncio.sleep(0.05)
        assert taken < 16
        assert not talk.done()
        content = await listener.heard()
        listener.ours.close()
    assert len(content) == 64 * 65536


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Length": "", **MULAW}, 411),
        ({"Content-Type": ""}, 415),
        ({"Content-Length": "0", **MULAW}, 200),
    ],
)
async def test_what_a_talk_must_say(edge: Edge, headers: dict[str, str], status: int) -> None:
    """Its length or that it comes in chunks, and its kind; an empty one is a client asking for a nonce."""
    answer = await edge.ask("POST", TRANSMIT, body=[b"x"], headers=headers, login="vera")
    assert answer.status == status


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (Conflict("talking"), 503, "Receiving audio from another client"),
        (NotSupported("no such kind"), 415, "no such kind"),
    ],
)
async def test_a_talk_that_cannot_start_says_why(
    edge: Edge, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, told: str
) -> None:
    """In plain text."""

    async def refuses(*_arguments: object) -> None:
        raise error

    monkeypatch.setattr(edge.audio, "open_transmit", refuses, raising=False)
    answer = await edge.ask("POST", TRANSMIT, body=b"x", headers=MULAW, login="vera")
    assert (answer.status, told in answer.text) == (status, True)
    assert str(answer.header("content-type")).startswith("text/plain")


async def test_the_web_server_asks_before_it_takes_a_body(edge: Edge) -> None:
    """Who brings no login is sent for one."""
    door = "/axis-cgi/audio/door"
    assert (await edge.ask("GET", door, headers={"X-C8210-Login": "no"})).status == 401
    assert (await edge.ask("GET", door, headers={"X-C8210-Login": "yes"})).status == 204
    assert (await edge.ask("GET", door, headers=await edge.log_in())).status == 204
