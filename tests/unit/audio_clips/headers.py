"""Small sound files made by hand, field by field, so that a test can make one field wrong."""

import struct

LAYER_III_44K_128 = bytes.fromhex("fffb9000")
_FRAME_BYTES = 417


def au(
    sound: bytes = bytes(800), *, encoding: int = 1, rate: int = 8000, channels: int = 1,
    offset: int = 24, length: int | None = None,
) -> bytes:  # fmt: skip
    """Return an .au file; `length` is what its header claims."""
    claimed = len(sound) if length is None else length
    return struct.pack(">4sIIIII", b".snd", offset, claimed, encoding, rate, channels) + sound


def chunk(name: bytes, body: bytes, length: int | None = None) -> bytes:
    """Return a RIFF chunk, padded to an even length."""
    claimed = len(body) if length is None else length
    return name + struct.pack("<I", claimed) + body + bytes(len(body) % 2)


def wav_format(
    tag: int = 1, channels: int = 1, rate: int = 8000, bits: int = 16, align: int | None = None
) -> bytes:
    """Return the body of a format chunk."""
    frame = channels * bits // 8 if align is None else align
    return struct.pack("<HHIIHH", tag, channels, rate, rate * frame, frame, bits)


def extensible(tag: int, channels: int = 1, rate: int = 8000, bits: int = 16) -> bytes:
    """Return the body of an extended format chunk."""
    tail = bytes.fromhex("000000001000800000aa00389b71")
    extra = struct.pack("<HHIH", 22, bits, 0, tag) + tail
    return wav_format(0xFFFE, channels, rate, bits) + extra


def riff(*chunks: bytes) -> bytes:
    """Return a RIFF file of chunks."""
    body = b"WAVE" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def wav(sound: bytes = bytes(800), length: int | None = None, **fields: int) -> bytes:
    """Return a .wav file; `length` is what its sound chunk claims."""
    return riff(chunk(b"fmt ", wav_format(**fields)), chunk(b"data", sound, length))


def mp3_frame(header: bytes = LAYER_III_44K_128, length: int = _FRAME_BYTES) -> bytes:
    """Return one MPEG frame of silence."""
    return header + bytes(length - 4)


def mp3(frames: int = 10) -> bytes:
    """Return an .mp3 file: 44.1 kHz, 128 kbit/s, stereo, no tags."""
    return mp3_frame() * frames


def id3(length: int) -> bytes:
    """Return an ID3v2 tag with so many bytes in it."""
    size = bytes(length >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x04\0\0" + size + bytes(length)


def info_frame(frames: int) -> bytes:
    """Return the frame in which an encoder says how many frames follow."""
    body = bytes(32) + b"Info" + struct.pack(">II", 1, frames)
    return LAYER_III_44K_128 + body + bytes(_FRAME_BYTES - 4 - len(body))


def page(packet: bytes, flags: int = 0, granule: int = 0, serial: int = 7) -> bytes:
    """Return an Ogg page with one packet; its checksum is left out, for who reads pages only."""
    lacing = bytes([255] * (len(packet) // 255) + [len(packet) % 255])
    head = struct.pack("<4sBBqIIIB", b"OggS", 0, flags, granule, serial, 0, 0, len(lacing))
    return head + lacing + packet


def opus_head(channels: int = 1, skip: int = 312, mapping: int = 0) -> bytes:
    """Return the first packet of an Opus stream."""
    return b"OpusHead" + struct.pack("<BBHIhB", 1, channels, skip, 48_000, 0, mapping)


def vorbis_head(channels: int = 1, rate: int = 44_100) -> bytes:
    """Return the first packet of a Vorbis stream."""
    return b"\x01vorbis" + struct.pack("<IBI", 0, channels, rate) + bytes(14)


def ogg(head: bytes, frames: int = 48_312) -> bytes:
    """Return an Ogg file with one stream, as far as pages go."""
    return page(head, flags=2) + page(bytes(300), granule=frames // 2) + page(bytes(300), 4, frames)
