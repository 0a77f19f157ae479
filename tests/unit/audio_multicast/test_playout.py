"""What a multicast source sounds like after a network has done to it what networks do."""

import random
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemons.audio.foreign_clock import ClockFollower
from daemons.audio.multicast.encodings import BY_NAME, PCMU
from daemons.audio.multicast.opus import OpusDecoder
from daemons.audio.multicast.playout import END_S, Playout
from daemons.audio.multicast.profiles import PROFILES
from daemons.audio.multicast.rtp import Packet, build
from daemons.audio.multicast.srtp import SrtpSession
from tests.unit.audio_multicast.network import (
    RATE,
    Network,
    Receiver,
    level_db,
    packets,
    pitch_hz,
    receive,
    tone,
)

NORMAL = PROFILES["Normal"]
SPEAKS_DB = level_db(tone(1.0))


@pytest.mark.parametrize("name", BY_NAME)
def test_every_encoding_comes_through_at_its_pitch_and_level(name: str) -> None:
    """1 kHz is 1 kHz, as loud as it was, while numbers and time stamps wrap."""
    heard = receive(name, Network())
    assert pitch_hz(heard.speech) == pytest.approx(1000, abs=1)
    assert level_db(heard.speech) == pytest.approx(SPEAKS_DB, abs=0.3)
    figures = heard.playout.figures
    assert (figures.lost, figures.late, figures.duplicate, figures.restarts) == (0, 0, 0, 0)


@pytest.mark.parametrize("loss", [0.05, 0.15])
@pytest.mark.parametrize("name", ["PCMU", "PCMA", "G722", "OPUS", "L16/16000", "L16/44100"])
def test_lost_packets_leave_no_holes(name: str, loss: float) -> None:
    """At 5 and 15 % loss the tone goes on: no gap of over 60 ms, and its energy is kept within 1 dB."""
    heard = receive(name, Network(loss=loss), seconds=5.0)
    assert heard.playout.figures.lost >= loss * 250 / 2
    assert heard.longest_gap_ms <= 60
    assert level_db(heard.speech) == pytest.approx(SPEAKS_DB, abs=1.0)
    assert pitch_hz(heard.speech) == pytest.approx(1000, abs=1)


@pytest.mark.parametrize("name", ["PCMU", "OPUS"])
def test_a_network_that_reorders_and_doubles_loses_nothing(name: str) -> None:
    """Jitter beyond the distance of packets turns their order; each is played once, in its place."""
    heard = receive(name, Network(jitter_s=0.05, doubled=0.2))
    figures = heard.playout.figures
    assert figures.played == 150
    assert (figures.lost, figures.late) == (0, 0)
    assert figures.duplicate > 10
    assert heard.longest_gap_ms == 0


def test_twenty_milliseconds_of_jitter_are_nothing_to_the_normal_profile() -> None:
    """Not one packet is dropped, and the sound is that of a network without jitter."""
    still = receive("L16/16000", Network()).speech
    shaken = receive("L16/16000", Network(jitter_s=0.02))
    assert shaken.playout.figures.lost == shaken.playout.figures.late == 0
    assert level_db(shaken.speech) == pytest.approx(level_db(still), abs=0.01)


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_waits_as_long_as_it_says(profile: str) -> None:
    """From the arrival of the first packet to the first period; the rest of the latency lies in the engine."""
    heard = receive("PCMU", Network(), profile=profile)
    # Two packets prove a sender; the first one's time counts all the same.
    assert heard.first_s - 10.0 == pytest.approx(PROFILES[profile].receiver_s, abs=0.006)


def test_the_shortest_profile_grows_with_its_network() -> None:
    """40 ms are too little for 60 ms of jitter: it waits longer, within its bound, and loses little."""
    heard = receive("PCMU", Network(jitter_s=0.06, calm=50), profile="UltraLow", seconds=6.0)
    figures = heard.playout.figures
    bound_ms = 1000 * (PROFILES["UltraLow"].receiver_s + PROFILES["UltraLow"].growth_s)
    assert 1000 * PROFILES["UltraLow"].receiver_s < figures.delay_ms <= bound_ms
    assert figures.lost <= 15
    assert heard.longest_gap_ms <= 60


