"""Every format of the manual, made by ffmpeg, is decoded at the right speed, pitch and level."""

import hashlib
import struct
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from daemons.audio.worker.protocol import ClipFormat
from tests.contract.clip_rig import (
    PCM_RATE_HZ,
    add,
    clip_store,
    decibels,
    ffmpeg,
    ffmpeg_pcm,
    loudest_hz,
    pcm,
    read_all,
    rms,
    time,
    tone_level,
    two_tones,
    wav_file,
)

WAV_RATES = (8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
ALL_RATES = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)


def mp3_rates(rate_hz: int) -> tuple[int, ...]:
    """Return bit rates to try; MPEG 2.5 ends at 64 kbit/s in LAME, MPEG 2 at 160."""
    if rate_hz <= 12_000:
        return (64,)
    return (64, 160) if rate_hz <= 24_000 else (64, 128, 320)


async def check(
    folder: Path,
    content: bytes,
    file_name: str,
    facts: tuple[ClipFormat, int, int],
    tolerance_db: float,
) -> None:
    """Upload two tones, and see them come out as ffmpeg hears them, as themselves, and bit-identical."""
    async with clip_store(folder) as store:
        info = await add(store, content, file_name)
        assert (info.format, info.sample_rate_hz, info.channels) == facts
        assert info.location == f"/etc/audioclips/MediaClip.M0.{file_name.rpartition('.')[2]}"
        sound = await pcm(store, info.index)
        assert len(sound) == info.frames
        # Speed: a second each. A codec may add a little at its ends.
        assert abs(len(sound) - 2 * PCM_RATE_HZ) < 0.08 * PCM_RATE_HZ
        for start_s, hz in ((0.2, 1000.0), (1.2, 1500.0)):
            part = sound[int(start_s * PCM_RATE_HZ) : int((start_s + 0.7) * PCM_RATE_HZ)]
            assert loudest_hz(part) == pytest.approx(hz, abs=0.3)
            assert decibels(tone_level(part, hz) / 0.4) == pytest.approx(0.0, abs=tolerance_db)
        heard = ffmpeg_pcm(content, info.channels)
        assert decibels(rms(sound) / rms(heard)) == pytest.approx(0.0, abs=0.1)
        original = read_all(await store.open_original(info.index))
        assert original == content
        assert info.sha256 == hashlib.sha256(content).hexdigest()
        assert info.size == len(content)


@pytest.mark.covers("M-AUD-24")
@pytest.mark.covers("M-AUD-18", part="decoding")
@pytest.mark.parametrize("rate_hz", [8_000, 16_000])
async def test_au(tmp_path: Path, rate_hz: int) -> None:
    """Mu-law at 8 or 16 kHz."""
    content = ffmpeg(wav_file(two_tones(rate_hz), rate_hz), tmp_path, "a.au", "-c:a", "pcm_mulaw")
    await check(tmp_path, content, "a.au", (ClipFormat.AU, rate_hz, 1), 0.1)


@pytest.mark.covers("M-AUD-25")
@pytest.mark.covers("M-AUD-18", part="decoding")
@pytest.mark.parametrize(
    ("rate_hz", "sample_bytes", "channels"), list(product(WAV_RATES, (1, 2), (1, 2)))
)
async def test_wav(tmp_path: Path, rate_hz: int, sample_bytes: int, channels: int) -> None:
    """PCM of 8 and 16 bit, mono and stereo, 8 to 48 kHz: to the sample."""
    content = wav_file(two_tones(rate_hz, channels), rate_hz, sample_bytes)
    tolerance_db = 0.1 if sample_bytes == 1 else 0.02
    await check(tmp_path, content, "a.wav", (ClipFormat.WAV, rate_hz, channels), tolerance_db)
    async with clip_store(tmp_path) as store:
        sound = await pcm(store, 0)
        assert abs(len(sound) - 2 * PCM_RATE_HZ) <= 2
        # The change from tone to tone is where it was: neither late nor early by a tenth of a millisecond.
        t = np.arange(len(sound)) / PCM_RATE_HZ
        heard = np.where(t < 1, np.sin(2 * np.pi * 1000 * t), np.sin(2 * np.pi * 1500 * (t - 1)))
        difference = sound[4_800:-4_800] - 0.4 * heard[4_800:-4_800]
        assert np.quantile(np.abs(difference), 0.999) < (0.012 if sample_bytes == 1 else 0.002)


