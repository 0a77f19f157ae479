"""A tone through every encoder, read back by another's decoder: right pitch, right level, right rate."""

import io

import av
import numpy as np
import numpy.typing as npt
import pytest
from av.container import InputContainer

from daemons.audio.live.encoders import encoder_of
from daemons.audio.live.formats import FORMATS, Framing, StreamFormat

RATE = 48_000
HERTZ = 1_000.0
SECONDS = 2.0
Sound = npt.NDArray[np.float64]

EVERY_FORMAT = [
    StreamFormat(codec, rate, bits)
    for codec, rates in FORMATS.items()
    for rate, bit_rates in rates.items()
    for bits in bit_rates
]
CONTAINERS = {"g711": "mulaw", "g726": "g726le", "aac": "aac", "opus": "ogg"}


def tone(seconds: float = SECONDS) -> npt.NDArray[np.float32]:
    """Return a sine at -6 dB of full scale."""
    sine = 0.5 * np.sin(2 * np.pi * HERTZ * np.arange(round(seconds * RATE)) / RATE)
    return sine.astype(np.float32)


def encoded(format_: StreamFormat, sound: npt.NDArray[np.float32]) -> list[bytes]:
    """Return the blocks of a sound, header first, that came in periods of 10 ms."""
    encoder = encoder_of(format_)
    blocks = [encoder.header] if encoder.header else []
    for start in range(0, len(sound), 480):
        blocks += encoder.encode(sound[start : start + 480])
    return blocks


def decoded(format_: StreamFormat, content: bytes) -> tuple[Sound, int]:
    """Return the samples in a stream, and their rate."""
    if format_.codec == "lpcm":
        padded = np.zeros((len(content) // 3, 4), dtype=np.uint8)
        padded[:, :3] = np.frombuffer(content, dtype=np.uint8).reshape(-1, 3)
        return padded.view(">i4")[:, 0] / 2.0**31, format_.sample_rate_hz
    options = {}
    if format_.codec in ("g711", "g726"):
        options = {"sample_rate": str(format_.sample_rate_hz)}
    if format_.codec == "g726":
        options["code_size"] = str(format_.bit_rate // 8_000)
    parts, rate = [], 0
    with av.open(io.BytesIO(content), format=CONTAINERS[format_.codec], options=options) as file:
        assert isinstance(file, InputContainer)
        for frame in file.decode(audio=0):
            piece = frame.to_ndarray()[0].astype(np.float64)
            parts.append(piece / 32_768 if frame.format.name.startswith("s16") else piece)
            rate = frame.sample_rate
    return np.concatenate(parts), rate


def pitch_hz(sound: Sound, rate: int) -> float:
    """Return the frequency of a tone, by the turning of its phase."""
    time = np.arange(len(sound)) / rate
    turned = sound * np.exp(-2j * np.pi * HERTZ * time)
    window = len(turned) // 4
    parts = turned[: 4 * window].reshape(4, window).mean(axis=1)
    return (
        HERTZ + float(np.angle(parts[1:] * np.conj(parts[:-1])).mean()) * rate / window / 2 / np.pi
    )


@pytest.mark.parametrize("format_", EVERY_FORMAT, ids=lambda one: f"{one.codec}-{one.bit_rate}")
def test_a_tone_comes_back(format_: StreamFormat) -> None:
    """Within 1 Hz, and within half a dB (G.711, linear PCM) or 1 dB."""
    sound, rate = decoded(format_, b"".join(encoded(format_, tone())))
    middle = sound[len(sound) // 4 : -len(sound) // 8]
    assert abs(pitch_hz(middle, rate) - HERTZ) < 1.0
    level = 20 * np.log10(np.sqrt(np.mean(middle**2)) * np.sqrt(2) / 0.5)
    assert abs(level) < (0.5 if format_.codec in ("g711", "lpcm") else 1.0)
    assert len(sound) / rate > SECONDS - 0.4


@pytest.mark.parametrize(
    "format_",
    [one for one in EVERY_FORMAT if one.codec in ("g711", "g726", "lpcm")],
    ids=lambda one: f"{one.codec}-{one.bit_rate}",
)
def test_constant_rates_come_in_blocks_of_one_size(format_: StreamFormat) -> None:
    """The sizes that multipart has."""
    blocks = encoded(format_, tone())
    assert {len(block) for block in blocks} == {format_.block_bytes}
    wanted = SECONDS * format_.bit_rate / 8
    assert wanted * 0.8 < sum(map(len, blocks)) <= wanted


@pytest.mark.parametrize(
    "format_",
    [one for one in EVERY_FORMAT if one.codec in ("aac", "opus")],
    ids=lambda one: f"{one.codec}-{one.sample_rate_hz}-{one.bit_rate}",
)
def test_noise_takes_the_bit_rate(format_: StreamFormat) -> None:
    """No more than a tenth above what was asked for, with 1.5 kbit/s for low rates, without what frames it."""
    noise = np.random.default_rng(1).normal(0, 0.1, round(4 * RATE)).astype(np.float32)
    packets = StreamFormat(format_.codec, format_.sample_rate_hz, format_.bit_rate, Framing.PACKETS)
    came = sum(map(len, encoded(packets, noise))) * 8 / 4
    assert came < format_.bit_rate * 1.1 + 1_500


def test_opus_packets_stand_alone() -> None:
    """One packet a block, without Ogg around it."""
    blocks = encoded(StreamFormat("opus", 48_000, 64_000, Framing.PACKETS), tone())
    decoder = av.CodecContext.create("libopus", "r")
    decoder.sample_rate, decoder.layout = RATE, "mono"
    frames = sum(frame.samples for block in blocks for frame in decoder.decode(av.Packet(block)))
    assert frames == len(blocks) * 960


def test_a_listener_who_comes_late_understands_opus() -> None:
    """The header, and then whatever page is due."""
    format_ = StreamFormat("opus", 48_000, 64_000)
    header, *pages = encoded(format_, tone(4.0))
    sound, rate = decoded(format_, header + b"".join(pages[100:]))
    assert 1.5 < len(sound) / rate < 2.1
    assert abs(pitch_hz(sound[len(sound) // 4 :], rate) - HERTZ) < 1.0


def test_what_is_too_loud_is_cut_off() -> None:
    """It does not turn into its opposite."""
    loud = np.concatenate((np.full(4800, 1.5), np.full(4800, -1.5))).astype(np.float32)
    for format_ in (StreamFormat("lpcm", 48_000, 1_152_000), StreamFormat("g711", 8_000, 64_000)):
        sound, rate = decoded(format_, b"".join(encoded(format_, loud)))
        tenth = rate // 10
        assert sound[: tenth // 2].max() > 0.9
        assert sound[: tenth * 8 // 10].min() > -0.1
