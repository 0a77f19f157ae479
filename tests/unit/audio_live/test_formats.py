"""Which format a listener gets."""

import pytest

from common.errors import InvalidValue, NotSupported
from daemons.audio.live.formats import FORMATS, Framing, StreamFormat, Wanted, chosen

DEFAULT = StreamFormat("aac", 48_000, 128_000)


@pytest.mark.parametrize(
    ("wanted", "format_"),
    [
        (Wanted(), DEFAULT),
        (Wanted(codec="G711"), StreamFormat("g711", 8_000, 64_000)),
        (Wanted(codec="g726"), StreamFormat("g726", 8_000, 32_000)),
        (Wanted(codec="g726", bit_rate=24_000), StreamFormat("g726", 8_000, 24_000)),
        (Wanted(codec="lpcm"), StreamFormat("lpcm", 48_000, 1_152_000)),
        (Wanted(codec="opus", sample_rate_hz=8_000), StreamFormat("opus", 8_000, 32_000)),
        (Wanted(sample_rate_hz=16_000), StreamFormat("aac", 16_000, 64_000)),
        (Wanted(bit_rate=12_000), StreamFormat("aac", 16_000, 12_000)),
    ],
)
def test_what_is_not_named_is_the_default_or_the_best_that_fits(
    wanted: Wanted, format_: StreamFormat
) -> None:
    """What is named stands."""
    assert chosen(wanted, DEFAULT) == format_


@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        (Wanted(codec="mp3"), NotSupported),
        (Wanted(codec="g711", sample_rate_hz=16_000), NotSupported),
        (Wanted(codec="opus", sample_rate_hz=44_100), NotSupported),
        (Wanted(codec="aac", sample_rate_hz=48_000, bit_rate=8_000), NotSupported),
        (Wanted(channels=2), NotSupported),
        (Wanted(sample_rate_hz=7_999), InvalidValue),
        (Wanted(bit_rate=1), InvalidValue),
    ],
)
def test_what_does_not_fit_is_refused(wanted: Wanted, error: type[Exception]) -> None:
    """Nothing else is sent instead."""
    with pytest.raises(error):
        chosen(wanted, DEFAULT)


@pytest.mark.parametrize(
    ("format_", "media_type", "block_bytes"),
    [
        (StreamFormat("g711", 8_000, 64_000), "audio/basic", 512),
        (StreamFormat("g726", 8_000, 32_000), "audio/G726-32", 256),
        (StreamFormat("g726", 8_000, 24_000), "audio/G726-24", 192),
        (StreamFormat("lpcm", 44_100, 1_058_400), "audio/L24", 2646),
        (DEFAULT, "audio/mpeg4-generic", 341),
        (StreamFormat("opus", 48_000, 64_000), "audio/ogg; codecs=opus", 160),
        (StreamFormat("opus", 48_000, 64_000, Framing.PACKETS), "audio/opus", 160),
    ],
)
def test_a_format_has_its_type_and_its_block(
    format_: StreamFormat, media_type: str, block_bytes: int
) -> None:
    """As VAPIX has them; one Opus stream without packets around it is in Ogg."""
    assert (format_.media_type, format_.block_bytes) == (media_type, block_bytes)


def test_linear_pcm_has_the_bit_rates_of_its_samples() -> None:
    """384, 768, 1058.4 and 1152 kbit/s."""
    assert [bits for rates in FORMATS["lpcm"].values() for bits in rates] == [
        384_000,
        768_000,
        1_058_400,
        1_152_000,
    ]
