"""PCM over a socket whose descriptor travels over the bus.

A SOCK_SEQPACKET pair carries one period of 10 ms in each packet: a header of 16 bytes (position of its first
sample, flags, number of frames) and up to 480 float32 samples, mono, 48 kHz, full scale 1.0, little-endian. Only
the last packet may be shorter.

Both ends hold two periods and no more. Playback blocks its sender; capture never waits for its reader, drops the
oldest and counts. What was sent before the close is still received.

Samples pass as buffers of float32 (`memoryview`, or `array.data` of numpy), so that nobody needs numpy for it.
"""

import asyncio
import select
import socket
import struct
import time
from collections import deque
from enum import IntFlag
from typing import Final

from common.errors import Unavailable

SAMPLE_RATE_HZ: Final = 48_000
PERIOD_FRAMES: Final = 480
SAMPLE_BYTES: Final = 4
PERIOD_BYTES: Final = PERIOD_FRAMES * SAMPLE_BYTES
HEADER: Final = struct.Struct("<QII")
PACKET_BYTES: Final = HEADER.size + PERIOD_BYTES
QUEUED_PERIODS: Final = 2

_SO_TIMESTAMPNS: Final = 35  # not in Python's socket module
_TIMESPEC: Final = struct.Struct("@ll")

SampleBuffer = bytes | bytearray | memoryview


class Flag(IntFlag):
    """What else there is to say about a packet."""

    NONE = 0
    GAP = 1  # samples before this packet were dropped


def pair() -> tuple[socket.socket, socket.socket]:
    """Return the two ends of a new PCM connection."""
    ends = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for end in ends:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, QUEUED_PERIODS * PACKET_BYTES)
    return ends


def adopt(descriptor: int) -> socket.socket:
    """Make a socket of a descriptor that came over the bus, and own it."""
    end = socket.socket(fileno=descriptor)
    if end.family != socket.AF_UNIX or end.type != socket.SOCK_SEQPACKET:
        end.close()
        raise Unavailable("what was handed over is no PCM connection")
    end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, QUEUED_PERIODS * PACKET_BYTES)
    return end


class _Packets:
    """Cuts a stream of samples of any length into packets."""

    def __init__(self) -> None:
        self._position = 0
        self._rest = bytearray()

    def cut(self, samples: SampleBuffer) -> list[bytes]:
        """Return the whole periods that are there now."""
        self._rest += memoryview(samples).cast("B")
        whole = len(self._rest) // PERIOD_BYTES
        return [self._packet(PERIOD_BYTES) for _ in range(whole)]

    def last(self) -> bytes | None:
        """Return what is left, or None."""
        return self._packet(len(self._rest)) if self._rest else None

    def _packet(self, size: int) -> bytes:
        packet = pack(self._position, self._rest[:size])
        del self._rest[:size]
        self._position += size // SAMPLE_BYTES
        return packet


