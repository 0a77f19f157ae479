"""The settings of everything that can be heard, and what clients ask about it; a file per subject."""

from daemons.audio.params import (
    classes,
    clips,
    impedance,
    input,
    levels,
    live,
    loudness,
    multicast,
    output,
    properties,
)

__all__ = [
    "classes",
    "clips",
    "impedance",
    "input",
    "levels",
    "live",
    "loudness",
    "multicast",
    "output",
    "properties",
]
