"""Sends a page: payloads with numbers and time stamps, each when the sound itself is due."""

import os
import socket
from contextlib import suppress
from typing import Final

from daemons.audio.multicast.encoders import Encoder
from daemons.audio.multicast.encodings import DEFAULT_DYNAMIC_TYPE, Encoding
from daemons.audio.multicast.page_sounds import PageSound
from daemons.audio.multicast.rtp import Packet, build
from daemons.audio.sources import SAMPLE_RATE_HZ

_NUMBERS: Final = 0x10000
_STAMPS: Final = 0x100000000


class Sender:
    """One stream to one group."""

    def __init__(self, group: int, encoding: Encoding) -> None:
        """Own a socket that is connected to the group."""
        self._group = socket.socket(fileno=group)
        self._encoder = Encoder(encoding)
        static = encoding.static_type
        self._type = DEFAULT_DYNAMIC_TYPE if static is None else static
        # Where numbers and stamps begin is for chance to say (RFC 3550, section 5.1).
        self._ssrc = int.from_bytes(os.urandom(4))
        self._number = int.from_bytes(os.urandom(2))
        self._first_stamp = int.from_bytes(os.urandom(4))
        self._expected: int | None = None

    def run(self, sound: PageSound) -> None:
        """Send until the sound ends."""
        while (block := sound.next(self._encoder.frames)) is not None:
            position, samples = block
            payload = self._encoder.encode(samples)
            packet = build(self._packet(position, payload))
            with suppress(OSError):  # the network is away: what is due now is due now
                self._group.send(packet)

    def _packet(self, position: int, payload: bytes) -> Packet:
        """Number a payload; the marker says that sound begins after a silence."""
        begins = position != self._expected
        self._expected = position + self._encoder.frames
        stamp = position * self._encoder.encoding.timestamp_hz // SAMPLE_RATE_HZ
        self._number = (self._number + 1) % _NUMBERS
        return Packet(
            self._type,
            self._number,
            (self._first_stamp + stamp) % _STAMPS,
            self._ssrc,
            begins,
            payload,
        )
