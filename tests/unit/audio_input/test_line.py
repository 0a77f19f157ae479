"""The way from the device: periods whatever comes, and time that goes on without one."""

import time

import numpy as np

from common.errors import HardwareFault
from daemons.audio.input.line import InputLine
from daemons.audio.sources import Samples


class Card:
    """A device that gives pieces of any length, and then fails."""

    description = "a card"
    overruns = 0

    def __init__(self, *pieces: int) -> None:
        self._pieces = list(pieces)
        self._next = 0
        self.closed = False

    def read(self) -> Samples:
        """Give the next piece of a running count."""
        if not self._pieces:
            raise HardwareFault("unplugged")
        frames = self._pieces.pop(0)
        piece = np.arange(self._next, self._next + frames, dtype=np.float32)
        self._next += frames
        return piece

    def close(self) -> None:
        """Note it."""
        self.closed = True


def test_pieces_of_any_length_become_whole_periods() -> None:
    """Not a sample is lost or doubled."""
    line = InputLine(lambda: Card(512, 100, 700, 128), 480, lambda there, detail: None)
    heard = np.concatenate([line.read() for _ in range(3)])
    assert np.array_equal(heard, np.arange(1440))


def test_a_lost_device_is_reported_once_and_silence_keeps_the_time() -> None:
    """Periods go on at the clock's pace; when it is back that is said, and its sound comes."""
    told: list[tuple[bool, str]] = []
    cards = [Card(480), None, Card(480, 480)]

    def plug() -> Card:
        card = cards.pop(0)
        if card is None:
            raise HardwareFault("no card")
        return card

    line = InputLine(plug, 480, lambda there, detail: told.append((there, detail)))
    assert line.read()[1] == 1.0
    begun = time.monotonic()
    silent = 0
    while not line.read().any():
        silent += 1
    assert told == [(True, "a card"), (False, "unplugged"), (True, "a card")]
    assert silent >= 25, "the first retry after 100 ms failed, the second comes 200 ms later"
    assert time.monotonic() - begun >= silent * 0.01 - 0.02
