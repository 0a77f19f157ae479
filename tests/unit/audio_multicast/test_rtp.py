"""The header of RTP packets."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemons.audio.multicast.encoders import Encoder
from daemons.audio.multicast.encodings import ENCODINGS, Encoding
from daemons.audio.multicast.rtp import Packet, build, parse, sequence_step, timestamp_step
from tests.unit.audio_multicast.network import packets, tone

PACKET = Packet(97, 65_535, 2**32 - 1, 0x12345678, True, b"sound")


def test_what_is_built_is_read_again() -> None:
    """Every field, at its largest."""
    assert parse(build(PACKET)) == PACKET
    assert build(PACKET)[:4] == b"\x80\xe1\xff\xff"


def test_contributors_extensions_and_padding_are_no_sound() -> None:
    """The payload lies between them."""
    plain = build(PACKET)
    extended = (
        bytes([plain[0] | 0x32]) + plain[1:12] + bytes(8)
    )  # two contributors, an extension, padding
    extended += b"\xbe\xde\x00\x01" + bytes(4) + b"sound" + b"\x00\x00\x03"
    assert parse(extended) == PACKET


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        build(PACKET)[:11],
        build(PACKET)[:12],
        b"\x40" + build(PACKET)[1:],
        b"\x8f" + build(PACKET)[1:],
        b"\x90" + build(PACKET)[1:],
        b"\xa0" + build(PACKET)[1:],
        b"\x80\xc8" + build(PACKET)[2:],
        build(PACKET)[:-1].replace(b"\x80", b"\xa0", 1) + b"\x00",
    ],
    ids=["empty", "short", "no payload", "version 1", "contributors beyond the end", "no extension",
         "padding beyond the end", "RTCP", "padding of nothing"],
)  # fmt: skip
def test_what_is_no_packet_of_sound_is_none(datagram: bytes) -> None:
    """Each way not to be one is tried once."""
    assert parse(datagram) is None


@given(st.binary(max_size=64))
def test_any_bytes_are_a_packet_or_none(datagram: bytes) -> None:
    """Nothing is read beyond the end."""
    packet = parse(datagram)
    assert packet is None or packet.payload in datagram


def test_numbers_go_round() -> None:
    """After the largest comes 0, and the step is the shorter way."""
    assert sequence_step(0, 65_535) == 1
    assert sequence_step(65_535, 0) == -1
    assert timestamp_step(159, 2**32 - 1) == 160
    assert timestamp_step(2**32 - 1, 159) == -160


@pytest.mark.parametrize("encoding", ENCODINGS, ids=lambda encoding: str(encoding.name))
def test_what_we_send_fits_and_counts_right(encoding: Encoding) -> None:
    """A packet fits into one of Ethernet, and its stamp grows by the time it lasts."""
    encoder = Encoder(encoding)
    sent = packets(tone(0.2), encoding, timestamp=0)
    assert len(sent) == 9_600 // encoder.frames
    assert all(0 < len(packet.payload) <= 1_400 for packet in sent)
    assert encoder.timestamp_step * 48_000 == encoder.frames * encoding.timestamp_hz
    steps = {after.timestamp - before.timestamp for before, after in pairwise(sent)}
    assert steps == {encoder.timestamp_step}
    if encoding.codec == "L16":
        bytes_per_stamp = 2 * encoding.channels
        assert all(len(each.payload) == bytes_per_stamp * encoder.timestamp_step for each in sent)
    assert sent[0].marker
    assert not any(packet.marker for packet in sent[1:])
