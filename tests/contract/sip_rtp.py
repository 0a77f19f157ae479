"""The sound of a call as a stranger sends and hears it: RTP with mu-law, and keys."""

import asyncio
import struct
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from daemons.audio.multicast.srtp import SrtpSession
from tests.contract.sip_message import Address

RATE = 8_000
FRAME = 160
"""Samples of 20 ms."""
Samples = npt.NDArray[np.float64]
_HEADER = struct.Struct("!BBHII")


def _mu_law_values() -> Samples:
    """Return what each of the 256 codes means (G.711), full scale 1.0."""
    code = ~np.arange(256) & 0xFF
    size = (((code & 0x0F) << 3) + 0x84 << ((code & 0x70) >> 4)) - 0x84
    return np.where(code & 0x80, -size, size) / 32_768.0


_VALUES = _mu_law_values()
_ORDER = np.argsort(_VALUES, kind="stable")
_BORDERS = (_VALUES[_ORDER][1:] + _VALUES[_ORDER][:-1]) / 2


def mu_law(samples: Samples) -> bytes:
    """Write samples as PCMU."""
    return bytes(_ORDER[np.searchsorted(_BORDERS, samples)].astype(np.uint8))


def from_mu_law(data: bytes) -> Samples:
    """Read PCMU."""
    return _VALUES[np.frombuffer(data, np.uint8)]


def tone(frequency_hz: float, seconds: float, rate: int = RATE, level: float = 0.4) -> Samples:
    """Return a sine."""
    return level * np.sin(2 * np.pi * frequency_hz * np.arange(int(seconds * rate)) / rate)


def share_of(frequency_hz: float, samples: Samples, rate: int = RATE) -> float:
    """Return how much of the energy of `samples` lies within 20 Hz of a frequency."""
    power = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    near = np.abs(np.fft.rfftfreq(len(samples), 1 / rate) - frequency_hz) < 20
    return float(power[near].sum() / max(power.sum(), 1e-12))


@dataclass(frozen=True)
class Packet:
    """An RTP packet, and how it came."""

    kind: int
    """The payload type."""
    sequence: int
    timestamp: int
    stream: int
    """The SSRC."""
    payload: bytes
    source: Address
    at: float
    data: bytes
    """The whole of it."""


class Sound(asyncio.DatagramProtocol):
    """A port that sends and receives RTP."""

    def __init__(self) -> None:
        self.packets: list[Packet] = []
        self.strange: list[bytes] = []
        """What was no RTP: STUN, encrypted or not."""
        self.port = 0
        self.sequence = 100
        self.timestamp = 0
        self.stream = 0x1234ABCD
        self._transport: asyncio.DatagramTransport | None = None

    def opened(self, transport: asyncio.DatagramTransport) -> None:
        """Send by this from now on."""
        self._transport = transport
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: Address) -> None:
        if len(data) < _HEADER.size or data[0] >> 6 != 2:
            self.strange.append(data)
            return
        _, kind, sequence, timestamp, stream = _HEADER.unpack_from(data)
        at = time.monotonic()
        self.packets.append(
            Packet(kind & 0x7F, sequence, timestamp, stream, data[12:], addr[:2], at, data)
        )

    def send_raw(self, data: bytes, to: Address) -> None:
        """Send what it is told."""
        assert self._transport is not None
        self._transport.sendto(data, to)

    def send(
        self,
        payload: bytes,
        to: Address,
        kind: int = 0,
        *,
        marker: bool = False,
        seal: SrtpSession | None = None,
    ) -> None:
        """Send the next packet of the stream."""
        head = _HEADER.pack(
            *(0x80, kind | (0x80 if marker else 0), self.sequence & 0xFFFF),
            *(self.timestamp & 0xFFFFFFFF, self.stream),
        )
        packet = head + payload
        self.send_raw(seal.seal(packet) if seal else packet, to)
        self.sequence += 1

    async def say(self, samples: Samples, to: Address) -> None:
        """Send samples at the pace at which they were spoken."""
        started = time.monotonic()
        for number, first in enumerate(range(0, len(samples) - FRAME + 1, FRAME)):
            self.send(mu_law(samples[first : first + FRAME]), to)
            self.timestamp += FRAME
            await asyncio.sleep(max(0.0, started + (number + 1) * 0.02 - time.monotonic()))

    async def press(self, key: str, to: Address, kind: int = 101) -> None:
        """Press a key for 100 ms (RFC 4733)."""
        event = "0123456789*#ABCD".index(key)
        for step in range(1, 8):
            ended = 0x80 if step > 5 else 0
            duration = min(step, 5) * FRAME
            payload = struct.pack("!BBH", event, ended | 10, duration)
            self.send(payload, to, kind, marker=step == 1)
            await asyncio.sleep(0.02 if step < 5 else 0.0)
        self.timestamp += 6 * FRAME

    def heard(self, kind: int = 0) -> Samples:
        """Return what was said to it in PCMU, in the order of the sender."""
        packets = sorted(
            (packet for packet in self.packets if packet.kind == kind),
            key=lambda packet: packet.sequence,
        )
        return from_mu_law(b"".join(packet.payload for packet in packets))


@asynccontextmanager
async def sound(host: str = "127.0.0.1") -> AsyncIterator[Sound]:
    """Have a port for sound."""
    loop = asyncio.get_running_loop()
    transport, made = await loop.create_datagram_endpoint(Sound, (host, 0))
    made.opened(transport)
    try:
        yield made
    finally:
        transport.close()
