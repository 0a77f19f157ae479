"""The tap for somebody who is heard here at the same time: what the speaker plays does not come back to them."""

from collections.abc import Callable

import pytest

from tests.contract.input_rig import RATE, Listening, input_rig, level_db, loudest, voice
from tests.contract.private_bus import PrivateBus, eventually

pytestmark = pytest.mark.alone

ECHO = "AudioSource.A0.DynamicProcessing.EchoCancellingEnabled"


def lowered_db(raw: Listening, processed: Listening, last_s: float = 1.0) -> float:
    """Return by how much the last of the echo is lowered; 0 while there is too little to tell."""
    before, after = raw.last(last_s), processed.last(last_s)
    if min(len(before), len(after)) < last_s * RATE or level_db(before) < -50:
        return 0.0
    return level_db(before) - level_db(after)


@pytest.mark.covers("M-AUD-08", part="calls")
async def test_a_talk_is_without_echo_whatever_the_parameter_says(
    bus: PrivateBus, figure: Callable[[str], None]
) -> None:
    """At least 20 dB less while the tap is open, other settings changed meanwhile; afterwards all is as it was."""
    async with input_rig(bus) as rig:
        await rig.on()
        await rig.room(coupling_db=-20, delay_ms=5, reverb_ms=200)
        plain, raw = await rig.listen(), await rig.listen("input-raw")
        await rig.play(voice(40.0, seed=1, rms=0.1), "page")
        await eventually(lambda: raw.frames and loudest(raw.last(0.2)) > 0.01, "the echo")
        await raw.more(0.5)
        assert lowered_db(raw, plain, 0.4) == pytest.approx(0, abs=0.1)
        talk, other = await rig.listen("talk"), await rig.listen("talk")
        await eventually(lambda: lowered_db(raw, talk) >= 20, "no echo", 20)
        figure(f"{lowered_db(raw, talk):.1f} dB of echo return loss enhancement")
        state = await rig.input_state_with(lambda _state: True)
        assert state["echo_cancellation"] is False
        other.close()
        rig.listening.remove(other)
        await rig.set(Audio__Input__NoiseSuppression="yes")
        await rig.set(Audio__Input__NoiseSuppression="no")
        await talk.more(1.5)
        assert lowered_db(raw, talk) >= 15
        talk.close()
        rig.listening.remove(talk)
        await eventually(lambda: abs(lowered_db(raw, plain, 0.5)) < 0.1, "the echo again", 10)
        assert plain.gaps == 0


async def test_a_talk_and_the_parameter_do_not_stand_in_each_others_way(bus: PrivateBus) -> None:
    """With the parameter on, the end of a talk switches nothing off."""
    async with input_rig(bus) as rig:
        await rig.set(**{ECHO.replace(".", "__"): "yes"})
        await rig.on()
        await rig.room(coupling_db=-20, delay_ms=5, reverb_ms=200)
        plain, raw = await rig.listen(), await rig.listen("input-raw")
        talk = await rig.listen("talk")
        await rig.play(voice(30.0, seed=1, rms=0.1), "page")
        await eventually(lambda: lowered_db(raw, plain) >= 20, "no echo", 20)
        talk.close()
        rig.listening.remove(talk)
        await raw.more(1.5)
        assert lowered_db(raw, plain) >= 15


async def test_a_talk_ends_when_the_input_is_switched_off(bus: PrivateBus) -> None:
    """As every tap of the input does."""
    async with input_rig(bus) as rig:
        await rig.on()
        talk = await rig.listen("talk")
        await talk.more(0.2)
        await rig.set(AudioSource__A0__AudioSupport="no")
        await eventually(lambda: talk.ended, "the tap ends")
