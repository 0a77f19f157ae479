"""Terminals on GPIO lines: a comparator that is low while a circuit is closed, a MOSFET that closes it when high.

Edges carry the time at which the kernel's interrupt saw them, and wait in the kernel's queue until they are fetched.
The lines go back to the kernel when the driver ends, and when the process dies however it dies; the pull-down at the
MOSFET's gate then opens the terminal.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from common.errors import Unavailable
from hw.drivers.edges import EdgeSequence
from hw.drivers.gpio_chips import CONSUMER, GpioChips
from hw.drivers.iio_adc import IioAdc
from hw.ports import Level, Supervision

if TYPE_CHECKING:
    import gpiod

log = logging.getLogger(__name__)

RETRY_INTERVAL_S: Final = 1.0
QUEUED_EDGES: Final = 1024
"""What the kernel holds for us, its most: at 500 edges/s two seconds. It drops the oldest when that is full."""
_BATCH: Final = 64
_BATCHES_AT_ONCE: Final = 16
EDGES_AT_ONCE: Final = _BATCH * _BATCHES_AT_ONCE
"""Told at most before the loop turns."""


@dataclass(frozen=True)
class TerminalLines:
    """The names of a terminal's GPIO lines."""

    input: str
    output: str


class GpioTerminals:
    """The terminals of a board, counted as their lines are listed."""

    def __init__(
        self,
        lines: Sequence[TerminalLines],
        adc: IioAdc,
        supervision: Supervision,
        chips: GpioChips | None = None,
    ) -> None:
        """`adc` has the terminals' voltages in the same order."""
        self._inputs = tuple(each.input for each in lines)
        self._outputs = tuple(each.output for each in lines)
        self._adc = adc
        self._supervision = supervision
        self._chips = chips or GpioChips()
        self._driven: list[bool | None] = [None] * len(lines)
        self._running: _Running | None = None

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._inputs)

    @property
    def supervision(self) -> Supervision:
        """How loops are fed."""
        return self._supervision

    async def run(self, changed: Callable[[Level], None]) -> None:
        """Call `changed` with each edge, until cancelled; then every output floats."""
        said = ""
        while True:
            try:
                await self._follow(changed)
            except (OSError, Unavailable) as error:
                if str(error) != said:
                    said = str(error)
                    log.warning("the I/O terminals cannot be reached: %s, trying again", said)
            await asyncio.sleep(RETRY_INTERVAL_S)

    def drive(self, port: int, closed: bool | None) -> None:
        """Make a terminal an output that is closed or floats, or an input (None); returns at once."""
        self._driven[port] = closed
        if self._running is not None:
            self._running.drive(port, closed)

    async def voltages(self) -> tuple[float, ...]:
        """Return what is measured at each terminal, in V to ground; raises `Unavailable`."""
        return (await self._adc.volts())[: self.count]

    async def _follow(self, changed: Callable[[Level], None]) -> None:
        """Own the lines until one of them fails."""
        with self._requested() as (inputs, outputs):
            running = _Running(inputs, outputs, self._inputs, self._outputs, changed)
            loop = asyncio.get_running_loop()
            for port, closed in enumerate(self._driven):
                running.drive(port, closed)
            self._running = running
            loop.add_reader(inputs.fd, running.fetch)
            try:
                await running.failed.wait()
                if running.error is not None:
                    raise running.error
            finally:
                loop.remove_reader(inputs.fd)
                self._running = None
                running.end()

    @contextlib.contextmanager
    def _requested(self) -> Iterator[tuple["gpiod.LineRequest", "gpiod.LineRequest"]]:
        with self._chips.having((*self._inputs, *self._outputs)) as chip:
            from gpiod import LineSettings
            from gpiod.line import Clock, Direction, Edge, Value

            with (
                chip.request_lines(
                    {
                        self._inputs: LineSettings(
                            direction=Direction.INPUT,
                            edge_detection=Edge.BOTH,
                            active_low=True,
                            event_clock=Clock.MONOTONIC,
                        )
                    },
                    consumer=CONSUMER,
                    event_buffer_size=QUEUED_EDGES,
                ) as inputs,
                chip.request_lines(
                    {
                        self._outputs: LineSettings(
                            direction=Direction.OUTPUT, output_value=Value.INACTIVE
                        )
                    },
                    consumer=CONSUMER,
                ) as outputs,
            ):
                yield inputs, outputs