@pytest.mark.covers("M-AUD-26")
@pytest.mark.covers("M-AUD-18", part="decoding")
@pytest.mark.parametrize(
    ("rate_hz", "kbps", "channels"),
    [(rate, kbps, 1 + (kbps > 64)) for rate in ALL_RATES for kbps in mp3_rates(rate)]
    + [(44_100, 64, 2), (48_000, 320, 1), (32_000, 128, 1), (16_000, 64, 2), (8_000, 64, 2)],
)
async def test_mp3(tmp_path: Path, rate_hz: int, kbps: int, channels: int) -> None:
    """64 to 320 kbit/s, mono and stereo, 8 to 48 kHz; LAME itself takes 0.45 dB off."""
    source = wav_file(two_tones(rate_hz, channels), rate_hz)
    content = ffmpeg(source, tmp_path, "a.mp3", "-b:a", f"{kbps}k")
    await check(tmp_path, content, "a.mp3", (ClipFormat.MP3, rate_hz, channels), 0.6)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("variable bit rate", ("-q:a", "2")),
        ("average bit rate", ("-b:a", "128k", "-abr", "1")),
        ("no encoder tag", ("-b:a", "128k", "-write_xing", "0")),
        ("variable bit rate, no encoder tag", ("-q:a", "2", "-write_xing", "0")),
        (
            "ID3 tags on both sides",
            ("-b:a", "96k", "-metadata", "title=Lunch", "-write_id3v1", "1"),
        ),
        ("joint stereo off", ("-b:a", "192k", "-joint_stereo", "0")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_mp3_of_other_makes(tmp_path: Path, name: str, arguments: tuple[str, ...]) -> None:
    """What real files have beside plain frames does no harm."""
    del name
    source = wav_file(two_tones(44_100, 2), 44_100)
    content = ffmpeg(source, tmp_path, "a.mp3", *arguments)
    await check(tmp_path, content, "a.mp3", (ClipFormat.MP3, 44_100, 2), 0.6)


async def test_mp3_with_a_picture(tmp_path: Path) -> None:
    """A cover of 300 kB in front of two seconds of sound counts neither as sound nor as bit rate."""
    frames = ffmpeg(
        wav_file(two_tones(44_100), 44_100), tmp_path, "a.mp3", "-b:a", "64k", "-id3v2_version", "0"
    )
    picture = b"APIC" + struct.pack(">IH", 300_000, 0) + bytes(300_000)
    size = bytes(len(picture) >> shift & 0x7F for shift in (21, 14, 7, 0))
    content = b"ID3\x03\0\0" + size + picture + frames
    await check(tmp_path, content, "a.mp3", (ClipFormat.MP3, 44_100, 1), 0.6)


@pytest.mark.covers("M-AUD-18", part="decoding")
@pytest.mark.parametrize("name", ["a.opus", "a.ogg"])
@pytest.mark.parametrize(("kbps", "channels"), [(24, 1), (96, 2)])
async def test_opus(tmp_path: Path, name: str, kbps: int, channels: int) -> None:
    """Opus under either of its endings."""
    source = wav_file(two_tones(48_000, channels), 48_000)
    content = ffmpeg(source, tmp_path, "a.opus", "-c:a", "libopus", "-b:a", f"{kbps}k")
    await check(tmp_path, content, name, (ClipFormat.OPUS, 48_000, channels), 0.3)


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 24_000])
async def test_opus_of_a_low_rate(tmp_path: Path, rate_hz: int) -> None:
    """The rate an Opus file was made from changes neither speed nor pitch."""
    source = wav_file(two_tones(rate_hz), rate_hz)
    content = ffmpeg(source, tmp_path, "a.opus", "-c:a", "libopus", "-b:a", "48k")
    async with clip_store(tmp_path) as store:
        info = await add(store, content, "a.opus")
        sound = await pcm(store, info.index)
        assert len(sound) == pytest.approx(2 * PCM_RATE_HZ, abs=0.08 * PCM_RATE_HZ)
        assert loudest_hz(sound[9_600:43_200]) == pytest.approx(1000.0, abs=0.3)