def pack(position: int, samples: SampleBuffer, flags: Flag = Flag.NONE) -> bytes:
    """Return one packet of at most a period."""
    payload = memoryview(samples).cast("B")
    if not 0 < len(payload) <= PERIOD_BYTES or len(payload) % SAMPLE_BYTES:
        raise ValueError(f"{len(payload)} bytes are not 1 to {PERIOD_FRAMES} samples")
    return HEADER.pack(position, flags, len(payload) // SAMPLE_BYTES) + payload


class PlaybackSender:
    """The sending end of a playback, for a thread of its own: waits while two periods are queued."""

    def __init__(self, end: socket.socket) -> None:
        end.setblocking(True)
        self._end = end
        self._packets = _Packets()

    def write(self, samples: SampleBuffer) -> None:
        """Send samples; raises `Unavailable` when the playback was stopped."""
        for packet in self._packets.cut(samples):
            self._send(packet)

    def close(self, play_out: bool = True) -> None:
        """Send what is left of a period and close; what is queued is played out."""
        try:
            last = self._packets.last()
            if last is not None and play_out:
                self._send(last)
        finally:
            self._end.close()

    def _send(self, packet: bytes) -> None:
        try:
            self._end.send(packet)
        except OSError as error:
            raise Unavailable("the playback has been stopped") from error


class AsyncPlaybackSender:
    """The sending end of a playback in an event loop."""

    def __init__(self, end: socket.socket) -> None:
        end.setblocking(False)
        self._end = end
        self._packets = _Packets()

    async def write(self, samples: SampleBuffer) -> None:
        """Send samples; raises `Unavailable` when the playback was stopped."""
        for packet in self._packets.cut(samples):
            await self._send(packet)

    async def close(self, play_out: bool = True) -> None:
        """Send what is left of a period and close; what is queued is played out."""
        try:
            last = self._packets.last()
            if last is not None and play_out:
                await self._send(last)
        finally:
            self._end.close()

    async def _send(self, packet: bytes) -> None:
        try:
            await asyncio.get_running_loop().sock_sendall(self._end, packet)
        except OSError as error:
            raise Unavailable("the playback has been stopped") from error


class CaptureSender:
    """The sending end of a capture: never waits. What the reader does not fetch in time is dropped, oldest first."""

    def __init__(self, end: socket.socket) -> None:
        end.setblocking(False)
        self._end = end
        self._position = 0
        self._flags = Flag.NONE
        self._waiting: deque[bytes] = deque()
        self.dropped_periods = 0

    def push(self, samples: SampleBuffer) -> bool:
        """Send one period, or keep it for the next time; returns whether anybody is still there."""
        self._waiting.append(pack(self._position, samples, self._flags))
        self._flags = Flag.NONE
        self._position += memoryview(samples).nbytes // SAMPLE_BYTES
        try:
            while self._waiting:
                self._end.send(self._waiting[0])
                self._waiting.popleft()
        except BlockingIOError:
            if len(self._waiting) > QUEUED_PERIODS:
                self._drop_oldest()
        except OSError:
            return False
        return True

    @property
    def deserted(self) -> bool:
        """Whether the reader has closed its end."""
        poll = select.poll()
        poll.register(self._end, 0)
        return bool(poll.poll(0))

    def skip(self, frames: int) -> None:
        """Let time pass without samples: the next packet stands that much later, and says that there is a gap."""
        self._position += frames
        self._flags = Flag.GAP

    def close(self) -> None:
        """Close; what is queued can still be read."""
        self._end.close()

    def _drop_oldest(self) -> None:
        self._waiting.popleft()
        self.dropped_periods += 1
        after = self._waiting[0]
        position, flags, frames = HEADER.unpack_from(after)
        self._waiting[0] = HEADER.pack(position, flags | Flag.GAP, frames) + after[HEADER.size :]


class PcmReceiver:
    """The receiving end of either kind. `receive` never waits; `wait_and_receive` does."""

    def __init__(self, end: socket.socket, stamped: bool = False) -> None:
        """Own the socket. `stamped` has the kernel note when a packet was sent, for `age_s`."""
        end.setblocking(False)
        if stamped:
            end.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self._end = end
        self._stamped = stamped
        self._sent_ns = 0
        self._packet = bytearray(PACKET_BYTES + 1)
        self._payload = memoryview(self._packet)[HEADER.size : PACKET_BYTES]
        self.position = 0
        self.flags = Flag.NONE
        self.fault: str | None = None

    @property
    def payload(self) -> memoryview:
        """The memory that holds the samples of the packet that came last."""
        return self._payload

    def receive(self) -> int | None:
        """Take the next packet and return its frames: 0 when there is none yet, None when there is no more."""
        try:
            return self._take(self._receive_stamped() if self._stamped else self._receive())
        except BlockingIOError:
            return 0
        except OSError as error:
            self.fault = f"the connection broke: {error.strerror}"
            return None

    @property
    def age_s(self) -> float:
        """How long ago the packet that came last was sent, by the wall clock: it may jump when that is set."""
        return (time.time_ns() - self._sent_ns) / 1e9

    @property
    def sent_ns(self) -> int:
        """When the packet that came last was sent, by the wall clock; 0 where packets are not stamped."""
        return self._sent_ns

    async def wait_and_receive(self) -> int | None:
        """Wait for the next packet and return its frames; None when there is no more."""
        loop = asyncio.get_running_loop()
        return self._take(await loop.sock_recv_into(self._end, self._packet))

    def close(self) -> None:
        """Close; a sender finds out with its next packet."""
        self._end.close()

    def _receive(self) -> int:
        return self._end.recv_into(self._packet)

    def _receive_stamped(self) -> int:
        size, notes, _flags, _sender = self._end.recvmsg_into(
            [self._packet], socket.CMSG_SPACE(_TIMESPEC.size)
        )
        for level, kind, data in notes:
            if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS):
                seconds, nanoseconds = _TIMESPEC.unpack(data)
                self._sent_ns = seconds * 1_000_000_000 + nanoseconds
        return size

    def _take(self, size: int) -> int | None:
        if size == 0:
            return None
        if HEADER.size < size <= PACKET_BYTES:
            self.position, flags, frames = HEADER.unpack_from(self._packet)
            if size == HEADER.size + frames * SAMPLE_BYTES:
                self.flags = Flag(flags & Flag.GAP)
                return int(frames)
        self.fault = f"a packet of {size} bytes is not PCM of ours"
        return None
