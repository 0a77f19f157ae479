"""A GPIO controller as libgpiod's Python shows it, with the kernel's manners (drivers/gpio/gpiolib-cdev.c).

Real settings, edge events and errors of the `gpiod` package; only the character device behind them is played.
"""

import errno
import functools
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from gpiod import EdgeEvent, LineSettings
from gpiod.line import Clock, Direction, Drive, Edge, Value

MOST_QUEUED = 1024
"""GPIO_V2_LINES_MAX * 16: the kernel gives no more, whatever is asked for."""


@dataclass
class Line:
    """One line: its pull and its circuit outside, and what its user makes of it."""

    name: str
    pull: bool = False
    """The level while nobody drives it."""
    outside: bool | None = None
    """The level that a circuit drives it to; None: none."""
    request: "FakeRequest | None" = None
    settings: LineSettings = field(default_factory=LineSettings)
    output: bool = False
    events: int = 0
    watchers: list[Callable[[bool], None]] = field(default_factory=list)

    @property
    def level(self) -> bool:
        """How it stands at the pin."""
        if self.request is not None and self.settings.direction is Direction.OUTPUT:
            floats = self.settings.drive is Drive.OPEN_DRAIN and self.output
            return self.pull if floats else self.output
        return self.pull if self.outside is None else self.outside


class FakeGpio:
    """The machine's one controller; `open_chip` stands in for `gpiod.Chip`, `devices` for /dev."""

    def __init__(self, devices: Path, pulls: dict[str, bool]) -> None:
        """Make lines of these names and pulls."""
        self.devices = devices
        self.lines = [Line(name, pull) for name, pull in pulls.items()]
        self.held = threading.RLock()
        self.requests: list[FakeRequest] = []
        (devices / "gpiochip0").touch()

    def open_chip(self, path: str) -> "FakeChip":
        """Open it, as `gpiod.Chip(path)` does."""
        if not Path(path).exists():
            raise FileNotFoundError(errno.ENOENT, "No such file or directory", path)
        return FakeChip(self)

    def line(self, name: str) -> Line:
        """Return a line by its name."""
        return next(line for line in self.lines if line.name == name)

    def drive(self, name: str, level: bool | None) -> None:
        """Let the circuit outside take a line to a level, or leave it."""
        with self.held:
            line = self.line(name)
            before = line.level
            line.outside = level
            if line.level != before:
                self.edge(line, line.level)

    def glitch(self, name: str, events: int = 2) -> None:
        """A pulse too short for the interrupt's thread: it finds the old level at each of its events."""
        with self.held:
            line = self.line(name)
            for _ in range(events):
                self.edge(line, line.level)

    def edge(self, line: Line, level: bool) -> None:
        """Queue what the interrupt's thread of this edge says."""
        for watcher in line.watchers:
            watcher(level)
        if line.request is not None and line.settings.edge_detection is not Edge.NONE:
            assert line.settings.edge_detection is Edge.BOTH
            assert line.settings.event_clock is Clock.MONOTONIC
            line.request.queue(line, level != line.settings.active_low)

    def unplug(self) -> None:
        """The controller's driver is taken away: every request answers ENODEV, and the device is gone."""
        (self.devices / "gpiochip0").unlink()
        for request in [*self.requests]:
            request.gone = True
            request.ring()

    def plug(self) -> None:
        """It comes back, all its lines free."""
        (self.devices / "gpiochip0").touch()

    def died(self) -> None:
        """The process that has lines dies: the kernel takes them back, and they fall to their pulls."""
        for request in [*self.requests]:
            request.release()


class FakeChip:
    """`gpiod.Chip`, opened."""

    def __init__(self, gpio: FakeGpio) -> None:
        self._gpio = gpio

    def __enter__(self) -> "FakeChip":
        return self

    def __exit__(self, *raised: object) -> None:
        """Nothing stays open: requests outlive their chip."""

    def line_offset_from_id(self, name: str) -> int:
        """Return the offset of the line of this name."""
        for offset, line in enumerate(self._gpio.lines):
            if line.name == name:
                return offset
        raise FileNotFoundError(errno.ENOENT, "No such file or directory")

    def request_lines(
        self,
        config: dict[tuple[str, ...], LineSettings],
        consumer: str | None = None,
        event_buffer_size: int | None = None,
    ) -> "FakeRequest":
        """Give lines to one user, all or none."""
        offsets, settings = [], []
        for names, each in config.items():
            for name in names:
                offset = self.line_offset_from_id(name)
                if self._gpio.lines[offset].request is not None:
                    raise OSError(errno.EBUSY, "Device or resource busy")
                offsets.append(offset)
                settings.append(each)
        size = min(event_buffer_size or 16 * len(offsets), MOST_QUEUED)
        return FakeRequest(self._gpio, offsets, settings, size)


