"""The control socket: orders in, notices out, nothing that waits."""

import logging
import os
import select
import socket
import struct
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress

import msgspec

from daemons.sip.stack import wire

_MOST_WAITING = 1000
_DESCRIPTOR = struct.calcsize("i")
_BESIDE = socket.CMSG_SPACE(4 * _DESCRIPTOR)
"""Room for more descriptors than one order has."""

log = logging.getLogger(__name__)


class Gone(Exception):
    """The daemon has closed its end, or reads no more."""


class Link:
    """The stack's end of the socket."""

    def __init__(self, descriptor: int) -> None:
        self._end = socket.socket(fileno=descriptor)
        self._end.setblocking(False)
        self._orders: msgspec.json.Decoder[wire.Order] = msgspec.json.Decoder(wire.Order)
        self._encoder = msgspec.json.Encoder()
        # Made once: so much memory comes from the system and goes back to it each time.
        self._packet = bytearray(wire.LONGEST_MESSAGE)
        self._waiting: deque[wire.Notice] = deque()
        self._poll = select.poll()
        self._poll.register(self._end, select.POLLIN)

    @property
    def descriptor(self) -> int:
        """The socket, to be woken by."""
        return self._end.fileno()

    def wait(self, within_ms: int) -> None:
        """Wait for an order at most this long."""
        self._poll.poll(within_ms)

    def orders(self) -> Iterator[tuple[wire.Order, int | None]]:
        """Take what has come; a descriptor beside an order is the caller's to own or close."""
        while True:
            try:
                length, beside, flags, _ = self._end.recvmsg_into(
                    [self._packet], _BESIDE, socket.MSG_CMSG_CLOEXEC
                )
            except BlockingIOError:
                return
            except OSError as error:
                raise Gone(str(error)) from error
            if not length:
                raise Gone("closed")
            descriptors = _descriptors(beside)
            order = (
                None
                if flags & socket.MSG_TRUNC
                else self._decoded(memoryview(self._packet)[:length])
            )
            keep = 1 if isinstance(order, wire.Playback | wire.Capture) else 0
            for surplus in descriptors[keep:]:
                os.close(surplus)
            if order is not None:
                yield order, descriptors[0] if descriptors[:keep] else None

    def send(self, notice: wire.Notice) -> None:
        """Send a notice at once, or keep it until the daemon has read others.

        A sign of life is worth nothing later, so it never waits.
        """
        if isinstance(notice, wire.Alive) and self._waiting:
            return
        self._waiting.append(_readable(notice))
        with suppress(Gone):  # PJSIP may be calling us; the next `flush` says it again
            self.flush()

    def flush(self) -> None:
        """Send what waits, as far as the socket takes it."""
        while self._waiting:
            try:
                self._end.send(self._encoder.encode(self._waiting[0]))
            except BlockingIOError:
                if len(self._waiting) > _MOST_WAITING:
                    raise Gone("it reads nothing any more") from None
                return
            except OSError as error:
                raise Gone(str(error)) from error
            self._waiting.popleft()

    def close(self) -> None:
        """Close."""
        self._end.close()

    def _decoded(self, packet: memoryview) -> wire.Order | None:
        try:
            return self._orders.decode(packet)
        except msgspec.MsgspecError as error:
            # Its text names a field and a type, never a value.
            log.warning("an order that is none: %s", error)
            return None


def _descriptors(beside: Iterable[tuple[int, int, bytes]]) -> list[int]:
    found: list[int] = []
    for level, kind, data in beside:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            found += struct.unpack(f"{len(data) // _DESCRIPTOR}i", data)
    return found


def _readable(notice: wire.Notice) -> wire.Notice:
    """Return a notice that can be sent: what PJSIP passes on of others' bytes need not be text."""
    changes = {
        name: text.encode(errors="replace").decode()
        for name, text in msgspec.structs.asdict(notice).items()
        if isinstance(text, str) and not text.isascii()
    }
    return msgspec.structs.replace(notice, **changes) if changes else notice
