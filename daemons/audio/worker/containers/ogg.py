"""Ogg files with one Opus or Vorbis stream (RFC 3533, RFC 7845, Vorbis I section 4.2)."""

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
from daemons.audio.worker.protocol import ClipFormat

_PAGE = struct.Struct("<4sBBqIIIB")
_BEGIN, _END = 0x02, 0x04
_NO_PACKET_ENDS = -1
_OPUS_RATE_HZ = 48_000
_LONGEST_PACKET = {ClipFormat.OPUS: 5_760, ClipFormat.VORBIS: 8_192}


@dataclass(frozen=True, slots=True)
class _Stream:
    format: ClipFormat
    sample_rate_hz: int
    channels: int
    skipped_frames: int


def read_ogg(data: Buffer) -> Facts:
    """Return what an Ogg file holds."""
    stream: _Stream | None = None
    serial = position = 0
    granule, ended = 0, False
    while position < len(data):
        magic, _, flags, page_granule, page_serial, _, _, segments = _page(data, position)
        if magic != b"OggS":
            raise UnfitFile("the Ogg file is damaged: a page does not begin where it should")
        body = position + _PAGE.size + segments
        length = sum(data[position + _PAGE.size : body])
        if body + length > len(data):
            raise UnfitFile("the Ogg file is truncated: its last page is not complete")
        if stream is None:
            stream = _identify(data[body : body + length])
            serial = page_serial
        elif flags & _BEGIN or page_serial != serial or ended:
            raise UnfitFile("the Ogg file holds more than one stream; one is possible")
        if page_granule != _NO_PACKET_ENDS:
            granule = page_granule
        ended = bool(flags & _END)
        position = body + length
    if stream is None or not ended:
        raise UnfitFile("the Ogg file is truncated: its last page is missing")
    frames = granule - stream.skipped_frames
    if frames <= 0:
        raise UnfitFile("the Ogg file contains no sound")
    return Facts(
        stream.format,
        stream.sample_rate_hz,
        stream.channels,
        frames,
        slack_frames=2 * _LONGEST_PACKET[stream.format],
    )


def _page(data: Buffer, position: int) -> tuple[bytes, int, int, int, int, int, int, int]:
    if position + _PAGE.size > len(data):
        raise UnfitFile("the Ogg file is truncated: its last page is not complete")
    magic, version, flags, granule, serial, number, crc, segments = _PAGE.unpack_from(
        data, position
    )
    return magic, version, flags, granule, serial, number, crc, segments


def _identify(packet: Buffer) -> _Stream:
    if bytes(packet[:8]) == b"OpusHead" and len(packet) >= 19:
        _, channels, skipped, _, _, mapping = struct.unpack_from("<BBHIhB", packet, 8)
        if mapping != 0:
            raise WrongFormat(
                "the Opus file has more than two channels; mono or stereo is possible"
            )
        check_channels("the Opus file", channels)
        return _Stream(ClipFormat.OPUS, _OPUS_RATE_HZ, channels, skipped)
    if bytes(packet[:7]) == b"\x01vorbis" and len(packet) >= 30:
        _, channels, rate_hz = struct.unpack_from("<IBI", packet, 7)
        check_channels("the Vorbis file", channels)
        check_rate("the Vorbis file", rate_hz)
        return _Stream(ClipFormat.VORBIS, rate_hz, channels, 0)
    raise WrongFormat("the Ogg file holds neither Opus nor Vorbis sound")
