"""What makes a stream of AAC or Opus readable without a container around it: ADTS headers, and pages of Ogg."""

import struct
from typing import Final

_ADTS_RATES: Final = (
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000,
)  # fmt: skip
_ADTS_HEADER_BYTES: Final = 7
_LOW_COMPLEXITY: Final = 2

_OGG_HEADER: Final = struct.Struct("<4sBBqIII")
_CHECKSUM_AT: Final = 22
_FIRST_PAGE: Final = 2
_OGG_POLYNOMIAL: Final = 0x04C11DB7
OPUS_GRANULES_HZ: Final = 48_000


def adts(packet: bytes, sample_rate_hz: int) -> bytes:
    """Return an AAC-LC packet of one channel with its header (ISO/IEC 14496-3, 1.A.2.2)."""
    size = len(packet) + _ADTS_HEADER_BYTES
    fields = (
        (0xFFF, 12),
        (0b0001, 4),  # MPEG-4, no checksum
        (_LOW_COMPLEXITY - 1, 2),
        (_ADTS_RATES.index(sample_rate_hz), 4),
        (0, 1),
        (1, 3),  # one channel
        (0, 4),
        (size, 13),
        (0x7FF, 11),  # the bit rate varies
        (0, 2),  # one packet
    )
    bits = 0
    for value, width in fields:
        bits = bits << width | value
    return bits.to_bytes(_ADTS_HEADER_BYTES, "big") + packet


class OggOpus:
    """Writes pages of one packet each (RFC 3533, RFC 7845), so that nothing waits for a page to fill."""

    def __init__(self, identification: bytes, serial: int) -> None:
        """`identification` is the encoder's `OpusHead`."""
        self._serial = serial
        self._sequence = 0
        tags = b"OpusTags" + struct.pack("<I", len(_VENDOR)) + _VENDOR + struct.pack("<I", 0)
        self.header: Final = self._page(identification, 0, _FIRST_PAGE) + self._page(tags, 0, 0)
        self._granules = 0

    def page(self, packet: bytes, frames_at_48_khz: int) -> bytes:
        """Return the page of the next packet."""
        self._granules += frames_at_48_khz
        return self._page(packet, self._granules, 0)

    def _page(self, packet: bytes, granules: int, flags: int) -> bytes:
        lacing = bytes([255] * (len(packet) // 255) + [len(packet) % 255])
        header = _OGG_HEADER.pack(b"OggS", 0, flags, granules, self._serial, self._sequence, 0)
        self._sequence += 1
        page = bytearray(header + bytes([len(lacing)]) + lacing + packet)
        struct.pack_into("<I", page, _CHECKSUM_AT, _checksum(page))
        return bytes(page)


_VENDOR: Final = b"c8210"


def _table() -> tuple[int, ...]:
    entries = []
    for number in range(256):
        value = number << 24
        for _bit in range(8):
            value = (value << 1) ^ (_OGG_POLYNOMIAL if value & 0x8000_0000 else 0)
        entries.append(value & 0xFFFF_FFFF)
    return tuple(entries)


_TABLE: Final = _table()


def _checksum(page: bytearray) -> int:
    value = 0
    for byte in page:
        value = (value << 8 & 0xFFFF_FFFF) ^ _TABLE[value >> 24 ^ byte]
    return value
