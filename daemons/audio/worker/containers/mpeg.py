"""MPEG layer III frames (.mp3): bit rate, sample rate and completeness, frame by frame.

ISO/IEC 11172-3 and 13818-3 give the header; ID3v2 is skipped in front, ID3v1 and APEv2 behind.
"""

import struct
from dataclasses import dataclass, replace
from functools import lru_cache

from daemons.audio.worker.containers.facts import Buffer, Facts, UnfitFile, WrongFormat
from daemons.audio.worker.protocol import ClipFormat

_BITRATES_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_BITRATES_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_RATES_HZ = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
_LOWEST_KBPS = 64
_JUNK_LIMIT = 65_536
"""Bytes between frames that are still taken for a tag we do not know rather than for damage."""

_DELAY_FRAMES = 2 * 4095
"""What an encoder's tag may tell the decoder to cut off at both ends."""


@dataclass(frozen=True, slots=True)
class _Header:
    version: int
    sample_rate_hz: int
    channels: int
    kbps: int
    length: int
    samples: int
    side_info: int
    word: int

    @property
    def stream(self) -> tuple[int, int, int]:
        """What must not change from frame to frame."""
        return self.version, self.sample_rate_hz, self.channels


def read_mp3(data: Buffer) -> Facts:
    """Return what an .mp3 file holds."""
    begin = skip_id3(data)
    facts = read_frames(data[begin : _end_of_frames(data)], "the .mp3 file")
    return replace(facts, begin=begin + facts.begin) if facts.head else facts


def begins_with_frames(data: Buffer) -> bool:
    """Return whether two frames follow each other from the start of `data`."""
    found = _find_frames(data[: 2 * _JUNK_LIMIT])
    return found is not None and found[0] == 0


def skip_id3(data: Buffer) -> int:
    """Return the length of the ID3v2 tags at the start of `data`."""
    position = 0
    while bytes(data[position : position + 3]) == b"ID3" and position + 10 <= len(data):
        flags, size = data[position + 5], data[position + 6 : position + 10]
        length = size[0] << 21 | size[1] << 14 | size[2] << 7 | size[3]
        position += 10 + length + (10 if flags & 0x10 else 0)
    return position


def read_frames(data: Buffer, what: str) -> Facts:
    """Walk all frames in `data` and return what they hold together."""
    found = _find_frames(data)
    if found is None:
        raise WrongFormat(f"{what} holds no MPEG layer III sound")
    position, first = found
    announced = _announced_frames(data, position, first)
    frames = junk = greatest_kbps = size = 0
    least_kbps = first.kbps
    if announced is not None:
        position += first.length
    begin = position
    while position < len(data):
        header = _header(data, position)
        if header is None or header.stream != first.stream:
            junk += 1
            position += 1
            if junk > _JUNK_LIMIT:
                raise UnfitFile(f"{what} is damaged: it is not MPEG layer III sound all through")
            continue
        if position + header.length > len(data):
            raise UnfitFile(f"{what} is truncated: its last frame is not complete")
        frames += 1
        size += header.length
        greatest_kbps = max(greatest_kbps, header.kbps)
        least_kbps = min(least_kbps, header.kbps)
        position += header.length
    # Some encoders count the frame that holds the tag, some do not.
    if announced is not None and frames < announced - 1:
        raise UnfitFile(f"{what} is truncated: {frames} of {announced} frames are there")
    if frames == 0:
        raise UnfitFile(f"{what} contains no sound")
    samples = frames * first.samples
    # A variable bit rate falls far below in pauses; it counts by its greatest. None is above the limit.
    if greatest_kbps < _LOWEST_KBPS:
        raise WrongFormat(
            f"{what} has {greatest_kbps} kbit/s; {_LOWEST_KBPS} to 320 kbit/s is possible"
        )
    facts = Facts(
        ClipFormat.MP3,
        first.sample_rate_hz,
        first.channels,
        samples,
        slack_frames=_DELAY_FRAMES + 4 * first.samples,
    )
    if announced or least_kbps == greatest_kbps:
        return facts
    # From a variable bit rate without this tag the decoder would guess a length, and stop there.
    return replace(facts, begin=begin, head=_announcement(first, frames, size))


def _find_frames(data: Buffer) -> tuple[int, _Header] | None:
    """Return where two frames follow each other near the start of `data`, and the first."""
    limit = min(len(data) - 4, _JUNK_LIMIT)
    position = 0
    while position <= limit:
        first = _header(data, position)
        if first is not None:
            following = _header(data, position + first.length)
            if following is not None and following.stream == first.stream:
                return position, first
            if position + first.length == len(data):
                return position, first
        position += 1
    return None


def _end_of_frames(data: Buffer) -> int:
    """Return where the tags at the end begin."""
    end = len(data)
    if end >= 128 and bytes(data[end - 128 : end - 125]) == b"TAG":
        end -= 128
    if end >= 32 and bytes(data[end - 32 : end - 24]) == b"APETAGEX":
        size, _, flags = struct.unpack_from("<III", data, end - 20)
        end = max(0, end - size - (32 if flags & 0x80000000 else 0))
    return end


def _header(data: Buffer, position: int) -> _Header | None:
    if position + 4 > len(data) or data[position] != 0xFF:
        return None
    return _parse(data[position + 1] << 16 | data[position + 2] << 8 | data[position + 3])


@lru_cache(maxsize=256)  # a file repeats a few headers thousands of times
def _parse(word: int) -> _Header | None:
    version, layer, mono = word >> 19 & 3, word >> 17 & 3, word >> 6 & 3 == 3
    bitrate_index, rate_index, padding = word >> 12 & 15, word >> 10 & 3, word >> 9 & 1
    if word >> 21 != 0b111 or version == 1 or layer != 1:
        return None
    if rate_index == 3 or bitrate_index in (0, 15):
        return None
    rate_hz = _RATES_HZ[version][rate_index]
    kbps = (_BITRATES_1 if version == 3 else _BITRATES_2)[bitrate_index]
    samples = 1152 if version == 3 else 576
    length = samples // 8 * kbps * 1000 // rate_hz + padding
    side_info = (17 if mono else 32) if version == 3 else (9 if mono else 17)
    return _Header(version, rate_hz, 1 if mono else 2, kbps, length, samples, side_info, word)


def _announced_frames(data: Buffer, position: int, header: _Header) -> int | None:
    """Return how many sound frames follow by the encoder's own tag (Xing, Info), or None without one."""
    tag = position + 4 + header.side_info
    if bytes(data[tag : tag + 4]) not in (b"Xing", b"Info") or tag + 12 > len(data):
        return None
    flags, frames = struct.unpack_from(">II", data, tag + 4)
    return frames if flags & 1 else 0


def _announcement(header: _Header, frames: int, size: int) -> bytes:
    """Return the frame of an encoder's tag that says how many frames follow, and how many bytes."""
    word = (
        header.word & ~0xF200 | 0x10000 | 9 << 12
    )  # no checksum, a bit rate with room for the tag, no padding
    frame = _parse(word)
    if frame is None:
        raise UnfitFile("the .mp3 file cannot be decoded")
    tag = struct.pack(">4sIII", b"Xing", 3, frames, size + frame.length)
    head = bytes([0xFF]) + word.to_bytes(3, "big") + bytes(frame.side_info) + tag
    return head + bytes(frame.length - len(head))
