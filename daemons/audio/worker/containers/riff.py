"""RIFF .wav files: PCM of 8 or 16 bit, mu-law, or MPEG layer III frames."""

import struct
from dataclasses import dataclass

from daemons.audio.worker.containers.facts import (
    Buffer,
    Facts,
    UnfitFile,
    WrongFormat,
    check_channels,
    check_rate,
)
from daemons.audio.worker.containers.mpeg import read_frames
from daemons.audio.worker.protocol import ClipFormat

_PCM, _MU_LAW, _MPEG_LAYER_III, _EXTENSIBLE = 0x0001, 0x0007, 0x0055, 0xFFFE
_NAMES = {0x0002: "MS ADPCM", 0x0003: "floating point", 0x0006: "A-law", 0x0011: "IMA ADPCM"}
_SUBFORMAT_TAIL = bytes.fromhex("000000001000800000aa00389b71")
_CHUNK_LIMIT = 1000
_WRITTEN_TO_A_PIPE = 0x7FFF0000
"""A writer that cannot seek back leaves the greatest length there is, by its own idea of great."""


@dataclass(frozen=True, slots=True)
class _Format:
    tag: int
    channels: int
    rate_hz: int
    frame_bytes: int
    bits: int


def read_wav(data: Buffer) -> Facts:
    """Return what a .wav file holds."""
    form: _Format | None = None
    position = 12
    for _ in range(_CHUNK_LIMIT):
        if position + 8 > len(data):
            break
        name, length = struct.unpack_from("<4sI", data, position)
        start = position + 8
        if name == b"data":
            if form is None:
                raise UnfitFile("the .wav file does not say what its sound is before it begins")
            return _sound(form, data, start, length)
        if start + length > len(data):
            break
        if name == b"fmt ":
            form = _format(data, start, length)
        position = start + length + (length & 1)
    else:
        raise UnfitFile(f"the .wav file has over {_CHUNK_LIMIT} chunks before its sound")
    raise UnfitFile("the .wav file is truncated: it ends before its sound begins")


def _format(data: Buffer, start: int, length: int) -> _Format:
    if length < 14:
        raise UnfitFile("the .wav file's format chunk is too short")
    tag, channels, rate_hz, _, frame_bytes = struct.unpack_from("<HHIIH", data, start)
    bits = struct.unpack_from("<H", data, start + 14)[0] if length >= 16 else 0
    if tag == _EXTENSIBLE:
        if length < 40 or bytes(data[start + 26 : start + 40]) != _SUBFORMAT_TAIL:
            raise WrongFormat("the .wav file's extended format is not known")
        tag = struct.unpack_from("<H", data, start + 24)[0]
    return _Format(tag, channels, rate_hz, frame_bytes, bits)


def _sound(form: _Format, data: Buffer, start: int, length: int) -> Facts:
    there = len(data) - start
    if length < _WRITTEN_TO_A_PIPE:
        if length > there:
            raise UnfitFile(
                f"the .wav file is truncated: {there} of {length} bytes of sound are there"
            )
        there = length
    check_channels("the .wav file", form.channels)
    check_rate("the .wav file", form.rate_hz)
    if form.tag == _MPEG_LAYER_III:
        return _mpeg(form, data[start : start + there])
    allowed = {_PCM: (8, 16), _MU_LAW: (8,)}.get(form.tag)
    if allowed is None:
        name = _NAMES.get(form.tag, f"encoding {form.tag:#06x}")
        raise WrongFormat(f"the .wav file holds {name}; it must be PCM of 8 or 16 bit, or mu-law")
    if form.bits not in allowed:
        raise WrongFormat(f"the .wav file holds {form.bits} bit samples; 8 or 16 bit is possible")
    if form.frame_bytes != form.channels * form.bits // 8:
        raise UnfitFile("the .wav file contradicts itself about the size of a sample")
    return Facts(ClipFormat.WAV, form.rate_hz, form.channels, there // form.frame_bytes)


def _mpeg(form: _Format, frames: Buffer) -> Facts:
    facts = read_frames(frames, "the .wav file")
    if (facts.sample_rate_hz, facts.channels) != (form.rate_hz, form.channels):
        raise UnfitFile("the .wav file contradicts the MPEG frames in it")
    return Facts(
        ClipFormat.WAV, facts.sample_rate_hz, facts.channels, facts.frames, facts.slack_frames
    )