class _Running:
    """The lines while they are ours."""

    def __init__(
        self,
        inputs: "gpiod.LineRequest",
        outputs: "gpiod.LineRequest",
        input_names: Sequence[str],
        output_names: Sequence[str],
        changed: Callable[[Level], None],
    ) -> None:
        from gpiod import EdgeEvent
        from gpiod.line import Value

        self._rising: Final = EdgeEvent.Type.RISING_EDGE
        self._active: Final = Value.ACTIVE
        self._inactive: Final = Value.INACTIVE
        self._inputs = inputs
        self._outputs = outputs
        self._input_names = input_names
        self._output_names = output_names
        self._changed = changed
        # In the order in which they were asked for.
        self._port_of = {offset: port for port, offset in enumerate(inputs.offsets)}
        self._edges = [EdgeSequence() for _ in input_names]
        self._driven: list[bool | None] = [None] * len(input_names)
        self._untold: list[list[int]] = [[] for _ in input_names]
        """When each terminal was driven, as far as that is yet to be told."""
        self._ended = False
        self.failed = asyncio.Event()
        self.error: OSError | None = None

    def drive(self, port: int, closed: bool | None) -> None:
        """Close a terminal, let it float, or read it again; who listens is told in the loop's next turn."""
        at_ns = time.monotonic_ns()
        try:
            value = self._active if closed else self._inactive
            self._outputs.set_value(self._output_names[port], value)
        except OSError as error:
            self._fail(error)
            return
        self._untold[port].append(at_ns)
        asyncio.get_running_loop().call_soon(self._report, port, closed, at_ns)

    def fetch(self) -> None:
        """Take what the kernel has queued, and tell it."""
        if self._ended:
            return
        try:
            self._drain()
        except OSError as error:
            self._fail(error)

    def end(self) -> None:
        """Let every output float; the lines themselves are released after this."""
        self._ended = True
        with contextlib.suppress(OSError):
            self._outputs.set_values(dict.fromkeys(self._output_names, self._inactive))

    def _drain(self) -> None:
        # Bounded: a line that oscillates must not keep the loop from everything else.
        for _ in range(_BATCHES_AT_ONCE):
            if not self._inputs.wait_edge_events(0):
                break
            for event in self._inputs.read_edge_events(_BATCH):
                self._take(event)
        if not self._inputs.wait_edge_events(0):
            self._settle()

    def _take(self, event: "gpiod.EdgeEvent") -> None:
        port = self._port_of[event.line_offset]
        edges = self._edges[port]
        ours = any(event.timestamp_ns >= at_ns for at_ns in self._untold[port][:1])
        if ours or self._driven[port] is not None:
            edges.skip(event.line_seqno)
            return
        closed = event.event_type is self._rising
        self._tell(port, edges.event(closed, event.timestamp_ns, event.line_seqno))

    def _settle(self) -> None:
        """Read the level where the events alone do not tell it: the queue is empty now."""
        for port, edges in enumerate(self._edges):
            if edges.lost:
                name = self._input_names[port]
                log.error("%s: the kernel dropped %d edges, reading anew", name, edges.lost)
            if edges.lost or edges.unsettled:
                self._read(port)

    def _read(self, port: int) -> None:
        before = time.monotonic_ns()
        closed = self._inputs.get_value(self._input_names[port]) is self._active
        self._tell(port, self._edges[port].reading(closed, before, time.monotonic_ns()))

    def _report(self, port: int, closed: bool | None, at_ns: int) -> None:
        if self._ended:
            return
        try:
            self._drain()  # what was before it is told before it
            self._untold[port].pop(0)
            if self._untold[port]:
                return  # it is driven otherwise by now
            self._driven[port] = closed
            self._edges[port].forget()
            if closed is None:
                self._read(port)
            else:
                self._changed(Level(port, closed, at_ns))
        except OSError as error:
            self._fail(error)

    def _tell(self, port: int, changes: list[tuple[bool, int]]) -> None:
        for closed, at_ns in changes:
            self._changed(Level(port, closed, at_ns))

    def _fail(self, error: OSError) -> None:
        self.error = error
        self.failed.set()
