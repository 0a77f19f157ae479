"""Encoded bytes into samples, in whatever pieces they come."""

import io
import socket

import av
import numpy as np
import numpy.typing as npt
import pytest

from daemons.audio.live.codecs import CODECS, PCM_RATES_HZ, Codec, pcm_codec
from daemons.audio.live.decoder import Block, Decoder, decode

RATE = 48_000
HERTZ = 1_000.0
CODECS_BY_NAME = {**CODECS, **{f"pcm-{rate}": pcm_codec(rate) for rate in PCM_RATES_HZ}}


def encoded(codec: Codec, seconds: float = 1.0) -> bytes:
    """Return a tone at -6 dB in an encoding, made by FFmpeg."""
    time = np.arange(round(seconds * codec.sample_rate_hz)) / codec.sample_rate_hz
    sine = np.round(0.5 * np.sin(2 * np.pi * HERTZ * time) * 32_767).astype(np.int16)
    content = io.BytesIO()
    form = {"pcm_mulaw": "mulaw", "pcm_s16le": "s16le"}.get(codec.decoder, codec.decoder)
    with av.open(content, "w", format=form) as file:
        options = {"code_size": str(codec.code_bits)} if codec.code_bits else {}
        stream = file.add_stream(codec.decoder, codec.sample_rate_hz, options=options)
        assert isinstance(stream, av.AudioStream)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(sine[np.newaxis, :], format="s16", layout="mono")
        frame.sample_rate = codec.sample_rate_hz
        for piece in (frame, None):
            file.mux(stream.encode(piece))
    return content.getvalue()


def level_and_pitch(sound: npt.NDArray[np.floating]) -> tuple[float, float]:
    """Return the level in dB of a tone at -6 dB, and its frequency."""
    middle = sound[RATE // 4 : 3 * RATE // 4]
    level = 20 * np.log10(np.sqrt(np.mean(middle**2)) * np.sqrt(2) / 0.5)
    turned = middle * np.exp(-2j * np.pi * HERTZ * np.arange(len(middle)) / RATE)
    halves = turned[: RATE // 4].mean(), turned[RATE // 4 :].mean()
    return float(level), HERTZ + float(np.angle(halves[1] * np.conj(halves[0]))) * 4 / 2 / np.pi


@pytest.mark.parametrize("name", CODECS_BY_NAME)
@pytest.mark.parametrize("size", [1, 7, 160, 5000])
def test_a_tone_in_pieces_of_any_size(name: str, size: int) -> None:
    """Right pitch within 1 Hz and right level: 0.5 dB, 1 dB for G.726; nothing is lost between pieces."""
    codec = CODECS_BY_NAME[name]
    content = encoded(codec)
    decoder = Decoder(codec)
    pieces = [decoder.decode(content[at : at + size]) for at in range(0, len(content), size)]
    sound = np.concatenate([*pieces, decoder.end()])
    level, pitch = level_and_pitch(sound)
    assert abs(pitch - HERTZ) < 1.0
    assert abs(level) < (1.0 if codec.code_bits else 0.5)
    assert len(sound) == pytest.approx(RATE, abs=RATE // 20)


class Sender:
    """The sending end of a playback that keeps all of it."""

    def __init__(self) -> None:
        self.kept = b""

    def write(self, samples: memoryview) -> None:
        """Keep it."""
        self.kept += samples.tobytes()


def test_what_is_played_passes_the_leveller_piece_by_piece() -> None:
    """So that switching it is heard while somebody talks; the end of the stream is the end."""
    ours, theirs = socket.socketpair()
    codec = CODECS["audio/basic"]
    sizes: list[int] = []

    def treat(block: Block) -> Block:
        sizes.append(len(block))
        return block * np.float32(0.5)

    sender = Sender()
    with ours, theirs:
        ours.sendall(encoded(codec))
        ours.shutdown(socket.SHUT_WR)
        decode(theirs, Decoder(codec), treat, sender)  # type: ignore[arg-type]
    level, _pitch = level_and_pitch(np.frombuffer(sender.kept, dtype=np.float32) * 2)
    assert abs(level) < 0.5
    assert max(sizes) <= RATE * 2048 // 8000 + 1


@pytest.mark.parametrize(("name", "most_ms"), [("audio/basic", 31), ("pcm-16000", 16)])
def test_little_sound_is_kept_back(name: str, most_ms: float) -> None:
    """Of what has come, the last milliseconds wait for what comes next, and never more."""
    codec = CODECS_BY_NAME[name]
    decoder = Decoder(codec)
    piece = bytes(codec.sample_rate_hz // 50 * codec.unit_bytes)
    came = 0
    for number in range(1, 50):
        came += len(decoder.decode(piece))
        assert number * 20 - came * 1000 / RATE <= most_ms
