"""The clips that ship with the suite: their table, and their files."""

import os
from pathlib import Path

import msgspec

from common.paths import ETC
from daemons.audio.clips.catalogue import ClipInfo

SOUNDS = ETC / "sounds"
TABLE = "sounds.json"

_FIRST = ("emergency.mp3", "alarm.mp3", "siren.mp3")
"""What someone may need at once is decoded before anything else."""


def load_table(folder: Path = SOUNDS) -> list[ClipInfo]:
    """Return the factory clips as `make.py` measured them."""
    return msgspec.json.decode((folder / TABLE).read_bytes(), type=list[ClipInfo])


def open_sound(info: ClipInfo, folder: Path = SOUNDS) -> int:
    """Open a factory clip's own file for reading."""
    return os.open(folder / info.file_name, os.O_RDONLY | os.O_CLOEXEC)


def decoding_order(clips: list[ClipInfo]) -> list[ClipInfo]:
    """Return the clips, those that cannot wait first."""
    return sorted(clips, key=lambda clip: (clip.file_name not in _FIRST, clip.index))
