"""What a worker says is believed only in the shape and the ranges agreed on."""

import msgspec
import pytest

from daemons.audio.worker.protocol import (
    ClipFormat,
    Decode,
    Import,
    NoRoom,
    Ready,
    Refused,
    Sound,
    dump,
    parse_greeting,
    parse_job,
    parse_reply,
)

SOUND = Sound(ClipFormat.OPUS, 48_000, 1, 10, 20, "a" * 64, 5, -20.0, None)


def test_what_is_sent_arrives() -> None:
    """Jobs, greetings and replies survive the way."""
    job, kept = Import("wav", 10, 1.5), Decode("", 10, 1.5)
    assert parse_job(dump(job)) == job
    assert parse_job(dump(kept)) == kept
    assert parse_greeting(dump(Ready(["limits"], []))) == Ready(["limits"], [])
    for reply in (SOUND, Refused("no"), NoRoom()):
        assert parse_reply(dump(reply)) == reply


@pytest.mark.parametrize(
    "packet",
    [
        b"", b"{", b"[]", b"null", b'{"type":"sound"}', b'{"type":"ready","held":[],"missing":[]}',
        b'{"type":"refused","reason":""}', b'{"type":"refused","reason":7}',
        dump(Refused("x" * 401)), dump(SOUND)[:-3],
        dump(SOUND).replace(b"48000", b"-1"), dump(SOUND).replace(b"48000", b"192000"),
        dump(SOUND).replace(b'"frames":10', b'"frames":0'),
        dump(SOUND).replace(b'"frames":10', b'"frames":1e99'),
        dump(SOUND).replace(b'"channels":1', b'"channels":99'),
        dump(SOUND).replace(b"aaaa", b"zzzz"), dump(SOUND).replace(b"opus", b"exe!"),
        dump(SOUND).replace(b"-20.0", b"1e30"), dump(SOUND).replace(b"-20.0", b'"loud"'),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_no_reply(packet: bytes) -> None:
    """Every field has its type and its range."""
    with pytest.raises(msgspec.MsgspecError):
        parse_reply(packet)
