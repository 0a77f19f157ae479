"""What is watched while something is done to a unit: its sound, sample by sample, and the answers a client gets."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx
import numpy as np

from tests.heard import RATE, Heard, Samples, as_wav, heard_since, position, sweep
from tests.playing import is_silent, play, remove, untouched_levels, upload
from tests.stillness import LONG_S, StoodStill, watching_the_machine
from tests.suite import Unit, until

POLL_S = 0.1
_ANSWERED = 200


@dataclass
class Answers:
    """What a client heard that asks all the time."""

    wrong: list[tuple[float, str]] = field(default_factory=list)
    """When (monotonic clock) something else than the answer came, and what."""
    right: int = 0

    def away_s(self) -> float:
        """Return how long it lasted from the first wrong answer to the last."""
        return self.wrong[-1][0] - self.wrong[0][0] if self.wrong else 0.0


@contextmanager
def polling(unit: Unit) -> Iterator[Answers]:
    """Have a client ask for a parameter ten times a second, on one connection as long as that holds."""
    answers = Answers()
    end = threading.Event()

    def ask() -> None:
        question = {"action": "list", "group": "Brand"}
        with unit.admin() as client:
            while not end.wait(POLL_S):
                try:
                    answer = client.get("/axis-cgi/param.cgi", params=question)
                except httpx.HTTPError as error:
                    answers.wrong.append((time.monotonic(), repr(error)))
                    continue
                if answer.status_code == _ANSWERED and "Brand.Brand=" in answer.text:
                    answers.right += 1
                else:
                    answers.wrong.append((time.monotonic(), f"{answer.status_code} {answer.text}"))

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        until("the client is answered", lambda: answers.right > 1)
        yield answers
        seen = answers.right
        until("the client is answered again", lambda: answers.right > seen + 1)
    finally:
        end.set()
        thread.join()


@contextmanager
def unbroken(unit: Unit, administrator: httpx.Client) -> Iterator[None]:
    """Play a sweep over and over; at the end every sample that was heard meanwhile must be the one that is due.

    The block runs once half a second has been played, and must not take longer than the loudspeaker remembers: 120 s.
    Raises `StoodStill` where the sound broke and this machine had stood still.
    """
    untouched_levels(administrator)
    wanted = sweep(2.0)
    clip = upload(administrator, "unbroken", as_wav(wanted))
    with watching_the_machine() as stood_still_s:
        begin = position(unit)
        play(administrator, clip, repeat="-1")
        try:
            until("it plays", lambda: position(unit) > begin + RATE // 2)
            yield
            end = max(position(unit), begin + 3 * RATE) + RATE // 2
            until("it plays on", lambda: position(unit) > end)
            played = heard_since(unit, begin)
        finally:
            administrator.get("/axis-cgi/stopclip.cgi")
        still_s = stood_still_s()
    until("nothing plays", lambda: is_silent(administrator))
    remove(administrator, clip)
    try:
        _assert_whole(played, wanted, end - begin - RATE)
    except AssertionError as broken:
        if still_s > LONG_S:
            raise StoodStill(f"{broken}; this machine stood still for {still_s:.3f} s") from broken
        raise


def _assert_whole(played: Heard, wanted: Samples, frames: int) -> None:
    """Every sample is the one that is due, from where the sound begins."""
    start = played.where(wanted)
    heard = played.samples[start : start + frames]
    assert len(heard) > RATE
    due = np.resize(wanted, len(heard))
    differing = np.flatnonzero(np.abs(heard - due) > 1e-6)
    assert not len(differing), (
        f"of {len(heard) / RATE:.1f} s the sound broke at {differing[0] / RATE:.3f} s"
    )
