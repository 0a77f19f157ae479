"""Pages that the unit sends to multicast groups, as other units and FFmpeg receive them."""

import socket
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile

from daemons.audio.multicast.rtp import Packet, parse, sequence_step, timestamp_step
from tests.contract.multicast_rig import (
    Controller,
    group_member,
    longest_gap_ms,
    ready,
    receiving,
    spoken,
)
from tests.heard import as_wav, level_db, pitch_hz, position
from tests.playing import remove, update, upload
from tests.suite import Unit, until
from tests.unit.audio_multicast.network import tone

GROUP = "239.7.7.20"
PORT = 5620
SPEAKS_DB = level_db(tone(1.0).astype(np.float64))
PAGE = "/api/multicast/page"


@pytest.fixture
def controller(unit: Unit) -> Iterator[Controller]:
    """A controller that is switched on, without sources; at the end nothing is being sent any more."""
    with receiving(unit) as switched_on:
        yield switched_on
        for page in switched_on.client.get(PAGE).json():
            switched_on.client.post(f"{PAGE}/stop", json={"id": page["id"]})
        until("nothing is sent", lambda: switched_on.client.get(PAGE).json() == [])


@pytest.fixture
def clip(controller: Controller) -> Iterator[int]:
    """A clip of one second of 1 kHz."""
    number = upload(controller.client, "tone", as_wav(tone(1.0).astype(np.float64)))
    yield number
    remove(controller.client, number)


def send(controller: Controller, clip: int, codec: str, port: int = PORT) -> str:
    """Send a clip to the group."""
    page = {"clip": clip, "group": GROUP, "port": port, "codec": codec}
    answer = controller.client.post(PAGE, json=page)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


@pytest.mark.parametrize("codec", ["PCMU", "G722", "OPUS", "L16/44100/2"])
def test_a_page_is_heard_by_a_unit_of_ours(
    unit: Unit, controller: Controller, clip: int, codec: str
) -> None:
    """The whole clip, at its pitch and level, without a hole of over 60 ms."""
    controller.set("/audiocodec", codec)
    source = controller.add("ourselves", GROUP, PORT)
    ready(controller, source)
    begin = position(unit)
    send(controller, clip, codec)
    until("it is heard", lambda: controller.state(source)["speaking"])
    controller.wait_until_silent()
    sound = spoken(unit, begin)
    assert pitch_hz(sound) == pytest.approx(1000, rel=0.006)
    assert level_db(sound) == pytest.approx(SPEAKS_DB, abs=0.5)
    # A sender that is kept from its time by a busy computer is concealed, as a network's losses are.
    assert longest_gap_ms(sound) <= 60


def test_packets_are_numbered_timed_and_marked_for_the_network(
    controller: Controller, clip: int
) -> None:
    """Numbers and stamps without a gap, one SSRC, a marker at the beginning; TTL and DSCP as set."""
    update(controller.client, Audio__DSCP="46", Audio__Multicast__TTL="0")
    with group_member(GROUP, PORT) as member:
        send(controller, clip, "PCMU")
        received: list[Packet] = []
        notes: set[tuple[int, int]] = set()
        while len(received) < 50:
            datagram, ancillary, _flags, _sender = member.recvmsg(2048, 256)
            packet = parse(datagram)
            assert packet is not None
            received.append(packet)
            notes |= {(kind, data[0]) for _level, kind, data in ancillary}
    assert (socket.IP_TOS, 46 << 2) in notes
    assert (socket.IP_TTL, 0) in notes
    assert {packet.ssrc for packet in received} == {received[0].ssrc}
    assert {packet.payload_type for packet in received} == {0}
    assert [packet.marker for packet in received] == [True] + [False] * 49
    for before, after in pairwise(received):
        assert sequence_step(after.sequence, before.sequence) == 1
        assert timestamp_step(after.timestamp, before.timestamp) == 160
    update(controller.client, Audio__DSCP="0", Audio__Multicast__TTL="5")


