"""Listening over HTTP: what a client asks for, how blocks reach it, and how a stream ends."""

import asyncio
import email.parser
import json
import socket
from collections.abc import Awaitable, Callable, Iterator

import pytest

from common.errors import Conflict, InvalidValue, NotPermitted, NotSupported
from daemons.http.auth.session import SESSION_LIFE_S
from tests.unit.http.edge import Answer, Edge

RECEIVE = "/axis-cgi/audio/receive.cgi"
BLOCKS = [bytes([number]) * 512 for number in range(5)]


class Input:
    """The audio daemon's end of a stream."""

    def __init__(self, edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ours, self.theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.asked: list[tuple[object, ...]] = []
        self.media_type = "audio/basic"
        monkeypatch.setattr(edge.audio, "open_receive", self._open, raising=False)

    async def _open(self, *wanted: object) -> tuple[int, str, int]:
        self.asked.append(wanted)
        return self.theirs.detach(), self.media_type, 512

    def send_all(self) -> None:
        """Send some blocks, and end."""
        for block in BLOCKS:
            self.ours.send(block)
        self.ours.close()


@pytest.fixture
def sound(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> Iterator[Input]:
    """An audio daemon that hears something."""
    found = Input(edge, monkeypatch)
    yield found
    found.ours.close()
    found.theirs.close()


async def heard(edge: Edge, sound: Input, query: str = "") -> Answer:
    """Listen to the end."""
    sound.send_all()
    return await edge.ask("GET", RECEIVE + query, login="vera", stays=True)


async def test_one_part_is_blocks_and_nothing_else(edge: Edge, sound: Input) -> None:
    """No length, no framing; everything else is what the parameters say."""
    answer = await heard(edge, sound)
    assert (answer.status, answer.all("content-type")) == (200, ["audio/basic"])
    assert answer.header("content-length") is None
    assert answer.content == b"".join(BLOCKS)
    assert sound.asked == [("", 0, 0, 0, "stream", "vera@192.0.2.7")]


async def test_many_parts_have_a_block_each(edge: Edge, sound: Input) -> None:
    """As a reader of multipart reads them; asked for, or by the parameter."""
    edge.settings.update({"Audio.A0.HTTPMessageType": "multipart"})
    answer = await heard(edge, sound)
    kind = str(answer.header("content-type"))
    assert kind.startswith("multipart/x-mixed-replace; boundary=")
    boundary = kind.partition("boundary=")[2].encode()
    rest = answer.content
    for block in BLOCKS:
        assert rest.startswith(b"--" + boundary + b"\r\n")
        head, _, rest = rest.removeprefix(b"--" + boundary + b"\r\n").partition(b"\r\n\r\n")
        fields = email.parser.BytesParser().parsebytes(head)
        assert (fields["Content-Type"], fields["Content-Length"]) == ("audio/basic", "512")
        assert rest[:514] == block + b"\r\n"
        rest = rest[514:]
    assert rest == b""


async def test_arguments_go_before_parameters(edge: Edge, sound: Input) -> None:
    """Each of them."""
    edge.settings.update({"Audio.A0.HTTPMessageType": "multipart"})
    query = (
        "?audio=1&audiocodec=OPUS&audiosamplerate=16000&audiobitrate=24000&audionbrofchannels=1"
        "&camera=1&audiodeviceid=0&audioinputid=0&httptype=singlepart&unknown=1"
    )
    await heard(edge, sound, query)
    assert sound.asked == [("opus", 16000, 24000, 1, "stream", "vera@192.0.2.7")]


@pytest.mark.parametrize(
    "query",
    [
        "audio=2",
        "audiobitrate=7999",
        "audiosamplerate=fast",
        "audionbrofchannels=0",
        "camera=2",
        "audiochannel=2",
        "audiodeviceid=1&audioinputid=0",
        "audiodeviceid=0",
        "audiochannel=1&audiodeviceid=0&audioinputid=0",
        "httptype=both",
    ],
)
async def test_a_bad_argument_is_400(edge: Edge, sound: Input, query: str) -> None:
    """In plain text, and nobody is asked."""
    answer = await edge.ask("GET", f"{RECEIVE}?{query}", login="vera")
    assert (answer.status, sound.asked) == (400, [])
    assert str(answer.header("content-type")).startswith("text/plain")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InvalidValue("no"), 400),
        (NotPermitted("the audio input is off"), 405),
        (NotSupported("mp3"), 415),
        (Conflict("20 listen"), 503),
    ],
)
async def test_what_cannot_be_says_why(
    edge: Edge, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    """The states of VAPIX page 4.2, in plain text."""

    async def refuses(*_arguments: object) -> None:
        raise error

    monkeypatch.setattr(edge.audio, "open_receive", refuses, raising=False)
    answer = await edge.ask("GET", RECEIVE, login="vera")
    assert (answer.status, str(error) in answer.text) == (status, True)
    assert str(answer.header("content-type")).startswith("text/plain")


async def test_no_audio_is_asked_for(edge: Edge, sound: Input) -> None:
    """`audio=0`: there would be nothing to send."""
    assert (await edge.ask("GET", f"{RECEIVE}?audio=0", login="vera")).status == 405
    assert sound.asked == []


async def test_aac_is_not_sent_in_parts(edge: Edge, sound: Input) -> None:
    """VAPIX has no block size for it; the encoder is told at once."""
    sound.media_type = "audio/mpeg4-generic"
    answer = await edge.ask("GET", f"{RECEIVE}?httptype=multipart", login="vera")
    assert answer.status == 415
    assert sound.ours.recv(10) == b""


async def test_a_client_that_leaves_lets_go_of_the_stream(edge: Edge, sound: Input) -> None:
    """The encoder's end is closed."""
    await edge.ask("GET", RECEIVE, login="vera", leaves=True)
    sound.ours.settimeout(5)
    assert sound.ours.recv(10) == b""


async def test_listening_needs_a_login(edge: Edge, sound: Input) -> None:
    """Any role will do."""
    assert (await edge.ask("GET", RECEIVE)).status == 401
    assert sound.asked == []


async def test_capabilities_are_the_units_table(
    edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Encoder -> sample rates in Hz with their bit rates in bit/s."""

    async def stream_formats() -> str:
        return json.dumps({"aac": {48000: [32000, 64000]}, "g711": {8000: [64000]}})

    monkeypatch.setattr(edge.audio, "stream_formats", stream_formats, raising=False)
    question = json.dumps({"apiVersion": "1.0", "method": "list"})
    answer = await edge.ask(
        "POST", "/axis-cgi/audio/streamingcapabilities.cgi", body=question, login="vera"
    )
    assert answer.json() == {
        "apiVersion": "1.0",
        "method": "list",
        "data": {
            "encoders": {
                "AAC": [{"sample_rate": 48000, "bit_rates": [32000, 64000]}],
                "G711": [{"sample_rate": 8000, "bit_rates": [64000]}],
            }
        },
    }


async def _account_removed(edge: Edge, _headers: dict[str, str]) -> None:
    await edge.ask("POST", "/axis-cgi/pwdgrp.cgi?action=remove&user=vera", login="root")


async def _password_changed(edge: Edge, _headers: dict[str, str]) -> None:
    query = "?action=update&user=vera&pwd=another"
    await edge.ask("POST", "/axis-cgi/pwdgrp.cgi" + query, login="root")


async def _logged_out(edge: Edge, headers: dict[str, str]) -> None:
    await edge.ask("DELETE", "/api/session", headers=headers)


async def _nothing(_edge: Edge, _headers: dict[str, str]) -> None:
    """The session's time comes by itself."""


@pytest.mark.parametrize("happens", [_account_removed, _password_changed, _logged_out, _nothing])
async def test_listening_ends_with_the_login(
    edge: Edge, sound: Input, happens: Callable[[Edge, dict[str, str]], Awaitable[None]]
) -> None:
    """Whoever is shut out hears no more from the same moment, however long ago they came in."""
    headers = await edge.log_in("vera")
    other = await edge.log_in("oscar")
    await _logged_out(edge, other)
    edge.clock.advance(SESSION_LIFE_S - (0.2 if happens is _nothing else 60))
    async with asyncio.TaskGroup() as tasks:
        asking = edge.ask("GET", RECEIVE, headers=headers, stays=True)
        listening = tasks.create_task(asking, name="listener")
        sound.ours.send(BLOCKS[0])
        async with asyncio.timeout(5):
            while not sound.asked:
                await asyncio.sleep(0)
        assert not listening.done()
        await happens(edge, headers)
    assert listening.result().status == 200
    assert listening.result().content in (b"", BLOCKS[0])
    with pytest.raises(BrokenPipeError):
        sound.ours.send(BLOCKS[1])