@pytest.mark.parametrize("ppm", [-200.0, 200.0])
def test_a_senders_clock_is_followed(ppm: float) -> None:
    """Over two minutes at 200 ppm nothing is dropped or made up, and the engine's buffer stays as full as it should."""
    sent = packets(np.tile(tone(1.0), 120), BY_NAME["L16/16000"])
    arrivals = Network(ppm=ppm, jitter_s=0.004).deliver(sent, 0.02)
    receiver = Receiver(Playout(BY_NAME["L16/16000"], NORMAL))
    follower = ClockFollower(NORMAL.engine_frames)
    pulled, played = np.zeros(480, np.float32), 0
    fills, corrections = [], []
    for step in range(12_000):
        until_s = 10.0 + 0.01 * step
        due = [each for each in arrivals[:3] if each[0] <= until_s]
        del arrivals[: len(due)]
        before = len(receiver.periods)
        receiver.take(due, until_s)
        for period in receiver.periods[before:]:
            follower.push(period)
        played += follower.pull(pulled, until_s - receiver.last_s) > 0
        if step > 4_000:
            fills.append(follower.fill_frames)
            corrections.append(follower.correction * 1e6)
    figures = receiver.playout.figures
    assert (figures.lost, figures.late, figures.restarts, figures.concealed_ms) == (0, 0, 0, 0)
    assert follower.dropped_frames == 0
    assert played >= 12_000 - 25
    assert abs(np.mean(fills) - NORMAL.engine_frames) < 600
    # The engine takes as many samples too few or too many as the sender's clock gives.
    assert np.mean(corrections) == pytest.approx(-ppm, abs=40)


def test_a_sender_that_pauses_is_silent_and_then_in_time() -> None:
    """No packets come while nothing is said; the next come with the time they were spoken at."""
    sent = packets(tone(3.0), PCMU)
    paused = sent[:50] + sent[65:]
    spoken = [
        replace(packet, sequence=(65_500 + number) % 2**16) for number, packet in enumerate(paused)
    ]
    due = [number for number in range(150) if not 50 <= number < 65]
    arrivals = [(10 + 0.02 * when, build(packet)) for when, packet in zip(due, spoken, strict=True)]
    heard = Receiver(Playout(PCMU, NORMAL)).take(arrivals, 14.6).heard()
    assert heard.playout.figures.lost == 0
    begin = int(np.flatnonzero(np.abs(heard.sound) > 0.05)[0])
    pause = heard.sound[begin + round(1.13 * RATE) : begin + round(1.29 * RATE)]
    assert np.max(np.abs(pause)) < 0.01
    assert (
        level_db(heard.sound[begin + round(1.32 * RATE) : begin + round(2.9 * RATE)])
        > SPEAKS_DB - 0.3
    )


def test_comfort_noise_is_no_sound_and_no_end() -> None:
    """A sender that says it is silent has not stopped, however long that lasts."""
    sent = packets(tone(0.5), PCMU)
    last = sent[-1]
    quiet = [
        Packet(
            13,
            (last.sequence + n) % 2**16,
            (last.timestamp + 160 * 20 * n) % 2**32,
            77,
            False,
            b"\x40",
        )
        for n in range(1, 7)
    ]
    arrivals = Network().deliver(sent, 0.02)
    arrivals += [(10.5 + 0.4 * number, build(packet)) for number, packet in enumerate(quiet)]
    receiver = Receiver(Playout(PCMU, NORMAL)).take(arrivals, 12.6)
    assert receiver.ended_s is None
    assert receiver.take([], 14.0).ended_s is not None
    assert receiver.playout.figures.unknown == 0


