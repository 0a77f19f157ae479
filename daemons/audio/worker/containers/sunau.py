"""Sun .au files: mu-law at 8 or 16 kHz."""

import struct

from daemons.audio.worker.containers.facts import (
    Buffer,
    Facts,
    UnfitFile,
    WrongFormat,
    check_channels,
)
from daemons.audio.worker.protocol import ClipFormat

_HEADER = struct.Struct(">4sIIIII")
_MU_LAW = 1
_LENGTH_UNKNOWN = 0xFFFFFFFF


def read_au(data: Buffer) -> Facts:
    """Return what an .au file holds."""
    if len(data) < _HEADER.size:
        raise UnfitFile("the .au file is truncated: its header is not complete")
    _, offset, length, encoding, rate_hz, channels = _HEADER.unpack_from(data)
    if encoding != _MU_LAW:
        raise WrongFormat(f"the .au file has encoding {encoding}; it must be mu-law (encoding 1)")
    if rate_hz not in (8_000, 16_000):
        raise WrongFormat(
            f"the .au file has a sample rate of {rate_hz} Hz; it must be 8000 or 16000 Hz"
        )
    check_channels("the .au file", channels)
    there = len(data) - offset
    if offset < _HEADER.size or there < 0:
        raise UnfitFile("the .au file is truncated: its sound would begin after its end")
    if length != _LENGTH_UNKNOWN:
        if length > there:
            raise UnfitFile(
                f"the .au file is truncated: {there} of {length} bytes of sound are there"
            )
        there = length
    return Facts(ClipFormat.AU, rate_hz, channels, there // channels)
