"""What the sound card was told, beside what was played."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import numpy as np
import numpy.typing as npt

from tests.heard import RATE, Heard, Samples, as_wav
from tests.playing import is_silent, noise, play, remove, untouched_levels, upload
from tests.suite import until
from tests.vm.machine import VirtualMachine

Values = npt.NDArray[np.int16]
SILENT_S = 300.0


def values(samples: Samples) -> Values:
    """Return samples as a card of 16 bits has them."""
    return np.round(samples * 32_768).astype(np.int16)


def mono(recorded: Values) -> Values:
    """Return what both channels were told, which must be the same."""
    assert np.array_equal(recorded[:, 0], recorded[:, 1])
    return recorded[:, 0]


def begin_of(recorded: Values, wanted: Samples) -> int:
    """Return at which frame a sound begins for the first time."""
    return Heard(recorded / 32_768, 0, 0).where(wanted)


@contextmanager
def unbroken(machine: VirtualMachine, administrator: httpx.Client) -> Iterator[None]:
    """Play noise over and over; at the end every sample that the card was told meanwhile must be the one that is due.

    The block runs once a second has been played.
    """
    untouched_levels(administrator)
    wanted = noise(2.0, seed=2026)
    clip = upload(administrator, "unbroken", as_wav(wanted))
    begin = machine.heard()
    play(administrator, clip, repeat="-1")
    try:
        until("it plays", lambda: machine.heard() > begin + RATE, SILENT_S)
        yield
        end = machine.heard() + 2 * RATE
        until("it plays on", lambda: machine.heard() > end, SILENT_S)
    finally:
        administrator.get("/axis-cgi/stopclip.cgi")
        until("nothing plays", lambda: is_silent(administrator), SILENT_S)
        remove(administrator, clip)
    recorded = mono(machine.recording(begin))[: end - begin]
    played = recorded[begin_of(recorded, wanted) :]
    assert len(played) > 2 * RATE
    wrong = np.flatnonzero(played != np.resize(values(wanted), len(played)))
    assert not len(wrong), f"of {len(played) / RATE:.1f} s it broke at {wrong[0] / RATE:.3f} s"
