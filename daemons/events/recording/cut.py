"""Which frames a recording holds, and what is to be said about them."""

from dataclasses import dataclass, field
from typing import Final

from common.pcm import SAMPLE_RATE_HZ
from daemons.events.recording.spans import Span, add

LONGEST_PRE_S: Final = 60.0
LONGEST_POST_S: Final = 600.0
LONGEST_S: Final = 600.0
"""How long one may last that goes on while a rule is active, what is before and after included."""
LONGEST_NOTE: Final = 400
"""In characters."""

_NAMED_SILENCES: Final = 8


def frames_of(seconds: float) -> int:
    """Return the number of frames in a time."""
    return round(seconds * SAMPLE_RATE_HZ)


@dataclass
class Cut:
    """A part of the sound around a trigger, in frames of the ring."""

    trigger: int
    asked: int
    """Where it was to begin."""
    start: int
    """Where it begins: later than asked for where there is nothing older."""
    stop: int
    """The frame after its last one, as far as is known."""
    silences: list[Span] = field(default_factory=list)
    """Where silence stands for sound that could not be heard."""
    open: bool = False
    """Whether it still waits for its end."""

    def end(self, at: int, post: int) -> None:
        """Let one that goes on end `post` frames after the frame `at`, unless that is too late."""
        self.stop = min(self.stop, max(at + post, self.start))
        self.open = False

    def add_silences(self, spans: list[Span]) -> None:
        """Note more of them, in order."""
        for span in spans:
            add(self.silences, span)

    def note(self) -> str:
        """Return what a listener should know, in at most `LONGEST_NOTE` characters of ASCII."""
        offset = self.trigger - self.start
        parts = [f"Trigger at {_seconds(offset)} s."]
        if self.start > self.asked:
            wanted, there = self.trigger - self.asked, max(offset, 0)
            parts.append(
                f"Of {_seconds(wanted)} s before it only {_seconds(there)} s could be had."
            )
        if self.open:
            parts.append(f"Ended at the longest duration, {LONGEST_S:g} s.")
        if self.silences:
            parts.append(self._silence_note())
        return " ".join(parts)

    def _silence_note(self) -> str:
        missing = sum(after - first for first, after in self.silences)
        named = ", ".join(
            f"{_seconds(first - self.start)}-{_seconds(after - self.start)}"
            for first, after in self.silences[:_NAMED_SILENCES]
        )
        more = len(self.silences) - _NAMED_SILENCES
        rest = f" and {more} more" if more > 0 else ""
        return f"No sound could be had for {_seconds(missing)} s, silence stands at: {named}{rest}."


def cut(trigger: int, pre: int, post: int | None, oldest: int) -> Cut | None:
    """Return what is recorded around the frame `trigger`, when `oldest` is the oldest one there; None if nothing is.

    Without `post` it goes on until it is ended, or as long as any may.
    """
    asked = trigger - pre
    start = max(asked, oldest)
    stop = start + frames_of(LONGEST_S) if post is None else trigger + post
    return Cut(trigger, asked, start, stop, open=post is None) if stop > start else None


def _seconds(frames: int) -> str:
    return f"{frames / SAMPLE_RATE_HZ:.3f}"
