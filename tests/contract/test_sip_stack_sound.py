"""What is said at one end of a call is heard at the other, by every codec."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
import soundfile

from daemons.sip.stack import wire
from tests.contract.sip_phone import phone
from tests.contract.sip_sound import (
    again_and_again,
    likeness,
    line,
    rising,
    until_alike,
    write_wav,
)
from tests.contract.sip_stack_rig import P2P, Stack, settings, stack
from tests.suite import until

pytestmark = [
    pytest.mark.skipif(find_spec("pjsua2") is None, reason="the SIP stack is not built"),
    pytest.mark.alone,
]

PHONES = ("PCMU/8000", "PCMA/8000", "G722/16000", "GSM/8000", "L16/8000", "L16/16000", "L16/44100",
          "L16/48000", "opus/48000")  # fmt: skip
"""What baresip speaks too."""
OURS = ("G729/8000", "speex/8000", "speex/16000", "speex/32000")
"""What is tried between two of ours."""
LEAST = {"PCMU": 0.85, "PCMA": 0.85, "G722": 0.85, "L16": 0.85, "opus": 0.8, "GSM": 0.8,
         "G729": 0.45, "speex": 0.45}  # fmt: skip
"""How like what is heard must be; noise is about 0.1, and the last two keep the voice, not its wave."""


@pytest.fixture(scope="module")
def unit() -> Iterator[Stack]:
    """Run the stack for all of these tests."""
    with stack() as running:
        yield running


@pytest.fixture(scope="module")
def other() -> Iterator[Stack]:
    """Run a second one, for the codecs that the phone lacks."""
    with stack({"address": "127.0.0.1", "rtp_port": 41_000}) as running:
        yield running


def test_every_codec_of_the_build_is_tried_here(unit: Stack) -> None:
    """So that none is added without a test."""
    (ready,) = (notice for notice in unit.notices if isinstance(notice, wire.Ready))
    assert set(ready.codecs) == {*PHONES, *OURS}


@pytest.mark.parametrize("codec", PHONES)
def test_a_phone_and_the_unit_hear_each_other(unit: Stack, tmp_path: Path, codec: str) -> None:
    """Both at the same time, by what correlates with what was said."""
    name, rate = codec.split("/")
    said = write_wav(tmp_path / "said.wav", rising(rate=int(rate)), int(rate))
    unit.apply(codecs=(codec,))
    baresip = f"{name}/{'8000' if name == 'G722' else rate}/{2 if name == 'opus' else 1}"
    with phone(tmp_path / "phone", said, codecs=[baresip]) as caller:
        caller.call(unit.uri())
        call = unit.wait(wire.Incoming).call
        unit.order(wire.Answer(call))
        assert unit.state(call, "active", media=True).codec.lower() == codec.lower()
        with line(unit, call) as ours:
            ours.say(again_and_again(rising(falls=True)))
            _, level = until_alike(ours, rising(), LEAST[name])
            assert 0.6 < level < 1.7  # GSM has 0.66 or 0.72 of it; wrong by 6 dB would be 0.5 or 2
            until("the phone has heard the unit", lambda: _heard(caller.heard(), LEAST[name]), 8.0)
        caller.hang_up()
        unit.state(call, "ended")


def _heard(file: Path, least: float) -> bool:
    try:
        samples, rate = soundfile.read(file)
    except soundfile.LibsndfileError:  # nothing is in it yet
        return False
    return likeness(samples, rising(rate=rate, falls=True))[0] >= least


@pytest.mark.parametrize("codec", OURS)
def test_two_units_hear_each_other(unit: Stack, other: Stack, codec: str) -> None:
    """The same between two of ours."""
    for one in (unit, other):
        one.order(wire.Apply(settings(accounts=(P2P,), codecs=(codec,))))
    unit.order(wire.Dial(f"to-{codec}", "peer-to-peer", other.uri()))
    call = other.wait(wire.Incoming).call
    other.order(wire.Answer(call))
    assert unit.state(f"to-{codec}", "active", media=True).codec.lower() == codec.lower()
    other.state(call, "active", media=True)
    least = LEAST[codec.split("/")[0]]
    with line(unit, f"to-{codec}") as here, line(other, call) as there:
        here.say(again_and_again(rising()))
        there.say(again_and_again(rising(falls=True)))
        until_alike(there, rising(), least)
        until_alike(here, rising(falls=True), least)
    unit.order(wire.HangUp(f"to-{codec}"))
    other.state(call, "ended")
