"""SIPp as the other phone: what RFC 3261, 3262, 3264, 3311 and 4028 let a phone do, as another stack does it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from common.sip import CallStatus
from tests.contract.sip_rig import ADDRESS, SipRig, needs_stack
from tests.contract.sip_sipp import Scenario, Sipp, sdp, sipp

pytestmark = needs_stack


def calls(*headers: str, body: str = "") -> Scenario:
    """Call the unit."""
    return Scenario().ask("INVITE", *headers, body=body or sdp()).gets(100, optional=True)


async def run(rig: SipRig, folder: Path, scenario: Scenario, transport: str = "u1") -> Sipp:
    """Have SIPp play a scenario."""
    return await sipp(folder, scenario, f"{ADDRESS}:{rig.running.port}", transport=transport)


async def over(rig: SipRig, phone: Sipp) -> None:
    """Wait for the end of a scenario and of its call."""
    await phone.ends()
    await rig.until_calls(lambda calls: all(each.stop_time for each in calls))


def hung_up(scenario: Scenario) -> Scenario:
    """End the call."""
    return scenario.ask("BYE").gets(200)


@pytest.mark.parametrize("transport", ["u1", "t1"])
async def test_a_phone_calls_holds_and_goes_on(rig: SipRig, tmp_path: Path, transport: str) -> None:
    """Held in the way of today and in that of RFC 2543; by re-INVITE and by UPDATE."""
    scenario = calls().gets(200, rest="a=(sendrecv)").ask("ACK")
    for number, (method, direction, connection, answer) in enumerate(
        (
            ("INVITE", "inactive", "[media_ip]", "a=(inactive)"),
            ("INVITE", "sendrecv", "[media_ip]", "a=(sendrecv)"),
            ("INVITE", "sendonly", "0.0.0.0", "a=(recvonly|inactive)"),
            ("UPDATE", "sendrecv", "[media_ip]", "a=(sendrecv)"),
            ("UPDATE", "sendonly", "[media_ip]", "a=(recvonly)"),
        ),
        2,
    ):
        scenario.ask(method, body=sdp(number, direction, connection)).gets(100, optional=True)
        scenario.gets(200, rest=answer)
        if method == "INVITE":
            scenario.ask("ACK")
    await over(rig, await run(rig, tmp_path, hung_up(scenario), transport))
    assert (await rig.calls())[0].call_state_reason == "Terminated"


async def test_a_phone_that_lets_the_unit_offer(rig: SipRig, tmp_path: Path) -> None:
    """It has no description in its INVITE, and the answer in its ACK."""
    scenario = Scenario().ask("INVITE").gets(100, optional=True).gets(200, rest="(m=audio)")
    phone = await run(rig, tmp_path, hung_up(scenario.ask("ACK", body=sdp()).waits(500)))
    await rig.until_calls(lambda calls: any(each.audio_codec == "PCMU/8000" for each in calls))
    await over(rig, phone)


async def test_a_phone_that_gives_up(rig: SipRig, tmp_path: Path) -> None:
    """While it rings."""
    await rig.ring()
    scenario = calls().gets(180).ask("CANCEL", back=3).gets(200).gets(487).ask("ACK")
    await over(rig, await run(rig, tmp_path, scenario))
    await rig.until_told("(Initiated)", "Ringing", "(Terminated)", "Idle")


async def test_a_phone_that_wants_to_be_sure_that_it_rings(rig: SipRig, tmp_path: Path) -> None:
    """RFC 3262: the ringing is acknowledged, and the call answered after that."""
    await rig.ring()
    scenario = calls("Require: 100rel").gets(180, rest="RSeq: *([0-9]+)")
    scenario.ask("PRACK", "RAck: [$2] 1 INVITE").gets(200).gets(200).ask("ACK")
    phone = await run(rig, tmp_path, hung_up(scenario))
    await rig.until_told("(Initiated)", "Ringing")
    await rig.rules.answer_calls()
    await over(rig, phone)
    await rig.until_told("(AcceptedByDevice)", "Active", "(Terminated)", "Idle")


async def test_a_phone_that_asks_now_and_then_whether_the_unit_is_there(
    rig: SipRig, tmp_path: Path
) -> None:
    """RFC 4028: a session timer is agreed on, and refreshed by UPDATE; one that is too short is not."""
    short = calls("Supported: timer", "Session-Expires: 30").gets(422, rest="Min-SE: *(90)")
    await (await run(rig, tmp_path / "short", short.ask("ACK", back=2))).ends()
    timer = "Supported: timer", "Session-Expires: 90;refresher=uac"
    scenario = calls(*timer).gets(200, rest="Session-Expires: *(90)").ask("ACK")
    scenario.ask("UPDATE", *timer).gets(200, rest="Session-Expires: *(90)")
    await over(rig, await run(rig, tmp_path, hung_up(scenario)))


def _says(words: str) -> Callable[[list[CallStatus]], bool]:
    return lambda calls: calls[0].status_text.startswith(words)


async def test_a_phone_that_is_heard_before_it_answers(rig: SipRig, tmp_path: Path) -> None:
    """It rings, then sends early media, then answers; how far the call has come is told beside its state."""
    scenario = Scenario().asked("INVITE").answer("100 Trying").answer("180 Ringing").waits(1_000)
    scenario.answer("183 Session Progress", body=sdp()).waits(1_000).answer("200 OK", body=sdp())
    scenario.asked("ACK").asked("BYE").answer("200 OK", tag=False)
    phone = await run(rig, tmp_path, scenario)
    await phone.listens()
    id_ = await rig.sip.call(phone.uri, "")
    for words in ("it rings at the other end", "the other end is being reached, and its sound is"):
        status = (await rig.until_calls(_says(words)))[0]
        assert status.call_state == "Calling"
    await rig.until_told("(Initiated)", "Calling", "(AcceptedByRemote)", "Active")
    assert (await rig.calls())[0].status_text == ""
    await rig.sip.terminate(id_)
    await over(rig, phone)
