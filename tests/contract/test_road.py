"""The road: an HTTP request from a stranger's client ends as samples at the loudspeaker."""

import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import httpx
import numpy as np
import pytest

from tests.heard import RATE, as_wav, heard_since, level_db, pitch_hz, position, sweep
from tests.playing import (
    is_silent,
    play,
    quiet_unit,
    remove,
    update,
    upload,
    wait_until_played,
)
from tests.suite import ROOT_PASSWORD, Unit, until

pytestmark = pytest.mark.alone

MULAW_16K = "audio/axis-mulaw-128"


@pytest.fixture
def admin(unit: Unit) -> Iterator[httpx.Client]:
    """An administrator's client on a unit that plays nothing, whose gain changes no sample."""
    with quiet_unit(unit) as client:
        yield client


@contextmanager
def hammered(unit: Unit) -> Iterator[list[int]]:
    """Have two clients ask for parameters without a pause; yields the statuses they got."""
    statuses: list[int] = []
    stop = threading.Event()

    def ask() -> None:
        with unit.admin() as client:
            while not stop.is_set():
                question = {"action": "list", "group": "root.Brand"}
                answer = client.get("/axis-cgi/param.cgi", params=question)
                statuses.append(answer.status_code)

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        yield statuses
    finally:
        stop.set()
        for thread in threads:
            thread.join()


@pytest.mark.covers("M-AUD-19", part="by API")
def test_a_clip_is_played_sample_by_sample_for_a_minute_beside_api_load(
    unit: Unit, admin: httpx.Client
) -> None:
    """Twelve rounds of a sweep come out without a sample lost, doubled or changed."""
    wanted = sweep(5.0)
    clip = upload(admin, "sweep", as_wav(wanted))
    try:
        with hammered(unit) as statuses:
            begin = position(unit)
            play(admin, clip, repeat="11")
            wait_until_played(unit, admin, within_s=80)
        played = heard_since(unit, begin)
        start = played.where(wanted)
        whole = played.samples[start : start + 12 * len(wanted)]
        assert len(statuses) > 500
        assert set(statuses) == {200}
        assert np.max(np.abs(whole - np.tile(wanted, 12))) < 1e-6
    finally:
        remove(admin, clip)


def test_volume_and_output_gain_change_the_level_by_what_they_say(
    unit: Unit, admin: httpx.Client
) -> None:
    """Half the volume and -12 dB make -18 dB, within half a dB."""
    wanted = sweep(2.0)
    clip = upload(admin, "level", as_wav(wanted))
    try:
        update(admin, AudioSource__A0__OutputGain="-12")
        begin = position(unit)
        play(admin, clip, volume="50")
        wait_until_played(unit, admin)
        played = heard_since(unit, begin)
        start = played.where(wanted)
        change = level_db(played.samples[start : start + len(wanted)]) - level_db(wanted)
        assert change == pytest.approx(-18.06, abs=0.5)
    finally:
        remove(admin, clip)


@pytest.mark.covers("M-AUD-27", part="clips are brought to one loudness")
def test_a_quiet_and_a_loud_clip_are_heard_equally_loud(unit: Unit, admin: httpx.Client) -> None:
    """With normalisation on, 24 dB between two recordings become less than 1 dB."""
    update(admin, Audio__Loudness__Enabled="yes")
    levels = []
    for peak in (0.03, 0.48):
        wanted = sweep(4.0, peak, 2_000)
        clip = upload(admin, "loudness", as_wav(wanted))
        begin = position(unit)
        play(admin, clip)
        wait_until_played(unit, admin)
        played = heard_since(unit, begin)
        start = played.where(wanted)
        levels.append(level_db(played.samples[start : start + len(wanted)]))
        remove(admin, clip)
    assert levels[0] == pytest.approx(levels[1], abs=1.0)