@pytest.mark.covers("M-AUD-18", part="decoding")
@pytest.mark.parametrize("name", ["a.vorbis", "a.ogg"])
@pytest.mark.parametrize(
    ("rate_hz", "channels"), [(8_000, 1), (22_050, 1), (44_100, 2), (48_000, 1)]
)
async def test_vorbis(tmp_path: Path, name: str, rate_hz: int, channels: int) -> None:
    """Vorbis under either of its endings."""
    source = wav_file(two_tones(rate_hz, channels), rate_hz)
    content = ffmpeg(source, tmp_path, "a.ogg", "-c:a", "libvorbis", "-q:a", "5")
    await check(tmp_path, content, name, (ClipFormat.VORBIS, rate_hz, channels), 0.3)


@pytest.mark.parametrize(
    ("arguments", "rate_hz"),
    [
        (("-c:a", "pcm_mulaw"), 8_000),
        (("-c:a", "pcm_mulaw"), 16_000),
        (("-c:a", "pcm_s16le", "-metadata", "title=odd", "-write_bext", "1"), 22_050),
        (("-c:a", "pcm_u8", "-metadata", "comment=a comment"), 11_025),
        (("-c:a", "libmp3lame", "-b:a", "128k"), 44_100),
    ],
    ids=["mu-law 8k", "mu-law 16k", "bext and LIST", "LIST", "mp3 in wav"],
)
async def test_wav_of_other_makes(tmp_path: Path, arguments: tuple[str, ...], rate_hz: int) -> None:
    """What the API's documents allow beside plain PCM."""
    content = ffmpeg(wav_file(two_tones(rate_hz), rate_hz), tmp_path, "a.wav", *arguments)
    await check(tmp_path, content, "a.wav", (ClipFormat.WAV, rate_hz, 1), 0.6)


@pytest.mark.parametrize("channels", [1, 2])
async def test_wav_with_an_extended_header_and_an_odd_end(tmp_path: Path, channels: int) -> None:
    """WAVE_FORMAT_EXTENSIBLE, and a last byte that belongs to nothing."""
    plain = wav_file(two_tones(32_000, channels), 32_000)
    form = plain[20:36].replace(b"\x01\0", b"\xfe\xff", 1) + struct.pack("<HHI", 22, 16, 0)
    form += b"\x01\0" + bytes.fromhex("000000001000800000aa00389b71")
    sound = plain[44:] + b"\x55"
    body = b"WAVE" + b"fmt " + struct.pack("<I", len(form)) + form
    body += b"data" + struct.pack("<I", len(sound)) + sound
    content = b"RIFF" + struct.pack("<I", len(body)) + body
    await check(tmp_path, content, "a.wav", (ClipFormat.WAV, 32_000, channels), 0.02)


@pytest.mark.covers("M-AUD-25")
async def test_stereo_becomes_the_mean_of_both_sides(tmp_path: Path) -> None:
    """A tone on one side comes out at half its level, wherever it was."""
    t = time(2.0, 44_100)
    sides = [0.8 * np.sin(2 * np.pi * hz * t) for hz in (700.0, 1900.0)]
    async with clip_store(tmp_path) as store:
        info = await add(store, wav_file(np.array(sides).T, 44_100), "a.wav")
        sound = await pcm(store, info.index)
    for hz in (700.0, 1900.0):
        assert tone_level(sound[4_800:-4_800], hz) == pytest.approx(0.4, rel=0.002)


async def test_a_resampled_sound_has_no_mirror_images(tmp_path: Path) -> None:
    """What is above the source's own band stays 80 dB down."""
    tone = 0.5 * np.sin(2 * np.pi * 3_000 * time(2.0, 8_000))
    async with clip_store(tmp_path) as store:
        info = await add(store, wav_file(tone, 8_000), "a.wav")
        sound = await pcm(store, info.index)
    spectrum = np.abs(np.fft.rfft(sound[9_600:86_400] * np.blackman(76_800)))
    above = spectrum[int(4_100 / 24_000 * len(spectrum)) :]
    assert decibels(float(above.max() / spectrum.max())) < -80