def test_ffmpeg_understands_a_page(controller: Controller, clip: int, tmp_path: Path) -> None:
    """A stranger's receiver, told by an SDP alone."""
    description = tmp_path / "page.sdp"
    description.write_text(
        f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=page\nc=IN IP4 {GROUP}/1\nt=0 0\n"
        f"m=audio {PORT} RTP/AVP 97\na=rtpmap:97 opus/48000/2\n"
    )
    heard = tmp_path / "heard.wav"
    update(controller.client, Audio__Multicast__TTL="0")
    with subprocess.Popen(
        [
            *("ffmpeg", "-v", "error", "-localaddr", "127.0.0.1"),
            *("-protocol_whitelist", "file,rtp,udp", "-i", str(description)),
            *("-t", "0.7", "-ac", "1", "-ar", "48000", str(heard)),
        ],
        stdin=subprocess.DEVNULL,
    ) as receiver:
        until("FFmpeg is a member", lambda: _is_member(PORT))
        send(controller, clip, "OPUS")
        assert receiver.wait(30) == 0
    update(controller.client, Audio__Multicast__TTL="5")
    samples, rate = soundfile.read(heard)
    middle = samples[rate // 5 : rate // 2]
    assert pitch_hz(middle, rate) == pytest.approx(1000, abs=4)
    assert level_db(middle) == pytest.approx(SPEAKS_DB, abs=1.0)


def _is_member(port: int) -> bool:
    bound = Path("/proc/net/udp").read_text().splitlines()
    return any(f":{port:04X} " in line for line in bound)


def test_what_is_sent_is_told_and_can_be_stopped(controller: Controller, clip: int) -> None:
    """Up to four pages at once; a stopped one is gone, and so is one that is over."""
    pages = [send(controller, clip, "PCMU", PORT + number) for number in range(4)]
    told = controller.client.get(PAGE).json()
    assert [each["id"] for each in told] == pages
    assert told[0].items() >= {
        "what": "tone", "kind": "clip", "group": GROUP, "port": PORT, "codec": "PCMU",
    }.items()  # fmt: skip
    page = {"clip": clip, "group": GROUP, "port": PORT, "codec": "PCMU"}
    assert controller.client.post(PAGE, json=page).status_code == 409
    answer = controller.client.post(f"{PAGE}/stop", json={"id": pages[0]})
    assert answer.status_code == 200
    assert pages[0] not in [each["id"] for each in controller.client.get(PAGE).json()]
    until("the others are over", lambda: controller.client.get(PAGE).json() == [])
    assert controller.client.post(f"{PAGE}/stop", json={"id": pages[1]}).status_code == 404


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"group": "10.1.1.1"}, 400),
        ({"group": "239.1.1.1; rm"}, 400),
        ({"port": 80}, 400),
        ({"port": 70_000}, 400),
        ({"codec": "MP3"}, 400),
        ({"clip": 99_999}, 404),
        ({"clip": -1}, 400),
    ],
)
def test_a_page_that_cannot_be_is_refused(
    controller: Controller, clip: int, change: dict[str, object], status: int
) -> None:
    """With the reason, and nothing is sent."""
    page = {"clip": clip, "group": GROUP, "port": PORT, "codec": "PCMU", **change}
    answer = controller.client.post(PAGE, json=page)
    assert answer.status_code == status
    assert answer.json()["error"]["message"]
    assert controller.client.get(PAGE).json() == []


def test_the_audio_input_is_sent_for_as_long_as_both_are_on(
    unit: Unit, controller: Controller
) -> None:
    """What the microphone hears reaches the group with its time; nobody stops it but its parameter."""
    admin = controller.client
    update(
        admin,
        AudioSource__A0__AudioSupport="yes",
        AudioSource__A0__InputGain="0",
        Audio__Multicast__Input__Address=GROUP,
        Audio__Multicast__Input__Port=str(PORT),
        Audio__Multicast__Input__Codec="L16/48000",
        Audio__Multicast__Input__Enabled="yes",
    )
    page = until("the input is sent", lambda: admin.get(PAGE).json())[0]
    assert (page["kind"], page["what"]) == ("input", "audio input")
    sound = as_wav(tone(2.0).astype(np.float64))
    with group_member(GROUP, PORT) as member:
        unit.client.post("/sim/microphone", content=sound).raise_for_status()
        received: list[Packet] = []
        while len(received) < 250:
            packet = parse(member.recv(2048))
            assert packet is not None
            received.append(packet)
    for before, after in pairwise(received):
        assert sequence_step(after.sequence, before.sequence) == 1
        # What a busy computer makes the tap drop are whole periods; the stamp tells, and the marker.
        step = timestamp_step(after.timestamp, before.timestamp)
        assert (step % 480, after.marker) == (0, step != 480)
    assert sum(packet.marker for packet in received[1:]) <= 5
    samples = np.frombuffer(b"".join(packet.payload for packet in received), ">i2") / 32_768
    loud = np.flatnonzero(np.abs(samples) > 0.05)
    middle = samples[loud[0] + 4_800 : loud[-1] - 4_800]
    assert pitch_hz(middle) == pytest.approx(1000, abs=3)
    assert longest_gap_ms(middle) == 0
    assert admin.post(f"{PAGE}/stop", json={"id": page["id"]}).status_code == 409
    update(admin, AudioSource__A0__AudioSupport="no")
    until("it is no longer sent", lambda: admin.get(PAGE).json() == [])
    update(admin, AudioSource__A0__AudioSupport="yes")
    until("it is sent again", lambda: admin.get(PAGE).json())
    update(admin, Audio__Multicast__Input__Enabled="no", AudioSource__A0__AudioSupport="no")
    until("it is no longer sent", lambda: admin.get(PAGE).json() == [])
