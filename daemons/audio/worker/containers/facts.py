"""What a container claims about the sound in it, before any decoder is let near."""

from dataclasses import dataclass

from daemons.audio.worker.protocol import FORMATS, ClipFormat

Buffer = bytes | memoryview
"""A whole file, in memory or mapped."""


class UnfitFile(Exception):
    """The file cannot become a clip; the text is for the person who sent it."""


class WrongFormat(UnfitFile):
    """The file is of a kind that no clip has; its sender learns which there are."""

    def __str__(self) -> str:
        return f"{super().__str__()}. A clip can be {FORMATS}"


@dataclass(frozen=True, slots=True)
class Facts:
    """A container that is whole and within the manual's limits."""

    format: ClipFormat
    sample_rate_hz: int
    channels: int
    frames: int
    """Sample frames the decoder must deliver at the file's own rate, give or take `slack_frames`."""

    slack_frames: int = 0
    begin: int = 0
    """Where the decoder is to begin, when `head` takes the place of what stands before."""
    head: bytes = b""
    """What the decoder must be told first, because the file does not say it."""


def check_channels(what: str, channels: int) -> None:
    """Refuse anything but mono and stereo."""
    if channels not in (1, 2):
        raise WrongFormat(f"{what} has {channels} channels; mono or stereo is possible")


def check_rate(what: str, rate_hz: int) -> None:
    """Refuse sample rates outside 8 to 48 kHz."""
    if not 8_000 <= rate_hz <= 48_000:
        raise WrongFormat(f"{what} has a sample rate of {rate_hz} Hz; 8000 to 48000 Hz is possible")
