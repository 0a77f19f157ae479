"""Push-to-talk: what is passed on, and what a page is told."""

import asyncio
import json
import socket
from collections.abc import Iterator

import pytest

from common.errors import Conflict, NotPermitted
from daemons.http.adapters.talk import PLAYED
from tests.unit.http.edge import Conversation, Edge

START = json.dumps({"sample_rate": 16000, "to": "speaker"})
DONE = '{"state":"done"}'


class Speaker:
    """The audio daemon's end of a talk."""

    def __init__(self, edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ours, self.theirs = socket.socketpair()
        self.ours.setblocking(False)
        self.asked: list[tuple[object, ...]] = []
        monkeypatch.setattr(edge.audio, "open_talk", self._open, raising=False)
        monkeypatch.setattr(edge.audio, "open_group_talk", self._open, raising=False)

    async def _open(self, *arguments: object) -> tuple[int, str]:
        self.asked.append(arguments)
        return self.theirs.detach(), "p1"

    async def play(self) -> bytes:
        """Take everything, say that it has been played, and return it."""
        content = b""
        loop = asyncio.get_running_loop()
        while piece := await loop.sock_recv(self.ours, 65536):
            content += piece
        self.ours.send(PLAYED)
        self.ours.close()
        return content


@pytest.fixture
def speaker(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> Iterator[Speaker]:
    """An audio daemon that plays."""
    found = Speaker(edge, monkeypatch)
    yield found
    found.ours.close()
    found.theirs.close()


async def spoken(
    edge: Edge, speaker: Speaker, *messages: str | bytes, login: str = "vera"
) -> tuple[Conversation, bytes]:
    """Talk to the end; return what the page was told, and what was played."""
    async with asyncio.TaskGroup() as tasks:
        talk = tasks.create_task(
            edge.converse("/api/talk", *messages, login=login, leaves=False), name="talk"
        )
        played = await speaker.play()
    return talk.result(), played


@pytest.mark.covers("M-AUD-28", part="talk back")
async def test_what_is_spoken_is_passed_on(edge: Edge, speaker: Speaker) -> None:
    """The page is told when to speak, and when all has been heard."""
    heard, played = await spoken(edge, speaker, START, b"ab" * 320, b"cd" * 320, DONE)
    assert played == b"ab" * 320 + b"cd" * 320
    assert [json.loads(text) for text in heard.texts] == [
        {"state": "talking", "id": "p1"},
        {"state": "done"},
    ]
    assert heard.closed
    assert speaker.asked == [(16000, "vera@192.0.2.7", "page", 0)]


async def test_a_page_that_goes_away_ends_its_talk(edge: Edge, speaker: Speaker) -> None:
    """What was spoken is still passed on."""
    await edge.converse("/api/talk", START, b"abcd", login="vera")
    assert await asyncio.get_running_loop().sock_recv(speaker.ours, 100) == b"abcd"
    assert await asyncio.get_running_loop().sock_recv(speaker.ours, 100) == b""


async def test_a_page_that_falls_silent_holds_nobody_up(edge: Edge, speaker: Speaker) -> None:
    """The receiver time-out ends the talk."""
    edge.settings.update({"Audio.ReceiverTimeout": "50"})
    heard, played = await spoken(edge, speaker, START, b"abcd")
    assert played == b"abcd"
    assert json.loads(heard.texts[-1]) == {"state": "done"}


async def test_who_is_cut_off_is_told(edge: Edge, speaker: Speaker) -> None:
    """Somebody more urgent came, or the sound is away; the page need not say anything for it."""
    async with asyncio.TaskGroup() as tasks:
        talk = tasks.create_task(
            edge.converse("/api/talk", START, b"abcd", login="vera", leaves=False), name="talk"
        )
        await asyncio.get_running_loop().sock_recv(speaker.ours, 100)
        speaker.ours.close()
    heard = talk.result()
    assert json.loads(heard.texts[-1])["error"]["code"] == "cut_off"
    assert heard.closed


@pytest.mark.parametrize(
    ("error", "code"), [(Conflict("talking"), "busy"), (NotPermitted("the mode"), "duplex")]
)
async def test_a_talk_that_cannot_be_says_why(
    edge: Edge, monkeypatch: pytest.MonkeyPatch, error: Exception, code: str
) -> None:
    """In an error object; then the socket closes."""

    async def refuses(*_arguments: object) -> None:
        raise error

    monkeypatch.setattr(edge.audio, "open_talk", refuses, raising=False)
    heard = await edge.converse("/api/talk", START, login="vera", leaves=False)
    assert (json.loads(heard.texts[0])["error"]["code"], heard.closed) == (code, True)


@pytest.mark.parametrize(
    "first",
    [
        "",
        "[]",
        '{"sample_rate":8000}',
        '{"sample_rate":16000,"to":"moon"}',
        '{"sample_rate":16000,"to":{"group":"239.0.0.1"}}',
        '{"sample_rate":16000,"volume":11}',
        '{"sample_rate":16000,"class":"loud"}',
        b"\x00\x00",
    ],
)
async def test_a_first_message_that_makes_no_sense_is_refused(
    edge: Edge, speaker: Speaker, first: str | bytes
) -> None:
    """Nobody talks then."""
    heard = await edge.converse("/api/talk", first, login="oscar", leaves=False)
    assert json.loads(heard.texts[0])["error"]["code"] == "invalid"
    assert (speaker.asked, heard.closed) == ([], True)


async def test_ranks_and_groups_are_for_operators(edge: Edge, speaker: Speaker) -> None:
    """A viewer talks to the loudspeaker, no more urgently than the default."""
    group = {"group": "239.1.2.3", "port": 5004, "codec": "PCMU"}
    to_group = json.dumps({"sample_rate": 48000, "to": group})
    urgent = json.dumps({"sample_rate": 48000, "class": "emergency"})
    for first in (to_group, urgent):
        heard = await edge.converse("/api/talk", first, login="vera", leaves=False)
        assert json.loads(heard.texts[0])["error"]["code"] == "role_too_low"
    assert speaker.asked == []
    await spoken(edge, speaker, to_group, b"abcd", DONE, login="oscar")
    assert speaker.asked == [(48000, "oscar@192.0.2.7", "239.1.2.3", 5004, "PCMU")]


async def test_a_talk_ends_with_the_login(edge: Edge, speaker: Speaker) -> None:
    """Whoever is shut out in the middle is not heard any more."""
    async with asyncio.TaskGroup() as tasks:
        talk = tasks.create_task(
            edge.converse("/api/talk", START, b"abcd", login="vera", leaves=False), name="talk"
        )
        assert await asyncio.get_running_loop().sock_recv(speaker.ours, 100) == b"abcd"
        await edge.ask("POST", "/axis-cgi/pwdgrp.cgi?action=remove&user=vera", login="root")
    assert json.loads(talk.result().texts[-1])["error"]["code"] == "cut_off"
    assert await asyncio.get_running_loop().sock_recv(speaker.ours, 100) == b""


@pytest.mark.parametrize("text", ["[" * 60_000, "1" * 60_000, "\ud800", "{}", "null"])
async def test_other_texts_in_a_talk_are_passed_over(
    edge: Edge, speaker: Speaker, text: str
) -> None:
    """Whatever they are made of."""
    heard, played = await spoken(edge, speaker, START, b"ab", text, b"cd", DONE)
    assert played == b"abcd"
    assert json.loads(heard.texts[-1]) == {"state": "done"}


@pytest.mark.parametrize("group", ["224.1.1.1\0", "224.1.1.1\ufffe"])
async def test_a_group_has_nothing_that_gets_lost_on_the_way(
    edge: Edge, speaker: Speaker, group: str
) -> None:
    """The bus would cut the one off, and not take the other."""
    to = {"group": group, "port": 5004, "codec": "PCMU"}
    first = json.dumps({"sample_rate": 16000, "to": to})
    heard = await edge.converse("/api/talk", first, login="oscar", leaves=False)
    assert json.loads(heard.texts[-1])["error"]["code"] == "invalid"
    assert speaker.asked == []
