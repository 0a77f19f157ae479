"""Multicast audio from strangers to the loudspeaker, judged by its samples."""

import base64
import os
import subprocess
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pytest

from tests.contract.multicast_rig import (
    Controller,
    Speaker,
    ffmpeg_sends,
    group_socket,
    is_heard,
    longest_gap_ms,
    now_heard,
    ready,
    receiving,
    spoken,
    strength,
)
from tests.heard import RATE, as_wav, heard_since, level_db, pitch_hz, position
from tests.playing import parameters, play, remove, until_heard, update, upload
from tests.suite import Unit, until
from tests.unit.audio_multicast.network import tone

pytestmark = pytest.mark.alone

GROUP = "239.7.7.7"
OTHER_GROUP = "239.7.7.8"
PORT = 5600
BOTH_SIDES = "volume=4,pan=stereo|c0=c0|c1=c0"
"""Of itself FFmpeg takes 3 dB off when it makes stereo of mono."""
SPEAKS_DB = level_db(tone(1.0).astype(np.float64))


@pytest.fixture
def controller(unit: Unit) -> Iterator[Controller]:
    """A controller that is switched on, without sources."""
    with receiving(unit) as switched_on:
        yield switched_on


@pytest.mark.parametrize(
    ("codec", "arguments"),
    [
        ("PCMA", ("-ar", "8000", "-ac", "1", "-acodec", "pcm_mulaw")),
        ("PCMU", ("-ar", "8000", "-ac", "1", "-acodec", "pcm_alaw")),
        ("PCMU", ("-ar", "16000", "-ac", "1", "-acodec", "g722")),
        ("PCMU", ("-ar", "44100", "-ac", "1", "-acodec", "pcm_s16be")),
        ("PCMU", ("-af", BOTH_SIDES, "-ar", "44100", "-ac", "2", "-acodec", "pcm_s16be")),
        ("L16/16000", ("-ar", "16000", "-ac", "1", "-acodec", "pcm_s16be")),
        ("OPUS", ("-ar", "48000", "-ac", "1", "-acodec", "libopus")),
    ],
    ids=["PCMU", "PCMA", "G722", "L16 type 11", "L16 type 10", "L16 dynamic", "Opus"],
)
def test_ffmpeg_is_heard_in_every_codec(
    unit: Unit, controller: Controller, codec: str, arguments: Sequence[str]
) -> None:
    """1 kHz at its pitch and level; static payload types speak for themselves whatever is configured."""
    controller.set("/audiocodec", codec)
    source = controller.add("ffmpeg", GROUP, PORT, latencyProfile="Low")
    ready(controller, source)
    begin = position(unit)
    with ffmpeg_sends(arguments, GROUP, PORT, 1.2):
        until("it speaks", lambda: controller.state(source)["speaking"])
        [playing] = controller.playing()
        assert (playing["class"], playing["state"]) == ("page", "playing")
        assert playing["what"] == "multicast ffmpeg"
    controller.wait_until_silent()
    sound = spoken(unit, begin)
    # The sender's clock is followed: a start that is a little off changes the pitch by up to 0.5 % for a moment.
    assert pitch_hz(sound) == pytest.approx(1000, rel=0.006)
    assert level_db(sound) == pytest.approx(SPEAKS_DB, abs=0.7)


