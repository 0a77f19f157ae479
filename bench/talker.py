"""Somebody who talks: clicks in packets of 20 ms at the pace of speech, and when each of them is heard."""

import socket
import struct
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

RATE_HZ = 8_000
PACKET_S = 0.020
PACKET_BYTES = 160
PACKETS_PER_CLICK = 41
"""A click every 820 ms: no multiple of anything else that has a period."""
SILENT = b"\xff" * PACKET_BYTES
# In mu-law: half of full scale and its negative in turns, 1 kHz.
CLICK = (b"\x90" * 4 + b"\x10" * 4) * (PACKET_BYTES // 8)
WARM_UP_CLICKS = 2
"""The first packets fill what waits for late ones; a buffer that is too full or empty then finds its place."""
THRESHOLD = 0.1
LONGEST_S = 0.8
_NS = 1_000_000_000


@dataclass(frozen=True)
class Group:
    """A multicast group and port."""

    address: str
    port: int


class Talker:
    """Sends to a group, on this machine only."""

    def __init__(self, group: Group) -> None:
        self._to = (group.address, group.port)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(
            socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1")
        )
        self._socket.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 0)

    def __enter__(self) -> "Talker":
        return self

    def __exit__(self, *_error: object) -> None:
        self._socket.close()

    def send(self, packet: bytes) -> None:
        """Send one packet."""
        self._socket.sendto(packet, self._to)


def clicks(count: int, spoken: list[int]) -> Iterator[bytes]:
    """Yield mu-law packets at their time, and note when the first sample of each click was spoken."""
    count += WARM_UP_CLICKS
    due = time.monotonic_ns()
    for number in range(count * PACKETS_PER_CLICK + 25):
        due += round(PACKET_S * _NS)
        time.sleep(max(0, due - time.monotonic_ns()) / _NS)
        if number % PACKETS_PER_CLICK == PACKETS_PER_CLICK - 1 and len(spoken) < count:
            spoken.append(time.monotonic_ns() - round(PACKET_S * _NS))
            yield CLICK
        else:
            yield SILENT


def packets(payloads: Iterable[bytes]) -> Iterator[bytes]:
    """Yield each payload as an RTP packet of PCMU (RFC 3550, RFC 3551)."""
    for number, payload in enumerate(payloads):
        marker = 0x80 if number == 0 else 0
        head = struct.pack("!BBHII", 0x80, marker, number & 0xFFFF, number * PACKET_BYTES, 0xC8210)
        yield head + payload


@dataclass
class Lateness:
    """How many seconds after it was spoken each click was heard, and how many never were."""

    times: list[float] = field(default_factory=list)
    lost: int = 0

    def add(self, onset_ns: Callable[[int, float], int | None], spoken: list[int]) -> None:
        """Look for clicks; `onset_ns` finds the first sample above a threshold after a time."""
        for at in spoken[WARM_UP_CLICKS:]:
            onset = onset_ns(at, THRESHOLD)
            if onset is None or onset - at > LONGEST_S * _NS:
                self.lost += 1
            else:
                self.times.append((onset - at) / _NS)
