"""Listening to a whole unit: strangers' clients, one tone through every codec, many at once."""

import subprocess
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import numpy as np
import pytest

from tests.contract.live_rig import (
    OPEN,
    RECEIVE,
    SHUT,
    check_tone,
    listening,
    live_unit,
    set_,
    state,
    tone,
)
from tests.heard import RATE, Samples, as_wav
from tests.processes import children
from tests.suite import ROOT_PASSWORD, Unit, until

pytestmark = pytest.mark.alone


@pytest.fixture
def admin(unit: Unit) -> Iterator[httpx.Client]:
    """An administrator, while the input is on."""
    with live_unit(unit) as client:
        yield client


def test_with_the_input_off_nobody_listens(unit: Unit) -> None:
    """405 with the reason, and no encoder runs."""
    with unit.admin() as admin:
        set_(admin, SHUT)
        answer = admin.get(RECEIVE)
        assert (answer.status_code, "the audio input is off" in answer.text) == (405, True)
        assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.covers("M-AUD-28", part="API")
@pytest.mark.parametrize(
    ("query", "reading", "most_db"),
    [
        ("audiocodec=g711", ["-f", "mulaw", "-ar", "8000"], 0.5),
        ("audiocodec=g726", ["-f", "g726le", "-code_size", "4", "-ar", "8000"], 1.0),
        ("audiocodec=lpcm&audiosamplerate=48000", ["-f", "s24be", "-ar", "48000"], 0.5),
        ("audiocodec=opus&audiobitrate=64000", [], 1.0),
        ("audiocodec=aac&audiobitrate=64000", [], 1.0),
    ],
)
def test_ffmpeg_listens(
    unit: Unit, admin: httpx.Client, query: str, reading: list[str], most_db: float
) -> None:
    """The microphone's tone at right pitch and level, through FFmpeg's own HTTP and decoders."""
    microphone(admin, tone(12.0))
    host = unit.https_url.removeprefix("https://")
    login = f"root:{urllib.parse.quote(ROOT_PASSWORD)}"
    finished = subprocess.run(
        [
            *("ffmpeg", "-v", "error", "-analyzeduration", "500000", *reading),
            *("-i", f"https://{login}@{host}{RECEIVE}?{query}"),
            *("-t", "1.6", "-ac", "1", "-ar", str(RATE), "-f", "f32le", "-"),
        ],
        capture_output=True,
        timeout=60,
        check=True,
    )
    sound = np.frombuffer(finished.stdout, dtype=np.float32).astype(np.float64)
    check_tone(sound[-RATE:], RATE, most_db)
    until("nobody listens", lambda: state(admin)["listeners"] == [])


def microphone(admin: httpx.Client, sound: Samples) -> None:
    """Have the microphone hear a sound."""
    admin.post("/sim/microphone", content=as_wav(sound)).raise_for_status()


@pytest.mark.covers("M-AUD-15", part="API")
def test_the_parameter_sets_the_encoding_of_new_listeners(unit: Unit, admin: httpx.Client) -> None:
    """Who listens already goes on as before; the capabilities name all there is to choose."""
    for codec, media_type in (
        ("g711", "audio/basic"),
        ("g726", "audio/G726-32"),
        ("lpcm", "audio/L24"),
        ("opus", "audio/ogg; codecs=opus"),
        ("aac", "audio/mpeg4-generic"),
    ):
        with listening(unit, audiocodec="g711") as before:
            blocks = before.iter_raw()
            next(blocks)
            set_(admin, {"AudioSource.A0.AudioEncoding": codec})
            with listening(unit) as new:
                assert new.headers["content-type"] == media_type
                assert next(new.iter_raw())
            assert next(blocks)
    question = {"apiVersion": "1.0", "method": "list"}
    answer = admin.post("/axis-cgi/audio/streamingcapabilities.cgi", json=question).json()
    assert set(answer["data"]["encoders"]) == {"G711", "G726", "AAC", "OPUS", "LPCM"}
    offered = {one["sample_rate"]: one["bit_rates"] for one in answer["data"]["encoders"]["AAC"]}
    assert offered[48_000] == [32_000, 48_000, 64_000, 128_000]