def test_a_soft_page_is_levelled_when_wanted(unit: Unit, controller: Controller) -> None:
    """Also from the middle of it on; the next one begins as it is sent, for it may be somebody else's."""
    source = controller.add("soft", GROUP, PORT, latencyProfile="Low")
    ready(controller, source)
    soft = ("-af", "volume=0.4", "-ar", "48000", "-ac", "1", "-acodec", "libopus")
    controller.set("/audiocodec", "OPUS")

    def peak() -> float:
        return strength(now_heard(unit, 0.1), 1000)

    with unit.admin() as admin, parameters(admin, {"Audio.Live.Leveller": "no"}):
        with ffmpeg_sends(soft, GROUP, PORT, 30) as sends:
            until("it speaks", lambda: peak() > 0.045)
            since = position(unit)
            until_heard(unit, since, 1.0)
            tenths = heard_since(unit, since).samples[:RATE].reshape(10, -1)
            # Mostly: where the sender had no processor for a moment, there is nothing to hear.
            levels = [strength(tenth, 1000) for tenth in tenths]
            assert np.median(levels) == pytest.approx(0.05, rel=0.05)
            update(admin, Audio__Live__Leveller="yes")
            until("it is turned up", lambda: peak() > 0.05 * 10 ** (8 / 20))
            sends.terminate()
        controller.wait_until_silent()
        since = position(unit)
        with ffmpeg_sends(soft, GROUP, PORT, 30) as sends:
            until("it is turned up, too", lambda: peak() > 0.05 * 10 ** (8 / 20))
            sends.terminate()
        controller.wait_until_silent()
        heard = heard_since(unit, since).samples
        first = int(np.argmax(np.abs(heard) > 0.02))
        begin = strength(heard[first + RATE // 20 : first + RATE // 4], 1000)
        assert begin == pytest.approx(0.05, rel=0.1)


@pytest.mark.parametrize("loss", [0.05, 0.15])
def test_speech_goes_on_while_packets_are_lost(
    unit: Unit, controller: Controller, loss: float, figure: Callable[[str], None]
) -> None:
    """No hole of over 60 ms, and its energy is kept within 1 dB."""
    source = controller.add("lossy", GROUP, PORT)
    ready(controller, source)
    begin = position(unit)
    Speaker(tone(3.0), "PCMU", GROUP, PORT, loss=loss).join()
    controller.wait_until_silent()
    sound = spoken(unit, begin)
    figures = controller.state(source)["figures"]
    figure(
        f"{figures['lost']} of {figures['lost'] + figures['played']} packets lost: longest gap "
        f"{longest_gap_ms(sound)} ms, level {level_db(sound) - SPEAKS_DB:+.2f} dB"
    )
    assert figures["lost"] >= loss * 150 / 2
    assert longest_gap_ms(sound) <= 60
    assert level_db(sound) == pytest.approx(SPEAKS_DB, abs=1.0)


def test_jitter_of_twenty_milliseconds_drops_nothing(unit: Unit, controller: Controller) -> None:
    """With the Normal profile, packets out of order included."""
    controller.set("/audiocodec", "L16/16000")
    source = controller.add("uneven", GROUP, PORT)
    ready(controller, source)
    begin = position(unit)
    Speaker(tone(2.0), "L16/16000", GROUP, PORT, jitter_s=0.03)
    until("it speaks", lambda: controller.state(source)["speaking"])
    controller.wait_until_silent()
    figures = controller.state(source)["figures"]
    assert (figures["lost"], figures["late"], figures["restarts"]) == (0, 0, 0)
    assert longest_gap_ms(spoken(unit, begin)) == 0


def test_the_highest_that_plays_is_heard_and_settings_change_under_way(
    unit: Unit, controller: Controller
) -> None:
    """Pre-emption both ways, a new order while both speak, and a source that is removed while it speaks."""
    low = controller.add("low", GROUP, PORT, prio=2)
    high = controller.add("high", OTHER_GROUP, PORT, prio=1)
    ready(controller, low, high)
    first = Speaker(tone(12.0, 1000.0), "PCMU", GROUP, PORT)
    until("the low one is heard", lambda: is_heard(unit, 1000, 700))
    second = Speaker(tone(3.0, 700.0), "PCMU", OTHER_GROUP, PORT)
    until("the high one is heard alone", lambda: is_heard(unit, 700, 1000))
    states = {each["what"]: each["state"] for each in controller.playing()}
    assert states == {"multicast high": "playing", "multicast low": "paused"}
    controller.set(f"/sources/{low}/prio", 1)
    until("the order is turned", lambda: is_heard(unit, 1000, 700))
    controller.set(f"/sources/{high}/prio", 1)
    until("and turned back", lambda: is_heard(unit, 700, 1000))
    second.join()
    until("the low one is back when the high one has ended", lambda: is_heard(unit, 1000, 700))
    assert controller.state(low)["figures"]["restarts"] == 0
    controller.remove(low)
    controller.wait_until_silent()
    assert np.max(np.abs(now_heard(unit, 0.1))) < 1e-4
    first.end()


def test_clips_have_their_place_in_the_list(unit: Unit, controller: Controller) -> None:
    """Above a source a clip silences it; below it waits, and goes on where it was."""
    source = controller.add("page", GROUP, PORT, prio=1)
    ready(controller, source)
    clip = upload(controller.client, "tone", as_wav(tone(2.0, 700.0).astype(np.float64)))
    speaker = Speaker(tone(15.0, 1000.0), "PCMU", GROUP, PORT)
    until("the page is heard", lambda: is_heard(unit, 1000, 700))
    play(controller.client, clip, repeat="-1")
    until("the clip waits", lambda: "paused" in [each["state"] for each in controller.playing()])
    assert is_heard(unit, 1000, 700)
    controller.set("/sources/VAPIXMediaClip/prio", 1)
    until("the clip silences the page", lambda: is_heard(unit, 700, 1000))
    controller.set("/enabled", False)
    speaker.end()
    controller.client.get("/axis-cgi/stopclip.cgi")
    controller.wait_until_silent()
    remove(controller.client, clip)


def test_hostile_packets_are_counted_and_disturb_nobody(unit: Unit, controller: Controller) -> None:
    """Junk, other senders and a flood in the same group, while somebody speaks."""
    source = controller.add("attacked", GROUP, PORT, prio=1)
    beside = controller.add("beside", OTHER_GROUP, PORT)
    ready(controller, source, beside)
    begin = position(unit)
    speaker = Speaker(tone(2.5), "PCMU", OTHER_GROUP, PORT)
    until("it is heard", lambda: is_heard(unit, 1000, 700))
    with group_socket() as stranger:
        for number in range(4_000):
            junk = os.urandom(number % 300) if number % 2 else b"\x80\x00" + os.urandom(170)
            stranger.sendto(junk, (GROUP, PORT))
    speaker.join()
    until("it was counted", lambda: controller.state(source)["figures"]["flooded"])
    controller.wait_until_silent()
    figures = controller.state(source)["figures"]
    assert figures["malformed"] > 50
    assert not controller.state(source)["speaking"]
    assert longest_gap_ms(spoken(unit, begin)) == 0
    assert controller.state(beside)["figures"]["lost"] == 0


def test_an_encrypted_source_is_heard_with_its_key(unit: Unit, controller: Controller) -> None:
    """FFmpeg encrypts; somebody without the key is not heard in the same group."""
    key = bytes(range(60, 90))
    source = controller.add("secret", GROUP, PORT, srtpKey=key.hex(), latencyProfile="Low")
    ready(controller, source)
    plain = Speaker(tone(0.5, 700.0), "PCMU", GROUP, PORT)
    plain.join()
    until("it was refused", lambda: controller.state(source)["figures"]["unsealed"] >= 25)
    assert controller.playing() == []
    begin = position(unit)
    arguments = ("-ar", "8000", "-ac", "1", "-acodec", "pcm_mulaw")
    secret = base64.b64encode(key).decode()
    with ffmpeg_sends(arguments, GROUP, PORT, 1.0, srtp_key=secret):
        until("it speaks", lambda: controller.state(source)["speaking"])
    controller.wait_until_silent()
    assert pitch_hz(spoken(unit, begin)) == pytest.approx(1000, rel=0.006)
    assert controller.state(source)["encrypted"] is True


def test_a_worker_that_dies_is_replaced(unit: Unit, controller: Controller) -> None:
    """Whoever speaks is heard again, without anybody doing anything."""
    source = controller.add("lasting", GROUP, PORT, latencyProfile="Low")
    ready(controller, source)
    speaker = Speaker(tone(12.0), "PCMU", GROUP, PORT)
    until("it is heard", lambda: is_heard(unit, 1000, 700))
    found = subprocess.run(
        ["pgrep", "-P", str(unit.processes()["audio"]), "-f", "daemons.audio.multicast.receive"],
        capture_output=True,
        text=True,
        check=True,
    )
    [worker] = found.stdout.split()
    os.kill(int(worker), 9)
    until("it is silent", lambda: not controller.playing())
    until("it is heard again", lambda: is_heard(unit, 1000, 700))
    speaker.end()


@pytest.mark.parametrize("profile", ["Normal", "Low", "UltraLow"])
def test_a_profile_has_the_latency_it_promises(
    unit: Unit, controller: Controller, profile: str, figure: Callable[[str], None]
) -> None:
    """From the first packet on the network to the loudspeaker: the profile, and what card and engine hold."""
    promised_ms = {"Normal": 200, "Low": 80, "UltraLow": 40}[profile]
    source = controller.add("click", GROUP, PORT, latencyProfile=profile)
    ready(controller, source)
    begin = position(unit)
    speaker = Speaker(tone(1.0), "PCMU", GROUP, PORT)
    speaker.join()
    controller.wait_until_silent()
    played = heard_since(unit, begin)
    first = int(np.flatnonzero(np.abs(played.samples) > 0.1)[0])
    heard_ns = played.first_sample_monotonic_ns + first * 1_000_000_000 // RATE
    took_ms = (heard_ns - speaker.began_ns) / 1e6
    figure(f"{profile}: {took_ms:.0f} ms from the first packet to the loudspeaker")
    assert promised_ms - 20 < took_ms < promised_ms + 150
    assert strength(played.samples[first + RATE // 5 : first + RATE // 2], 1000) > 0.4
