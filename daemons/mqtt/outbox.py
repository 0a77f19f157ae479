"""Messages on their way to the broker: some in flight, the others waiting, and never too many of either."""

from collections import deque
from collections.abc import Callable

from daemons.mqtt.losses import Losses
from daemons.mqtt.plan import Message

MOST_WAITING = 10_000
MOST_WAITING_BYTES = 8 * 1024 * 1024
MOST_IN_FLIGHT = 128
MOST_IN_FLIGHT_BYTES = 256 * 1024

Send = Callable[[Message], int | None]
"""Hands a message over; returns the number under which `done` will be told of it, None when it cannot be now."""


class Outbox:
    """While there is no connection, what has QoS 1 or 2 waits; what has QoS 0 is lost, as the protocol has it."""

    def __init__(self, emptied: Callable[[], None]) -> None:
        """`emptied` is called when the last message is done."""
        self._emptied = emptied
        self._waiting: deque[Message] = deque()
        self._waiting_bytes = 0
        self._in_flight: dict[int, Message] = {}
        self._in_flight_bytes = 0
        self._send: Send | None = None
        self.losses = Losses("messages for the broker are dropped")
        self.published = 0

    def __len__(self) -> int:
        return len(self._waiting) + len(self._in_flight)

    def put(self, message: Message) -> bool:
        """Take a message; returns whether there was room, and for QoS 0 a connection."""
        if (message.qos == 0 and self._send is None) or self._full(message):
            self.losses.add()
            return False
        self._waiting.append(message)
        self._waiting_bytes += message.size
        self._pump()
        return True

    def open(self, send: Send) -> None:
        """There is a connection. What was in flight on the one before is sent again by whoever carries it."""
        self._send = send
        self._pump()

    def close(self) -> None:
        """The connection is gone."""
        self._send = None
        lost = [number for number, message in self._in_flight.items() if message.qos == 0]
        for number in lost:
            self._in_flight_bytes -= self._in_flight.pop(number).size
        if lost:
            self.losses.add(len(lost))

    def done(self, number: int) -> None:
        """The broker has acknowledged a message, or one with QoS 0 is sent."""
        message = self._in_flight.pop(number, None)
        if message is None:
            return
        self._in_flight_bytes -= message.size
        self.published += 1
        self._pump()
        if not self._waiting:
            self.losses.over()
            if not self._in_flight:
                self._emptied()

    def clear(self) -> None:
        """Drop everything: nobody will carry it."""
        if len(self):
            self.losses.add(len(self))
        self._send = None
        self._waiting.clear()
        self._in_flight.clear()
        self._waiting_bytes = self._in_flight_bytes = 0
        self.losses.over()

    def _full(self, message: Message) -> bool:
        return (
            len(self._waiting) >= MOST_WAITING
            or self._waiting_bytes + message.size > MOST_WAITING_BYTES
        )

    def _pump(self) -> None:
        while (
            self._send is not None
            and self._waiting
            and len(self._in_flight) < MOST_IN_FLIGHT
            and self._in_flight_bytes < MOST_IN_FLIGHT_BYTES
        ):
            message = self._waiting[0]
            number = self._send(message)
            if number is None:
                return
            self._waiting.popleft()
            self._waiting_bytes -= message.size
            self._in_flight[number] = message
            self._in_flight_bytes += message.size