@pytest.mark.covers("M-TRB-07", part="the refusal lists the formats")
def test_a_file_of_another_format_is_refused_with_the_formats_there_are(
    admin: httpx.Client,
) -> None:
    """Whether its name or its content says so; nothing is kept of it."""
    before = admin.get("/api/clips").json()
    for name, content in (("tune.flac", b"fLaC"), ("tune.wav", b"fLaC" + bytes(200))):
        answer = admin.post(
            "/axis-cgi/mediaclip.cgi",
            params={"action": "upload", "media": "audio"},
            files={"file": (name, content, "audio/wav")},
        )
        status, reason, _ = answer.text.split("\n")
        assert (answer.status_code, status) == (400, "400 Bad Request")
        for possible in ("mu-law, 8 or 16 kHz", "8 or 16 bit", "64 to 320 kbit/s", ".opus", ".ogg"):
            assert possible in reason
    assert admin.get("/api/clips").json() == before


@pytest.mark.covers("M-AUD-19", part="by API")
def test_a_clip_played_for_ever_plays_until_it_is_stopped(unit: Unit, admin: httpx.Client) -> None:
    """Repeat -1 goes on over the clip's end; stopclip.cgi ends it within a tenth of a second."""
    clip = upload(admin, "short", as_wav(sweep(0.3)))
    try:
        begin = position(unit)
        play(admin, clip, repeat="-1")
        until(
            "it has played five times over",
            lambda: position(unit) > begin + 2 * RATE,
        )
        assert not is_silent(admin)
        assert admin.get("/axis-cgi/stopclip.cgi").text == "OK\nstopping\n"
        stopped_at = position(unit)
        wait_until_played(unit, admin)
        played = heard_since(unit, begin)
        _first, last = played.spans()
        assert played.first_sample + last - stopped_at < 0.15 * RATE
    finally:
        remove(admin, clip)


@pytest.mark.covers("M-AUD-18", "M-AUD-24", "M-AUD-25", "M-AUD-26")
@pytest.mark.parametrize(
    ("file_name", "arguments"),
    [
        ("u8k.au", "-ar 8000 -ac 1 -c:a pcm_mulaw"),
        ("u16k.au", "-ar 16000 -ac 1 -c:a pcm_mulaw"),
        ("8bit.wav", "-ar 8000 -ac 1 -c:a pcm_u8"),
        ("22k.wav", "-ar 22050 -ac 2 -c:a pcm_s16le"),
        ("44k.wav", "-ar 44100 -ac 2 -c:a pcm_s16le"),
        ("48k.wav", "-ar 48000 -ac 1 -c:a pcm_s16le"),
        ("64.mp3", "-ar 8000 -ac 1 -b:a 64k"),
        ("320.mp3", "-ar 48000 -ac 2 -b:a 320k"),
        ("o.opus", "-ar 48000 -ac 1 -c:a libopus"),
        ("v.ogg", "-ar 44100 -ac 1 -c:a libvorbis"),
        ("v.vorbis", "-ar 44100 -ac 1 -c:a libvorbis -f ogg"),
    ],
)
def test_every_format_is_played_at_its_speed_and_pitch(
    unit: Unit, admin: httpx.Client, tmp_path: Path, file_name: str, arguments: str
) -> None:
    """A second and a half of 1 kHz stays that, whatever it was packed in."""
    file = tmp_path / file_name
    subprocess.run(
        [
            "ffmpeg",
            "-v",
            "error",
            "-f",
            "lavfi",
            "-i",
            "sine=1000:d=1.5:r=48000",
            "-af",
            "volume=4",
            *arguments.split(),
            str(file),
        ],
        check=True,
    )
    clip = upload(admin, "", file.read_bytes(), file_name)
    try:
        begin = position(unit)
        play(admin, clip)
        wait_until_played(unit, admin)
        played = heard_since(unit, begin)
        first, last = played.spans(quiet=0.02)
        assert (last - first) / RATE == pytest.approx(1.5, abs=0.06)
        assert pitch_hz(played.samples[first + 4_800 : first + 52_800]) == pytest.approx(
            1000, abs=2
        )
    finally:
        remove(admin, clip)


