"""What a recording can be stored as (M-BTW-05). Nothing here needs FFmpeg: forms ask for it in the daemon."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from common.errors import InvalidValue


@dataclass(frozen=True)
class FileFormat:
    """A container with an encoding in it, as FFmpeg names them."""

    label: str
    container: str
    codec: str
    suffix: str
    mime_type: str
    bit_rate: int | None = None
    """In bit/s; None where the encoding has only one."""
    options: tuple[tuple[str, str], ...] = ()


_MATROSKA: Final = ("matroska", ".mkv", "audio/x-matroska")
"""The ending is the one of the manual (M-RCP-09), though there is no picture in it."""
DEFAULT: Final = "matroska_opus"
FORMATS: Final[Mapping[str, FileFormat]] = {
    DEFAULT: FileFormat(
        "Matroska, Opus",
        _MATROSKA[0],
        "libopus",
        *_MATROSKA[1:],
        bit_rate=64_000,
        options=(("application", "audio"), ("frame_duration", "20")),
    ),
    "matroska_aac": FileFormat(
        "Matroska, AAC",
        _MATROSKA[0],
        "aac",
        *_MATROSKA[1:],
        bit_rate=96_000,
        # FFmpeg's other way to spread the bits turns tones up by 1.6 dB at low rates.
        options=(("aac_coder", "fast"),),
    ),
    "matroska_pcm": FileFormat(
        "Matroska, uncompressed (PCM)", _MATROSKA[0], "pcm_s16le", *_MATROSKA[1:]
    ),
    "wav": FileFormat("WAV, uncompressed (PCM)", "wav", "pcm_s16le", ".wav", "audio/wav"),
}
"""By the value of an action's parameter."""


def format_of(value: str) -> FileFormat:
    """Return the format of that value; raises `InvalidValue`."""
    found = FORMATS.get(value)
    if found is None:
        raise InvalidValue(f"the file format must be {' or '.join(FORMATS)}, not '{value[:40]}'")
    return found


def choices(network_storage: bool) -> dict[str, str]:
    """Return value -> label of what can be chosen; a network storage is always given Matroska."""
    return {
        value: format_.label
        for value, format_ in FORMATS.items()
        if format_.container == _MATROSKA[0] or not network_storage
    }