def test_the_first_sender_is_heard_until_it_is_silent() -> None:
    """Another one in the same group is counted, and comes in once the first has paused."""
    first, second = packets(tone(2.0), PCMU), packets(tone(2.0, 700.0), PCMU, ssrc=5)
    arrivals = Network().deliver(first, 0.02) + Network().deliver(second, 0.02, begin_s=11.0)
    arrivals.sort(key=lambda arrival: arrival[0])
    receiver = Receiver(Playout(PCMU, NORMAL))
    while_first = receiver.take([each for each in arrivals if each[0] < 12.0], 12.05).heard()
    assert pitch_hz(while_first.speech) == pytest.approx(1000, abs=2)
    assert receiver.playout.figures.foreign == 50
    assert receiver.playout.figures.restarts == 0
    begun = len(receiver.periods)
    receiver.take([each for each in arrivals if each[0] >= 12.0], 13.3)
    after = np.concatenate(receiver.periods[begun + 60 :])
    assert pitch_hz(after[-RATE // 2 :]) == pytest.approx(700, abs=3)
    assert receiver.playout.figures.restarts == 1


def test_of_two_who_begin_at_once_one_is_heard() -> None:
    """Their packets come by turns, and so no two of one in a row."""
    first, second = packets(tone(1.0), PCMU), packets(tone(1.0, 700.0), PCMU, ssrc=5)
    arrivals = Network().deliver(first, 0.02) + Network().deliver(second, 0.02, begin_s=10.005)
    arrivals.sort(key=lambda arrival: arrival[0])
    heard = Receiver(Playout(PCMU, NORMAL)).take(arrivals, 12.6).heard()
    assert pitch_hz(heard.speech) == pytest.approx(1000, abs=3)
    assert (heard.playout.figures.played, heard.playout.figures.foreign) == (50, 49)


def test_whoever_floods_a_group_with_senders_keeps_nobody_from_beginning() -> None:
    """4000 packets a second, each of another sender, around one who speaks."""
    chance = random.Random(5)
    spoken = Network().deliver(packets(tone(1.0), PCMU), 0.02)
    flood = [
        (
            9.9 + number / 4_000,
            build(
                Packet(0, chance.getrandbits(16), 0, chance.getrandbits(32) | 1024, False, b"junk")
            ),
        )
        for number in range(4_800)
    ]
    arrivals = sorted(spoken + flood, key=lambda arrival: arrival[0])
    heard = Receiver(Playout(PCMU, NORMAL)).take(arrivals, 12.6).heard()
    assert heard.playout.figures.played == 50
    assert heard.longest_gap_ms == 0


def test_a_packet_of_long_ago_proves_no_sender() -> None:
    """Its time would be taken for the beginning."""
    sent = packets(tone(1.0), PCMU)
    arrivals = [(10.0, build(sent[0])), *Network().deliver(sent[1:], 0.02, begin_s=15.0)]
    receiver = Receiver(Playout(PCMU, NORMAL)).take(arrivals, 17.5)
    assert len(receiver.periods) < 230
    assert receiver.playout.figures.played == 49


def test_a_sender_that_begins_anew_is_followed() -> None:
    """Numbers and stamps jump, with the same SSRC: after two packets the new count holds."""
    first = packets(tone(1.0), PCMU)
    second = packets(tone(1.5), PCMU, sequence=20_000, timestamp=123)
    arrivals = Network().deliver(first + second, 0.02)
    heard = Receiver(Playout(PCMU, NORMAL)).take(arrivals, 14.2).heard()
    assert heard.playout.figures.restarts == 1
    assert level_db(heard.sound[-round(2.2 * RATE) : -round(1.4 * RATE)]) > SPEAKS_DB - 1


@pytest.mark.parametrize("jump", [-(2**30), -80_000, 80_000, 2**30])
def test_a_clock_that_jumps_is_followed_and_one_wrong_stamp_is_not(jump: int) -> None:
    """Four packets in a row make a new time; one alone is left out like a lost one."""

    def wrong(packet: Packet) -> Packet:
        return replace(packet, timestamp=(packet.timestamp + jump) % 2**32)

    sent = packets(tone(3.0), PCMU)
    one = [*sent[:70], wrong(sent[70]), *sent[71:]]
    heard = Receiver(Playout(PCMU, NORMAL)).take(Network().deliver(one, 0.02), 14.6).heard()
    assert heard.playout.figures.restarts == 0
    assert heard.longest_gap_ms <= 20
    for_good = sent[:70] + [wrong(packet) for packet in sent[70:]]
    heard = Receiver(Playout(PCMU, NORMAL)).take(Network().deliver(for_good, 0.02), 14.6).heard()
    assert heard.playout.figures.restarts == 1
    assert heard.playout.figures.played >= 140


def test_a_source_ends_a_second_after_its_last_packet() -> None:
    """Then another sender may come, and the engine gets nothing more."""
    heard = receive("PCMU", Network(), seconds=1.0)
    assert heard.ended_s is not None
    assert heard.ended_s - 10.98 == pytest.approx(END_S, abs=0.02)
    assert not heard.playout.active


@pytest.mark.parametrize("name", ["PCMU", "OPUS"])
def test_what_is_made_up_fades_within_120_ms(name: str) -> None:
    """After the last packet of a source the tone does not linger."""
    heard = receive(name, Network(), seconds=1.0)
    loud = np.flatnonzero(np.abs(heard.sound) > 0.02)
    assert 0.95 * RATE < loud[-1] - loud[0] < 1.13 * RATE


def test_one_stray_packet_makes_no_sound() -> None:
    """A sender is believed after two in a row."""
    receiver = Receiver(Playout(PCMU, NORMAL))
    receiver.take([(10.0, build(packets(tone(0.1), PCMU)[0]))], 11.0)
    assert not receiver.playout.active
    assert receiver.periods == []


def test_payload_types_nobody_plays_are_counted() -> None:
    """GSM, video and RTCP make no sound."""
    sent = packets(tone(0.5), PCMU)
    playout = Playout(PCMU, NORMAL)
    for type_ in (3, 26, 95):
        for packet in sent:
            playout.receive(build(replace(packet, payload_type=type_)), 10.0)
    assert playout.figures.unknown == 2 * len(sent)
    assert playout.figures.malformed == len(sent)
    assert not playout.active


@pytest.mark.parametrize(("name", "payload"), [("OPUS", b"\xff\xff"), ("L16/16000", b"odd")])
def test_payload_that_is_no_sound_is_made_up_for(name: str, payload: bytes) -> None:
    """What the codec refuses counts as malformed, and is replaced as if it were lost, after a lost one too."""
    encoding = BY_NAME[name]
    spoilt = [
        replace(packet, payload=payload) if n in (40, 60, 61) else packet
        for n, packet in enumerate(packets(tone(2.0), encoding))
    ]
    del spoilt[39]
    arrivals = Network().deliver(spoilt, 0.02)
    heard = Receiver(Playout(encoding, NORMAL)).take(arrivals, 13.6).heard()
    assert (heard.playout.figures.malformed, heard.playout.figures.lost) == (3, 1)
    assert heard.longest_gap_ms <= 30  # what libopus makes up of two packets fades


def test_opus_that_is_nonsense_is_no_louder_than_full_scale() -> None:
    """There libopus makes samples in the millions, which would hold the limiter down long after."""
    chance = random.Random(3)
    decoder = OpusDecoder()
    loudest = 0.0
    for _ in range(2_000):
        with suppress(ValueError):
            loudest = max(loudest, float(np.max(np.abs(decoder.decode(chance.randbytes(60))))))
    assert 0.5 < loudest <= 1.0


@given(st.lists(st.binary(max_size=120), max_size=40))
def test_no_bytes_do_any_harm(datagrams: list[bytes]) -> None:
    """Whatever comes, the receiver goes on, and gives whole periods of samples within bounds."""
    receiver = Receiver(Playout(PCMU, PROFILES["UltraLow"]))
    spoken = Network().deliver(packets(tone(0.3), PCMU), 0.02)
    junk = [(10.0 + 0.005 * number, content) for number, content in enumerate(datagrams)]
    receiver.take(sorted(spoken + junk, key=lambda arrival: arrival[0]), 11.6)
    assert all(len(period) == 480 for period in receiver.periods)
    assert all(np.max(np.abs(period)) < 1.5 for period in receiver.periods)
    assert receiver.playout.figures.played >= 14


@given(
    st.sampled_from(("PCMU", "G722", "OPUS", "L16/16000")),
    st.integers(0, 49),
    st.integers(0, 2**16 - 1),
    st.integers(0, 2**32 - 1),
    st.integers(0, 127),
    st.binary(max_size=400),
)
def test_no_packet_of_the_same_sender_does_harm(
    name: str, lost: int, sequence: int, timestamp: int, type_: int, payload: bytes
) -> None:
    """Somebody who knows the SSRC can disturb with one packet, but not silence, whatever else is lost."""
    encoding = BY_NAME[name]
    sent = packets(tone(0.6), encoding)
    wrong = build(Packet(type_, sequence, timestamp, 77, False, payload))
    arrivals = Network().deliver(sent, 0.02)
    arrivals.insert(10, (arrivals[10][0], wrong))
    del arrivals[lost : lost + 1]
    receiver = Receiver(Playout(encoding, PROFILES["Low"])).take(arrivals, 12.0)
    assert receiver.playout.figures.played >= 23
    assert all(np.max(np.abs(period)) < 1.5 for period in receiver.periods)


def test_another_profile_is_taken_over_without_a_gap() -> None:
    """While somebody speaks the wait grows in small steps."""
    receiver = Receiver(Playout(PCMU, PROFILES["UltraLow"]))
    arrivals = Network().deliver(packets(tone(3.0), PCMU), 0.02)
    receiver.take([each for each in arrivals if each[0] < 11.0], 11.0)
    receiver.playout.configure(PCMU, NORMAL)
    heard = receiver.take([each for each in arrivals if each[0] >= 11.0], 14.5).heard()
    assert heard.longest_gap_ms == 0
    assert heard.playout.figures.lost == 0
    assert heard.playout.figures.delay_ms == pytest.approx(1000 * NORMAL.receiver_s, abs=1)


@pytest.mark.parametrize("length", [30, 46])
def test_an_encrypted_source_is_heard_with_its_key_only(length: int) -> None:
    """AES with 128 and 256 bits; what is not sealed with the key, or comes twice, is counted."""
    key = bytes(range(length))
    sealing = SrtpSession(key, sends=True)
    sent = packets(tone(1.5), PCMU)
    sealed = [sealing.seal(build(packet)) for packet in sent]
    assert all(
        build(packet)[12:] not in cipher for packet, cipher in zip(sent, sealed, strict=True)
    )
    arrivals = [(10 + 0.02 * number, cipher) for number, cipher in enumerate(sealed)]
    right = Receiver(Playout(PCMU, NORMAL, SrtpSession(key)))
    plain = [(at_s, build(packet)) for (at_s, _), packet in zip(arrivals, sent, strict=True)]
    mixed = sorted(arrivals + arrivals[10:20] + plain, key=lambda arrival: arrival[0])
    heard = right.take(mixed, 13.2).heard()
    assert pitch_hz(heard.speech) == pytest.approx(1000, abs=2)
    assert heard.playout.figures.unsealed == len(plain) + 10
    wrong = Receiver(Playout(PCMU, NORMAL, SrtpSession(key[::-1]))).take(arrivals, 12.0)
    assert wrong.playout.figures.unsealed == len(arrivals)
    assert wrong.periods == []
