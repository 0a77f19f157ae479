"""What is known of each clip, how clips are named and found, and how loud they are made."""

from collections.abc import Iterable
from typing import Final

import msgspec

from common.errors import InvalidValue
from daemons.audio.worker.protocol import (
    EXTENSIONS,
    FORMATS,
    PCM_BYTES_PER_FRAME,
    PCM_RATE_HZ,
    ClipFormat,
    Sound,
)

USER_CLIPS: Final = 25
"""Indices 0..24 are the user's; the factory clips lie above them (MediaClip.MaxGroups is 50)."""

LOCATION_FOLDER: Final = "/etc/audioclips/"
TITLE_LIMIT: Final = 64
_LOCATION_LIMIT = 256

TARGET_LUFS: Final = -20.0
CEILING_DBTP: Final = -1.0
GREATEST_BOOST_DB: Final = 24.0
"""More would make the noise of a nearly silent recording an alarm."""

_MEDIA_TYPES = {
    ClipFormat.AU: "audio/basic",
    ClipFormat.WAV: "audio/wav",
    ClipFormat.MP3: "audio/mpeg",
    ClipFormat.OPUS: "audio/ogg",
    ClipFormat.VORBIS: "audio/ogg",
}


class ClipInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One audio clip: what `clip.json` and the table of factory clips hold."""

    index: int
    location: str
    title: str
    """The name it starts with: for a user's clip from the file name, perhaps empty."""
    factory: bool
    extension: str
    format: ClipFormat
    sample_rate_hz: int
    channels: int
    duration_s: float
    frames: int
    """Length of the decoded sound, at 48 kHz."""
    size: int
    sha256: str
    pcm_crc32: int
    loudness_lufs: float | None
    true_peak_dbtp: float | None
    gain_db: float
    """What brings it to the common loudness when it is played."""

    @property
    def file_name(self) -> str:
        """The last part of the location."""
        return self.location.removeprefix(LOCATION_FOLDER)

    @property
    def media_type(self) -> str:
        """The MIME type of the original."""
        return _MEDIA_TYPES[self.format]

    @property
    def pcm_bytes(self) -> int:
        """Size of the decoded sound."""
        return self.frames * PCM_BYTES_PER_FRAME


def user_clip(index: int, file_name: str, sound: Sound) -> ClipInfo:
    """Describe a user's clip that was decoded just now."""
    extension = extension_of(file_name) or sound.format.value
    return _describe(
        sound,
        index=index,
        location=f"{LOCATION_FOLDER}MediaClip.M{index}.{extension}",
        title=title_of(file_name),
        factory=False,
        extension=extension,
    )


def factory_clip(index: int, file_name: str, title: str, sound: Sound) -> ClipInfo:
    """Describe a clip that ships with the suite."""
    return _describe(
        sound,
        index=index,
        location=LOCATION_FOLDER + file_name,
        title=title,
        factory=True,
        extension=file_name.rpartition(".")[2],
    )


def measured_again(info: ClipInfo, sound: Sound) -> ClipInfo:
    """Return `info` after its original was decoded anew."""
    return _describe(
        sound,
        index=info.index,
        location=info.location,
        title=info.title,
        factory=info.factory,
        extension=info.extension,
    )


def _describe(
    sound: Sound, *, index: int, location: str, title: str, factory: bool, extension: str
) -> ClipInfo:
    return ClipInfo(
        index=index,
        location=location,
        title=title,
        factory=factory,
        extension=extension,
        format=sound.format,
        sample_rate_hz=sound.sample_rate_hz,
        channels=sound.channels,
        duration_s=round(sound.frames / PCM_RATE_HZ, 3),
        frames=sound.frames,
        size=sound.size,
        sha256=sound.sha256,
        pcm_crc32=sound.pcm_crc32,
        loudness_lufs=_rounded(sound.loudness_lufs),
        true_peak_dbtp=_rounded(sound.true_peak_dbtp),
        gain_db=gain_db(sound.loudness_lufs, sound.true_peak_dbtp),
    )


def _rounded(level: float | None) -> float | None:
    return None if level is None else round(level, 2)


def gain_db(
    loudness_lufs: float | None, true_peak_dbtp: float | None, target_lufs: float = TARGET_LUFS
) -> float:
    """Return the gain toward the target loudness that keeps the true peak under the ceiling."""
    gain = 0.0 if loudness_lufs is None else min(target_lufs - loudness_lufs, GREATEST_BOOST_DB)
    if true_peak_dbtp is not None:
        gain = min(gain, CEILING_DBTP - true_peak_dbtp)
    return round(gain, 2)


def extension_of(file_name: str) -> str:
    """Return the ending of a sender's file name, without the dot, or nothing where it has none.

    Raises InvalidValue for an ending that no clip can have.
    """
    _, dot, ending = _base_name(file_name).rpartition(".")
    extension = ending.lower()
    if not dot or not extension:
        return ""
    if extension not in EXTENSIONS:
        ending = ascii(f".{extension[:20]}")
        raise InvalidValue(f"a clip's file name cannot end in {ending}. A clip can be {FORMATS}")
    return extension


def title_of(file_name: str) -> str:
    """Return the name a clip gets from a sender's file name: what stands before the ending."""
    base = _base_name(file_name)
    stem = base.rpartition(".")[0] or base
    printable = "".join(character for character in stem if character.isprintable())
    return printable.strip(" .")[:TITLE_LIMIT]


def _base_name(file_name: str) -> str:
    # Browsers on some systems send the whole path.
    return file_name.replace("\\", "/").rpartition("/")[2]


def matches(location: str, clips: Iterable[ClipInfo]) -> list[ClipInfo]:
    """Return the clips a caller's `location` names: a file name or a full location, `*` for any part of the name.

    Only names that are in the list are looked at, never the file system.
    """
    name = location.removeprefix(LOCATION_FOLDER)
    if not name or len(location) > _LOCATION_LIMIT or "/" in name:
        return []
    return [clip for clip in clips if _fits(clip.file_name, name)]


def _fits(name: str, pattern: str) -> bool:
    """Whether `name` is `pattern`, in which `*`, the one wildcard VAPIX has, stands for any characters.

    Not by fnmatch: that keeps thousands of patterns compiled, and callers may send a new one each time.
    """
    first, *others = pattern.split("*")
    if not others:
        return name == pattern
    *middle, last = others
    if not name.startswith(first) or not name.endswith(last):
        return False
    at, end = len(first), len(name) - len(last)
    for part in middle:
        found = name.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return at <= end
