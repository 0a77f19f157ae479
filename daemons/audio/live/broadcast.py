"""The encoder worker's work: one sound in, each wanted format encoded once, its blocks to all who want it.

Nobody is waited for. What a listener does not fetch in time is dropped, oldest first, and counted.
"""

import select
import socket
from collections import deque
from typing import Final

import numpy as np

from common.pcm import PcmReceiver
from daemons.audio.live.encoders import Block, Encoder, encoder_of
from daemons.audio.live.formats import StreamFormat
from daemons.audio.live.orders import PACKET_LIMIT, Gone, Listen, Lost, Report, dump, parse_order

_GONE: Final = select.POLLHUP | select.POLLERR | select.POLLNVAL
_PERIODS_PER_REPORT: Final = 100


class Listener:
    """One socket that encoded blocks go to."""

    def __init__(self, number: int, end: socket.socket, most_waiting: int) -> None:
        self.number: Final = number
        self.end: Final = end
        self._most_waiting = most_waiting
        self._waiting: deque[bytes] = deque()
        self.dropped = 0
        self.told = 0

    def send(self, block: bytes) -> bool:
        """Send a block, or keep it for the next time; returns whether anybody is still there."""
        self._waiting.append(block)
        try:
            while self._waiting:
                self.end.send(self._waiting[0], socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
                self._waiting.popleft()
        except BlockingIOError:
            while len(self._waiting) > self._most_waiting:
                self._waiting.popleft()
                self.dropped += 1
        except OSError:
            return False
        return True


class Stream:
    """A format with those who listen to it."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.listeners: list[Listener] = []

    def add(self, listener: Listener) -> bool:
        """Send to one more; returns whether it is still there."""
        self.listeners.append(listener)
        return not self._encoder.header or listener.send(self._encoder.header)

    def encode(self, samples: Block) -> list[Listener]:
        """Encode a period and send what is whole; returns who has left."""
        gone: list[Listener] = []
        for block in self._encoder.encode(samples):
            gone += [each for each in self.listeners if each not in gone and not each.send(block)]
        return gone


class Broadcast:
    """The whole of the worker's state."""

    def __init__(self, control: socket.socket, sound: socket.socket) -> None:
        """`control` leads to the daemon, `sound` is the receiving end of a capture (`common.pcm`)."""
        self._control = control
        self._sound = PcmReceiver(sound)
        self._sound_number = sound.fileno()
        self._arrived: Block = np.frombuffer(self._sound.payload, dtype=np.float32)
        self._streams: dict[StreamFormat, Stream] = {}
        self._poll = select.poll()
        self._poll.register(control, select.POLLIN)
        self._poll.register(self._sound_number, select.POLLIN)
        self._periods = 0

    def run(self) -> None:
        """Work until the daemon or the sound is gone."""
        while True:
            for descriptor, events in self._poll.poll():
                if descriptor == self._control.fileno():
                    if not self._take_order():
                        return
                elif descriptor == self._sound_number:
                    if not self._take_sound():
                        return
                elif events & _GONE:
                    self._leave(
                        [one for one in self._listeners() if one.end.fileno() == descriptor]
                    )

    def _listeners(self) -> list[Listener]:
        return [one for stream in self._streams.values() for one in stream.listeners]

    def _take_order(self) -> bool:
        packet, descriptors, _flags, _sender = socket.recv_fds(self._control, PACKET_LIMIT, 1)
        if not packet:
            return False
        order = parse_order(packet)
        self._listen(order, adopted(descriptors[0]))
        return True

    def _listen(self, order: Listen, end: socket.socket) -> None:
        if order.format not in self._streams:
            self._streams[order.format] = Stream(encoder_of(order.format))
        listener = Listener(order.listener, end, order.most_waiting)
        self._poll.register(end, 0)  # that it is gone is told unasked
        if not self._streams[order.format].add(listener):
            self._leave([listener])

    def _take_sound(self) -> bool:
        while (frames := self._sound.receive()) != 0:
            if frames is None:
                return False
            for stream in list(self._streams.values()):
                self._leave(stream.encode(self._arrived[:frames].copy()))
            self._periods += 1
            if self._periods % _PERIODS_PER_REPORT == 0:
                self._report_losses()
        return True

    def _leave(self, gone: list[Listener]) -> None:
        for listener in gone:
            self._poll.unregister(listener.end)
            listener.end.close()
            for format_, stream in list(self._streams.items()):
                if listener in stream.listeners:
                    stream.listeners.remove(listener)
                    if not stream.listeners:
                        del self._streams[format_]
            self._tell_loss(listener)
            self._tell(Gone(listener.number))

    def _report_losses(self) -> None:
        for listener in self._listeners():
            self._tell_loss(listener)

    def _tell_loss(self, listener: Listener) -> None:
        if listener.dropped > listener.told:
            listener.told = listener.dropped
            self._tell(Lost(listener.number, listener.dropped))

    def _tell(self, report: Report) -> None:
        self._control.send(dump(report))


def adopted(descriptor: int) -> socket.socket:
    """Make a socket of a descriptor without asking the kernel about it, which is no longer allowed."""
    return socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET, 0, fileno=descriptor)
