"""The header of RTP packets (RFC 3550, section 5.1)."""

import struct
from dataclasses import dataclass
from typing import Final

_HEADER: Final = struct.Struct("!BBHII")
_EXTENSION: Final = struct.Struct("!HH")
_VERSION: Final = 2
# RTCP on the same port (RFC 5761): its packet types look like these payload types with a marker.
_RTCP_TYPES: Final = range(64, 96)


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet of audio."""

    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    marker: bool
    payload: bytes


def parse(datagram: bytes) -> Packet | None:
    """Return the packet in a datagram; None when it holds none, whatever else it may hold."""
    if len(datagram) < _HEADER.size:
        return None
    first, second, sequence, timestamp, ssrc = _HEADER.unpack_from(datagram)
    payload_type = second & 0x7F
    if first >> 6 != _VERSION or payload_type in _RTCP_TYPES:
        return None
    start = _HEADER.size + 4 * (first & 0x0F)
    end = len(datagram)
    if first & 0x10:
        if start + _EXTENSION.size > end:
            return None
        start += _EXTENSION.size + 4 * _EXTENSION.unpack_from(datagram, start)[1]
    if first & 0x20:
        padding = datagram[-1]
        if padding == 0:
            return None
        end -= padding
    if start >= end:
        return None
    return Packet(payload_type, sequence, timestamp, ssrc, bool(second & 0x80), datagram[start:end])


def build(packet: Packet) -> bytes:
    """Return a packet as it goes over the network."""
    second = packet.payload_type | (0x80 if packet.marker else 0)
    return (
        _HEADER.pack(
            _VERSION << 6,
            second,
            packet.sequence & 0xFFFF,
            packet.timestamp & 0xFFFFFFFF,
            packet.ssrc,
        )
        + packet.payload
    )


def sequence_step(after: int, before: int) -> int:
    """Return by how much a sequence number of 16 bits lies after another, from -32768 to 32767."""
    return (after - before + 0x8000) % 0x10000 - 0x8000


def timestamp_step(after: int, before: int) -> int:
    """Return by how much a time stamp of 32 bits lies after another, the shorter way round."""
    return (after - before + 0x80000000) % 0x100000000 - 0x80000000
