"""What is said in a call is heard at the other end, whatever dies meanwhile; a real phone on the other side."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import numpy as np
import pytest

from common.bus.audio import AudioInterface
from common.bus.suite import AUDIO
from common.errors import Unavailable
from common.sip import CallStatus
from tests.contract.private_bus import eventually
from tests.contract.sip_phone import Phone
from tests.contract.sip_rig import SipRig, needs_stack
from tests.contract.sip_sound import (
    ALIKE,
    PHONE_RATE,
    SAID_S,
    heard_by,
    likeness,
    rising,
    talking_phone,
)

pytestmark = [needs_stack, pytest.mark.alone]


@pytest.fixture
async def rig(rig: SipRig) -> SipRig:
    """The unit with SIP on, which listens and plays."""
    await rig.sound.on()
    return rig


@pytest.fixture
def caller(tmp_path: Path) -> Iterator[Phone]:
    """A phone whose user says the same again and again, with pauses in which the unit is heard."""
    with talking_phone(tmp_path) as running:
        yield running


async def until_unit_is_heard_at(
    rig: SipRig, first_sample: int = 0, within_s: float = 15.0
) -> None:
    """Wait until the loudspeaker has played what the caller says, after a sample."""
    async with asyncio.timeout(within_s):
        while True:
            heard, position = await rig.sound.speaker(4.0)
            heard = heard[max(0, first_sample - position) :]
            if likeness(heard.astype(np.float64), rising(SAID_S))[0] > ALIKE:
                return
            await asyncio.sleep(0.1)


async def until_phone_hears(rig: SipRig, caller: Phone, within_s: float = 15.0) -> None:
    """Say something into the microphone, again and again, until the phone has heard it."""
    said = rising(SAID_S, falls=True)
    before = len(heard_by(caller))
    async with asyncio.timeout(within_s):
        while True:
            await rig.sound.hears(said)
            await asyncio.sleep(SAID_S + 0.5)
            if (
                likeness(heard_by(caller)[before:], rising(SAID_S, PHONE_RATE, falls=True))[0]
                > ALIKE
            ):
                return


@asynccontextmanager
async def in_a_call(rig: SipRig, caller: Phone) -> AsyncIterator[str]:
    """The caller calls, and is answered."""
    caller.call(
        rig.uri.replace("sip:", "sip:speaker@")
    )  # this phone takes an address for a user's name
    await rig.until_told("(AcceptedByDevice)", "Active")
    yield (await rig.calls())[0].call_id
    caller.hang_up()


async def position(rig: SipRig) -> int:
    """Return which sample the loudspeaker is at."""
    return int((await rig.sound.speaker_state())["position"])


@pytest.mark.covers("M-HOW-08")
async def test_a_phone_calls_by_address_and_both_hear_each_other(
    rig: SipRig, caller: Phone
) -> None:
    """What the unit plays is a page, and says who calls; who hangs up ends all of it."""
    async with in_a_call(rig, caller):
        await until_unit_is_heard_at(rig)
        await until_phone_hears(rig, caller)
        audio = rig.http.proxy(AudioInterface, AUDIO)
        (playing,) = json.loads(await audio.now_playing())
        assert (playing["class"], playing["what"]) == ("page", "Call from phone@127.0.0.1")
    await rig.until_told("(Terminated)", "Idle")
    async with asyncio.timeout(5):
        while json.loads(await audio.now_playing()):
            await asyncio.sleep(0.02)


async def test_the_unit_calls_a_phone_and_both_hear_each_other(rig: SipRig, caller: Phone) -> None:
    """By its URI."""
    await rig.sip.call(caller.uri, "")
    await rig.until_told("(Initiated)", "Calling", "(AcceptedByRemote)", "Active")
    await until_unit_is_heard_at(rig, await position(rig))
    await until_phone_hears(rig, caller)
    await rig.rules.end_calls()
    await rig.until_told("(Terminated)", "Idle")
    await asyncio.to_thread(caller.wait, "CALL_CLOSED")


async def test_a_call_is_heard_again_when_audio_was_killed(rig: SipRig, caller: Phone) -> None:
    """Both ways, and nothing is told of it: the call goes on."""
    async with in_a_call(rig, caller):
        await until_unit_is_heard_at(rig, await position(rig))
        rig.running.audio.kill()
        await rig.running.start_audio()
        await until_unit_is_heard_at(rig, await position(rig))
        await until_phone_hears(rig, caller)
        assert rig.told() == []
    await rig.until_told("(Terminated)", "Idle")


async def test_an_input_that_is_switched_on_is_heard_in_calls_that_are_up(
    rig: SipRig, caller: Phone
) -> None:
    """Off, the caller is heard all the same."""
    await rig.sound.set(AudioSource__A0__AudioSupport="no")
    async with in_a_call(rig, caller):
        await until_unit_is_heard_at(rig, await position(rig))
        await rig.sound.on()
        await until_phone_hears(rig, caller)
    await rig.until_told("(Terminated)", "Idle")


async def test_who_stops_the_sound_of_a_call_ends_it(rig: SipRig, caller: Phone) -> None:
    """Nobody talks on to nobody."""
    async with in_a_call(rig, caller):
        await until_unit_is_heard_at(rig, await position(rig))
        audio = rig.http.proxy(AudioInterface, AUDIO)
        (playing,) = json.loads(await audio.now_playing())
        await audio.stop(playing["id"])
        await rig.until_told("(Terminated)", "Idle")
        await asyncio.to_thread(caller.wait, "CALL_CLOSED")
    assert (await rig.calls())[0].status_text == "its sound was stopped at the unit"


async def test_a_killed_stack_is_back_within_two_seconds(rig: SipRig, caller: Phone) -> None:
    """Its call is lost, and said to be; the next one works."""
    async with in_a_call(rig, caller):
        first = rig.running.stack_pid()
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await rig.until_told("(Failed)", "Idle")
        await rig.until_state(lambda state: state.running, timeout_s=5.0)
        assert rig.running.stack_pid() != first
    await asyncio.to_thread(caller.wait, "CALL_CLOSED")
    async with in_a_call(rig, caller):
        await until_unit_is_heard_at(rig, await position(rig))
    await rig.until_told("(Terminated)", "Idle")


async def test_a_killed_daemon_takes_its_stack_with_it_and_both_come_back(
    rig: SipRig, caller: Phone
) -> None:
    """With the settings; the state of all calls is Idle for who asks."""
    async with in_a_call(rig, caller):
        first = rig.running.stack_pid()
        rig.running.sip.kill()
        await eventually(lambda: not Path(f"/proc/{first}").exists(), "the stack ends by itself")
        await rig.running.start_sip()
        assert (await rig.rules.states())[0][2] == {"CallState": "Idle"}
        await rig.until_state(lambda state: state.running)
    rig.happened.clear()
    async with in_a_call(rig, caller):
        await until_unit_is_heard_at(rig, await position(rig))
    await rig.until_told("(Terminated)", "Idle")


async def test_a_call_goes_on_without_params(rig: SipRig, caller: Phone) -> None:
    """Settings cannot be changed meanwhile, and can be afterwards."""
    async with in_a_call(rig, caller):
        rig.running.params.kill()
        with pytest.raises(Unavailable):
            await rig.configure(CallingTimeout=30)
        await until_unit_is_heard_at(rig, await position(rig))
        await rig.running.start_params()
        async with asyncio.timeout(10):
            while True:
                try:
                    await rig.configure(CallingTimeout=31)
                except Unavailable:
                    await asyncio.sleep(0.05)
                else:
                    break
        assert json.loads(await rig.sip.configuration())["CallingTimeout"] == 31
    await rig.until_told("(Terminated)", "Idle")


async def test_a_stack_that_hangs_is_ended_and_another_one_works(
    rig: SipRig, caller: Phone
) -> None:
    """It says nothing for five seconds."""
    first = rig.running.stack_pid()
    assert first is not None
    os.kill(first, signal.SIGSTOP)
    await eventually(lambda: rig.running.stack_pid() not in (None, first), "another", 10.0)
    await rig.until_state(lambda state: state.running)
    async with in_a_call(rig, caller):
        await until_unit_is_heard_at(rig, await position(rig))
    await rig.until_told("(Terminated)", "Idle")


async def test_a_call_goes_on_without_the_bus(rig: SipRig, caller: Phone) -> None:
    """Its sound does not go by it; and it can be ended by it afterwards."""
    async with in_a_call(rig, caller) as id_:
        rig.running.bus.stop_broker()
        await until_unit_is_heard_at(rig, await position(rig))
        rig.running.bus.start_broker()
        calls: list[CallStatus] = []
        async with asyncio.timeout(20):
            while not calls:
                with suppress(Unavailable):
                    calls = await rig.calls()
                await asyncio.sleep(0.05)
        assert [each.call_state for each in calls if each.call_id == id_] == ["Active"]
        await rig.sip.terminate(id_)
        await asyncio.to_thread(caller.wait, "CALL_CLOSED")