class FakeRequest:
    """`gpiod.LineRequest`: a queue behind a descriptor that is readable while there is something in it."""

    def __init__(
        self, gpio: FakeGpio, offsets: list[int], settings: list[LineSettings], size: int
    ) -> None:
        self._gpio = gpio
        self.offsets = offsets
        self._queue: deque[EdgeEvent] = deque()
        self._size = size
        self._events = 0
        self.fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self.gone = False
        self._released = False
        with gpio.held:
            gpio.requests.append(self)
            for offset, each in zip(offsets, settings, strict=True):
                line = gpio.lines[offset]
                line.request, line.settings, line.events = self, each, 0
                if each.direction is Direction.OUTPUT:
                    line.output = (each.output_value is Value.ACTIVE) != each.active_low
                    self._outside(line)

    def __enter__(self) -> "FakeRequest":
        return self

    def __exit__(self, *raised: object) -> None:
        self.release()

    def get_value(self, name: str) -> Value:
        """Read the logical level."""
        self._check()
        line = self._gpio.line(name)
        return Value.ACTIVE if line.level != line.settings.active_low else Value.INACTIVE

    def set_value(self, name: str, value: Value) -> None:
        """Drive one line."""
        self.set_values({name: value})

    def set_values(self, values: dict[str, Value]) -> None:
        """Drive lines."""
        self._check()
        with self._gpio.held:
            for name, value in values.items():
                line = self._gpio.line(name)
                if line.settings.direction is not Direction.OUTPUT:
                    raise PermissionError(errno.EPERM, "Operation not permitted")
                line.output = (value is Value.ACTIVE) != line.settings.active_low
                self._outside(line)

    def wait_edge_events(self, timeout: float | None) -> bool:
        """Whether there is an event; only ever asked without waiting."""
        assert timeout == 0, "the event loop must not wait here"
        self._check()
        return bool(self._queue)

    def read_edge_events(self, most: int) -> list[EdgeEvent]:
        """Take up to so many of the oldest."""
        self._check()
        with self._gpio.held:
            assert self._queue, "the kernel would block here"
            events = [self._queue.popleft() for _ in range(min(most, len(self._queue)))]
            if not self._queue:
                os.eventfd_read(self.fd)
        return events

    def release(self) -> None:
        """Give the lines back: a line that was an output becomes an input."""
        if self._released:
            return
        self._released = True
        with self._gpio.held:
            self._gpio.requests.remove(self)
            for offset in self.offsets:
                line = self._gpio.lines[offset]
                line.request = None
                if line.settings.direction is Direction.OUTPUT:
                    line.settings = LineSettings()
                    self._outside(line)
            os.close(self.fd)

    def queue(self, line: Line, active: bool) -> None:
        """Add an event; where there is no room, the oldest goes."""
        self._events += 1
        line.events += 1
        kind = EdgeEvent.Type.RISING_EDGE if active else EdgeEvent.Type.FALLING_EDGE
        offset = self._gpio.lines.index(line)
        event = EdgeEvent(kind.value, time.monotonic_ns(), offset, self._events, line.events)
        if not self._queue:
            self.ring()
        elif len(self._queue) == self._size:
            self._queue.popleft()
        self._queue.append(event)

    def ring(self) -> None:
        """Make the descriptor readable."""
        os.eventfd_write(self.fd, 1)

    def _check(self) -> None:
        if self.gone:
            raise OSError(errno.ENODEV, "No such device")

    @staticmethod
    def _outside(line: Line) -> None:
        for watcher in line.watchers:
            watcher(line.level)


class Stage:
    """The I/O stage of the HAT: a terminal is closed by its MOSFET or by the circuit that hangs at it."""

    def __init__(self, gpio: FakeGpio, outputs: tuple[str, ...], inputs: tuple[str, ...]) -> None:
        self._gpio = gpio
        self._inputs = inputs
        self._circuit = [False] * len(inputs)
        self.floats = [True] * len(inputs)
        """Whether each MOSFET is off."""
        for port, name in enumerate(outputs):
            gpio.line(name).watchers.append(functools.partial(self._gate, port))

    def connect(self, port: int, closed: bool) -> None:
        """Close or open the circuit at a terminal."""
        self._circuit[port] = closed
        self._compare(port)

    def toggle(self, port: int, edges: int, gap_s: float) -> None:
        """Toggle the circuit so many times; for a thread."""
        due = time.monotonic()
        for _ in range(edges):
            self.connect(port, not self._circuit[port])
            due += gap_s
            time.sleep(max(due - time.monotonic(), 0))

    def _gate(self, port: int, high: bool) -> None:
        self.floats[port] = not high
        self._compare(port)

    def _compare(self, port: int) -> None:
        closed = self._circuit[port] or not self.floats[port]
        self._gpio.drive(self._inputs[port], False if closed else None)


class PowerStage:
    """The amplifier's two lines: a trip stays until it is shut down, and comes again while its cause is there."""

    def __init__(self, gpio: FakeGpio, fault: str, reset: str) -> None:
        self._gpio = gpio
        self._fault = fault
        self._wrong = False
        gpio.line(reset).watchers.append(self._reset)

    def harm(self, wrong: bool) -> None:
        """Let something be wrong, or nothing any more."""
        self._wrong = wrong
        if wrong:
            self._gpio.drive(self._fault, False)

    def _reset(self, high: bool) -> None:
        if not high:
            self._gpio.drive(self._fault, None)
        elif self._wrong:
            self._gpio.drive(self._fault, False)
