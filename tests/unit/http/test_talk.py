"""Live audio over HTTP: what is passed on, when it ends, and what is said then."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from common.errors import Conflict, NotPermitted, NotSupported
from daemons.http.adapters.talk import PLAYED
from tests.unit.http.edge import Answer, Edge

TRANSMIT = "/axis-cgi/audio/transmit.cgi"
MULAW = {"Content-Type": "audio/basic"}


class Listener:
    """The audio daemon's end of the socket."""

    def __init__(self, edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ours, self.theirs = socket.socketpair()
        self.ours.setblocking(False)
        self.asked: list[tuple[str, str, str, int]] = []
        monkeypatch.setattr(edge.audio, "open_transmit", self._open, raising=False)

    async def _open(
        self, mime_type: str, client: str, class_: str, priority: int
    ) -> tuple[int, str]:
        self.asked.append((mime_type, client, class_, priority))
        return self.theirs.detach(), "p1"

    def end(self, said: bytes = PLAYED) -> None:
        """Be done with the talk, and say so."""
        self.ours.send(said)
        self.ours.close()

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
        assert listener.asked == [("audio/basic", "192.0.2.7", "page", 0)]
        await asyncio.sleep(0)
        assert not talk.done()
        listener.end()
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
        listener.end()
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


async def test_a_talk_that_is_cut_off_at_its_end_ends_without_an_answer(
    edge: Edge, listener: Listener
) -> None:
    """All of it has been sent, and not all of it played."""
    async with talking(edge, body=[b"abc"], headers=MULAW) as talk:
        assert await listener.heard() == b"abc"
        listener.ours.close()
    assert talk.result().status == 444


@pytest.mark.parametrize(
    ("login", "query", "asked"),
    [
        ("vera", "", ("page", 0)),
        ("vera", "?class=announcement&priority=100", ("announcement", 100)),
        ("vera", "?priority=0", ("page", 0)),
        ("vera", "?priority=1", None),
        ("vera", "?class=emergency", None),
        ("oscar", "?priority=1", ("page", 1)),
        ("oscar", "?class=Emergency&priority=7", ("emergency", 7)),
    ],
)
async def test_a_viewer_is_no_more_urgent_than_the_default(
    edge: Edge, listener: Listener, login: str, query: str, asked: tuple[str, int] | None
) -> None:
    """An operator may be as urgent as they like."""
    async with asyncio.TaskGroup() as tasks:
        talk = tasks.create_task(
            edge.ask("POST", TRANSMIT + query, login=login, body=b"abc", headers=MULAW),
            name="talk",
        )
        if asked is not None:
            await listener.heard()
            listener.end()
    assert talk.result().status == (403 if asked is None else 200)
    assert [one[2:] for one in listener.asked] == ([] if asked is None else [asked])


async def test_the_default_rank_is_a_parameter(edge: Edge, listener: Listener) -> None:
    """For who says nothing, and as far as a viewer may go."""
    edge.settings.update({"Audio.Live.Class": "announcement", "Audio.Live.Priority": "5"})
    async with talking(edge, body=[b"abc"], headers=MULAW) as _talk:
        await listener.heard()
        listener.end()
    assert listener.asked[0][2:] == ("announcement", 5)
    for query in ("?class=page", "?priority=6"):
        answer = await edge.ask("POST", TRANSMIT + query, body=b"x", headers=MULAW, login="vera")
        assert answer.status == 403
    for query in ("?class=loud", "?priority=101", "?priority=-1"):
        answer = await edge.ask("POST", TRANSMIT + query, body=b"x", headers=MULAW, login="oscar")
        assert answer.status == 400


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
        listener.end()
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
        (NotPermitted("not in this direction"), 405, "not in this direction"),
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
