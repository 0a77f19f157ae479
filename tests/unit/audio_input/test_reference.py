"""What the speaker plays, in step with what is captured."""

import socket
from collections.abc import Iterator

import numpy as np
import pytest

from common import pcm
from common.pcm import PERIOD_FRAMES, Flag, PcmReceiver, pack
from daemons.audio.input.reference import (
    IDLE_PERIODS,
    LONGEST_QUEUE,
    QUIET_PERIODS,
    Reference,
)


class Speaker:
    """The engine's end: sends numbered periods."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        end.setblocking(True)
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 256 * 1024)

    def send(self, number: int, offset: int = 0) -> None:
        """Send period `number`, all of whose samples are that number."""
        block = np.full(PERIOD_FRAMES, number, dtype=np.float32)
        self._end.send(pack(offset + number * PERIOD_FRAMES, block.data, Flag.NONE))


@pytest.fixture
def ends() -> Iterator[tuple[Speaker, Reference]]:
    """A speaker and what follows it."""
    theirs, ours = pcm.pair()
    reference = Reference()
    reference.connect(PcmReceiver(ours))
    with theirs:
        yield Speaker(theirs), reference
    reference.next()


def taken(reference: Reference, periods: int) -> list[int]:
    """Return the numbers of the next periods; 0 is silence."""
    return [int(reference.next()[0]) for _ in range(periods)]


def test_one_period_comes_out_for_each_captured_whatever_the_bursts(
    ends: tuple[Speaker, Reference],
) -> None:
    """The engine fills the device's buffer at once; the periods come out one by one, in order."""
    speaker, reference = ends
    assert taken(reference, 2) == [0, 0]
    for number in (1, 2, 3, 4):
        speaker.send(number)
    assert taken(reference, 6) == [1, 2, 3, 4, 0, 0]


def test_a_period_that_comes_too_late_is_dropped_so_that_the_distance_stays(
    ends: tuple[Speaker, Reference],
) -> None:
    """Silence has taken the place of the third; the fourth comes at its own turn."""
    speaker, reference = ends
    speaker.send(1)
    speaker.send(2)
    assert taken(reference, 3) == [1, 2, 0]
    speaker.send(3)
    speaker.send(4)
    assert taken(reference, 1) == [4]


def test_a_gap_in_what_comes_is_silence_of_the_same_length(
    ends: tuple[Speaker, Reference],
) -> None:
    """What was dropped on the way does not move the rest."""
    speaker, reference = ends
    for number in (1, 4, 5):
        speaker.send(number)
    assert taken(reference, 5) == [1, 0, 0, 4, 5]


def test_after_a_rest_it_begins_anew(ends: tuple[Speaker, Reference]) -> None:
    """The first period after a silence has its turn at once, wherever it stands."""
    speaker, reference = ends
    speaker.send(1)
    assert taken(reference, 1 + IDLE_PERIODS) == [1, *[0] * IDLE_PERIODS]
    speaker.send(50, offset=123)
    speaker.send(51, offset=123)
    assert taken(reference, 2) == [50, 51]


def test_the_queue_is_bounded(ends: tuple[Speaker, Reference]) -> None:
    """Of too much the oldest is dropped."""
    speaker, reference = ends
    speaker.send(1)
    assert taken(reference, 1) == [1]
    for number in range(2, 2 + LONGEST_QUEUE + 5):
        speaker.send(number)
    assert taken(reference, 2) == [7, 8]


def test_it_is_quiet_only_a_while_after_the_last_sound(ends: tuple[Speaker, Reference]) -> None:
    """What the device still plays and the room still carries is sound of the unit's own."""
    speaker, reference = ends
    quiet = [reference.quiet]
    speaker.send(1)
    for periods in (1, QUIET_PERIODS - 1, 1):
        taken(reference, periods)
        quiet.append(reference.quiet)
    assert quiet == [True, False, False, True]


def test_an_engine_that_goes_leaves_silence(ends: tuple[Speaker, Reference]) -> None:
    """A closed connection is no fault of the input."""
    speaker, reference = ends
    speaker.send(1)
    speaker._end.close()
    assert taken(reference, 3) == [1, 0, 0]