@pytest.mark.parametrize(("codec", "size"), [("g711", 512), ("g726", 256)])
def test_parts_have_the_documented_size(
    unit: Unit, admin: httpx.Client, codec: str, size: int
) -> None:
    """Each with its type and length, as a reader of multipart finds them."""
    with listening(unit, audiocodec=codec, httptype="multipart") as answer:
        boundary = answer.headers["content-type"].partition("boundary=")[2]
        content = b""
        for piece in answer.iter_raw():
            content += piece
            if len(content) > 5 * (size + 200):
                break
    head, *parts = content.split(f"--{boundary}\r\n".encode())
    assert head == b""
    for part in parts[:4]:
        fields, _, block = part.partition(b"\r\n\r\n")
        assert f"Content-Length: {size}".encode() in fields
        assert block.endswith(b"\r\n")
        assert len(block) == size + 2


def test_twenty_listen_and_the_next_is_told_to_wait(unit: Unit, admin: httpx.Client) -> None:
    """503; the twenty share one encoder process, and somebody who leaves makes room."""
    with ExitStack() as all_of_them:
        streams = [all_of_them.enter_context(listening(unit, audiocodec="g711")) for _ in range(20)]
        refused = admin.get(RECEIVE)
        assert refused.status_code == 503
        assert refused.headers["content-type"].startswith("text/plain")
        every = [stream.iter_raw() for stream in streams]
        for blocks in every:
            assert next(blocks)
        assert len(encoders(unit)) == 1
        assert len(state(admin)["listeners"]) == 20
    until("nobody listens", lambda: state(admin)["listeners"] == [])
    set_(admin, {"Audio.MaxListeners": "1"})
    with listening(unit, audiocodec="g711"):
        assert admin.get(RECEIVE).status_code == 503
    until("the encoder has ended", lambda: not encoders(unit), 15)


def encoders(unit: Unit) -> list[int]:
    """Return the encoder processes of the audio daemon."""
    audio = unit.processes()["audio"]
    return [pid for pid, words in children(audio) if "daemons.audio.live.encoding" in words]


def test_switching_the_input_off_ends_every_stream(unit: Unit, admin: httpx.Client) -> None:
    """At once; and switched on again, one can listen again."""
    with listening(unit, audiocodec="g711") as stream:
        blocks = stream.iter_raw()
        next(blocks)
        set_(admin, {"AudioSource.A0.AudioSupport": "no"})
        since = time.monotonic()
        for _block in blocks:
            assert time.monotonic() - since < 3
    assert admin.get(RECEIVE).status_code == 405
    set_(admin, OPEN)
    with listening(unit, audiocodec="g711") as stream:
        assert next(stream.iter_raw())


def test_a_killed_encoder_ends_its_streams_and_the_next_one_works(
    unit: Unit, admin: httpx.Client
) -> None:
    """Nobody hangs."""
    with listening(unit, audiocodec="lpcm") as stream:
        blocks = stream.iter_raw()
        next(blocks)
        for process in encoders(unit):
            subprocess.run(["kill", "-9", str(process)], check=True)
        for _block in blocks:
            pass
    with listening(unit, audiocodec="lpcm") as stream:
        assert next(stream.iter_raw())


@pytest.mark.covers("M-AUD-16", part="API")
def test_clients_are_told_what_there_is(unit: Unit, admin: httpx.Client) -> None:
    """The properties that clients look at, and whether the input is on."""
    wanted = {
        "Properties.Audio.DuplexMode": "full,half,post,get",
        "Properties.Audio.Format": "lpcm,g711,g726,aac,opus",
        "Properties.Audio.Decoder.Format": "g711,g726,axis-mulaw-128",
        "Properties.Audio.Source.A0.Input": "yes",
        "Properties.Audio.Source.A0.Output": "yes",
    }
    for name, value in wanted.items():
        answer = admin.get("/axis-cgi/param.cgi", params={"action": "list", "group": name})
        assert answer.text == f"{name}={value}\n"
    assert state(admin)["input"] is True
    set_(admin, {"AudioSource.A0.AudioSupport": "no"})
    assert state(admin)["input"] is False