@pytest.mark.parametrize(
    ("mime_type", "arguments", "quality_db"),
    [
        ("audio/basic", "-ar 8000 -c:a pcm_mulaw -f mulaw", 30.0),
        (MULAW_16K, "-ar 16000 -c:a pcm_mulaw -f mulaw", 30.0),
        ("audio/G726-32", "-ar 8000 -c:a g726le -b:a 32k -f g726le", 20.0),
        ("audio/G726-24", "-ar 8000 -c:a g726le -b:a 24k -f g726le", 12.0),
    ],
)
def test_a_file_sent_to_transmit_is_played_whole_and_answered_then(
    unit: Unit, admin: httpx.Client, mime_type: str, arguments: str, quality_db: float
) -> None:
    """Sent all at once it is played in real time; the answer comes when the last sample is out."""
    encoded = subprocess.run(
        [
            "ffmpeg",
            "-v",
            "error",
            "-f",
            "lavfi",
            "-i",
            "sine=700:d=2:r=48000",
            "-af",
            "volume=4",
            "-ac",
            "1",
            *arguments.split(),
            "-",
        ],
        check=True,
        capture_output=True,
    ).stdout
    begin = position(unit)
    asked_at = time.monotonic()
    answer = admin.post(
        "/axis-cgi/audio/transmit.cgi", content=encoded, headers={"Content-Type": mime_type}
    )
    took = time.monotonic() - asked_at
    assert answer.status_code == 200
    assert 1.9 < took < 5
    wait_until_played(unit, admin)
    played = heard_since(unit, begin)
    first, last = played.spans(quiet=0.05)
    assert (last - first) / RATE == pytest.approx(2.0, abs=0.05)
    tone = played.samples[first + 4_800 : first + 52_800]
    spectrum = np.abs(np.fft.rfft(tone * np.hanning(len(tone)))) ** 2
    signal = spectrum[695:706].sum()
    assert 10 * np.log10(signal / (spectrum[100:3_400].sum() - signal)) > quality_db


def test_ffmpeg_talks_through_transmit(unit: Unit, admin: httpx.Client) -> None:
    """FFmpeg, chunked and in real time, with Digest, as the reference has it."""
    host = unit.http_url.removeprefix("http://")
    begin = position(unit)
    login = f"root:{quote(ROOT_PASSWORD)}"
    subprocess.run(
        [
            "ffmpeg",
            "-v",
            "error",
            "-re",
            "-f",
            "lavfi",
            "-i",
            "sine=900:d=2:r=48000",
            "-c:a",
            "pcm_mulaw",
            "-ar",
            "16000",
            "-ac",
            "1",
            "-f",
            "mulaw",
            "-content_type",
            MULAW_16K,
            "-method",
            "POST",
            f"http://{login}@{host}/axis-cgi/audio/transmit.cgi",
        ],
        check=True,
        timeout=30,
    )
    wait_until_played(unit, admin)
    played = heard_since(unit, begin)
    first, last = played.spans(quiet=0.01)
    assert (last - first) / RATE == pytest.approx(2.0, abs=0.1)
    assert pitch_hz(played.samples[first + 4_800 : first + 52_800]) == pytest.approx(900, abs=2)


def test_one_talker_at_a_time(unit: Unit, admin: httpx.Client) -> None:
    """The second gets 503 with the words of the reference, and the first is not disturbed."""
    answers: list[httpx.Response] = []

    def talk() -> None:
        with unit.admin() as talker:
            answers.append(
                talker.post(
                    "/axis-cgi/audio/transmit.cgi",
                    content=b"\x80\x00" * 8_000,
                    headers={"Content-Type": MULAW_16K},
                )
            )

    first = threading.Thread(target=talk)
    first.start()
    until("the first talker is heard", lambda: not is_silent(admin))
    second = admin.post(
        "/axis-cgi/audio/transmit.cgi", content=b"\x80" * 800, headers={"Content-Type": MULAW_16K}
    )
    first.join()
    assert second.status_code == 503
    assert "Receiving audio from another client" in second.text
    assert answers[0].status_code == 200
