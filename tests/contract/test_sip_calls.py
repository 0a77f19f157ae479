"""Calls to and from a unit, as its phone, its rules and its VAPIX clients see them."""

import asyncio
import json

import pytest

from common.errors import Conflict, InvalidValue, NotFound, Unavailable
from tests.contract.private_bus import eventually
from tests.contract.sip_dialog import call
from tests.contract.sip_peers import RawPeer, Reply, says
from tests.contract.sip_rig import (
    ADDRESS,
    PEER,
    SipRig,
    needs_stack,
)

pytestmark = needs_stack


@pytest.mark.covers("M-SIP-02")
async def test_off_the_unit_has_no_port_and_calls_nobody(rig: SipRig, peer: RawPeer) -> None:
    """The stack's process is gone; on again, all is there. A call that is up ends."""
    dialog = call(peer, rig.uri)
    assert (await dialog.ask("INVITE", body=peer.offer())).status == 200
    await rig.until_told("(AcceptedByDevice)", "Active")
    await rig.configure(SIPEnabled=False)
    await rig.until_told("(Terminated)", "Idle")
    await peer.request("BYE")
    await rig.until_state(lambda state: not state.running and not state.enabled)
    await eventually(lambda: rig.running.stack_pid() is None, "no process")
    with pytest.raises(Unavailable, match="SIP is off"):
        await rig.sip.call(peer.uri(), "")
    await rig.until_account(PEER, lambda status: status.status_text == "SIP disabled")
    await rig.configure(SIPEnabled=True)
    await rig.until_state(lambda state: state.running)
    assert (await call(peer, rig.uri).ask("INVITE", body=peer.offer())).status == 200


@pytest.mark.covers("M-SIP-03")
async def test_incoming_calls_are_refused_unless_allowed(rig: SipRig, peer: RawPeer) -> None:
    """And calls of the unit's own are not."""
    await rig.configure(AllowIncomingCalls=False)
    assert (await call(peer, rig.uri).ask("INVITE", body=peer.offer())).status == 403
    assert rig.told() == []
    id_ = await rig.sip.call(peer.uri(), "")
    await rig.until_told("(Initiated)", "Calling", "(AcceptedByRemote)", "Active")
    await rig.sip.terminate(id_)
    await rig.until_told("(Terminated)", "Idle")
    await rig.configure(AllowIncomingCalls=True)
    async with asyncio.timeout(5):  # the stack hears of it in a moment
        while (await call(peer, rig.uri).ask("INVITE", body=peer.offer())).status != 200:
            await asyncio.sleep(0.01)


@pytest.mark.covers("M-HOW-08", part="a call by address")
async def test_the_unit_says_where_it_is_called(rig: SipRig, peer: RawPeer) -> None:
    """What it says is what a phone dials."""
    (address,) = (await rig.state()).addresses
    assert address == rig.uri
    assert (await call(peer, address).ask("INVITE", body=peer.offer())).status == 200
    await rig.until_calls(lambda calls: calls[0].call_state == "Active")
    status = (await rig.calls())[0]
    # A port is not allowed in From (RFC 3261, 20.10), and the stack forgets it.
    assert (status.remote_uri, status.direction) == (f"sip:peer@{peer.host}", "Incoming")
    assert status.device_uri.startswith(f"sip:{ADDRESS}")


async def test_a_call_has_a_status_from_its_beginning_to_long_after_its_end(
    rig: SipRig, peer: RawPeer
) -> None:
    """As VAPIX has it."""
    to = peer.uri("jane")
    id_ = await rig.sip.call(to, PEER)
    status = (await rig.until_calls(lambda calls: calls[0].call_state == "Active"))[0]
    assert (status.call_id, status.remote_uri, status.sip_account_id) == (id_, to, PEER)
    assert (status.source, status.direction, status.call_type) == (
        "NetworkSpeaker",
        "Outgoing",
        "SIP",
    )
    assert (status.call_state_reason, status.audio_codec) == ("AcceptedByRemote", "PCMU/8000")
    assert status.device_uri == rig.uri
    invite = await peer.request("INVITE")
    assert rig.uri.removeprefix("sip:").partition(":")[0] in invite.header("from")
    await rig.sip.terminate(id_)
    await peer.request("BYE")
    ended = (await rig.until_calls(lambda calls: bool(calls[0].stop_time)))[0]
    assert (ended.call_id, ended.call_state) == (id_, "Terminated")
    assert ended.call_state_reason == "Terminated"
    await rig.sip.terminate(id_)


@pytest.mark.parametrize(
    ("status", "reason"),
    [(486, "Busy"), (603, "Denied"), (480, "NoAnswer"), (404, "Failed"), (488, "Failed")],
)
async def test_why_a_call_is_not_answered(
    rig: SipRig, peer: RawPeer, status: int, reason: str
) -> None:
    """The service's word, and the phone's own beside it."""
    peer.when("INVITE", says(status))
    await rig.sip.call(peer.uri(), "")
    await rig.until_told("(Initiated)", "Calling", f"({reason})", "Idle")
    assert (await rig.calls())[0].status_text.startswith(str(status))


@pytest.mark.covers("M-SIP-04")
async def test_nobody_answers(rig: SipRig, peer: RawPeer) -> None:
    """Both ways: a call that is placed, and one that rings here for nobody."""
    await rig.configure(CallingTimeout=1)
    peer.when("INVITE", lambda _: Reply(180, "Ringing"))
    await rig.sip.call(peer.uri(), "")
    await rig.until_told("(Initiated)", "Calling", "(NoAnswer)", "Idle")
    await peer.request("CANCEL")
    await rig.ring()
    assert (await call(peer, rig.uri).ask("INVITE", body=peer.offer())).status == 480
    await rig.until_told("(Initiated)", "Ringing", "(NoAnswer)", "Idle")


@pytest.mark.covers("M-SIP-05")
async def test_an_incoming_call_lasts_as_long_as_it_may(rig: SipRig, peer: RawPeer) -> None:
    """Another one is not touched by that."""
    await rig.on(MaxIncomingCallDuration=1)
    await rig.sip.call(peer.uri(), "")
    await rig.until_told("(Initiated)", "Calling", "(AcceptedByRemote)", "Active")
    dialog = call(peer, rig.uri)
    assert (await dialog.ask("INVITE", body=peer.offer())).status == 200
    bye = await peer.request("BYE")
    assert bye.call_id == dialog.call_id
    await rig.until_told("(AcceptedByDevice)", "(Terminated)")
    with pytest.raises(InvalidValue):
        await rig.configure(attributes={"MaxIncomingCallDuration": 601})


@pytest.mark.covers("M-SIP-06")
async def test_any_call_lasts_as_long_as_it_may_or_without_an_end(
    rig: SipRig, peer: RawPeer
) -> None:
    """The limit is taken by calls that are up."""
    await rig.on(MaxCallDuration=0)
    await rig.sip.call(peer.uri(), "")
    await rig.until_told("(Initiated)", "Calling", "(AcceptedByRemote)", "Active")
    await rig.configure(attributes={"MaxCallDuration": 1})
    await rig.until_told("(Terminated)", "Idle")
    await peer.request("BYE")
    with pytest.raises(InvalidValue):
        await rig.configure(attributes={"MaxCallDuration": 3601})


@pytest.mark.covers("M-SIP-27")
async def test_a_call_rings_until_a_rule_answers_it(rig: SipRig, peer: RawPeer) -> None:
    """Unless its account answers automatically."""
    dialog = call(peer, rig.uri)
    assert (await dialog.ask("INVITE", body=peer.offer())).status == 200
    await rig.until_told("(AcceptedByDevice)", "Active")
    await dialog.ask("BYE")
    await rig.until_told("(Terminated)", "Idle")
    await rig.ring()
    with pytest.raises(Conflict, match="no call rings"):
        await rig.rules.answer_calls()
    dialog = call(peer, rig.uri)
    await dialog.send("INVITE", body=peer.offer())
    await rig.until_told("(Initiated)", "Ringing")
    assert await rig.rules.states() == [
        ("tnsaxis:Call/State", {"Source": "NetworkSpeaker"}, {"CallState": "Ringing"})
    ]
    await dialog.answer(180)
    assert [answer.status for answer in dialog.answers("INVITE")] == [100, 180]
    assert await rig.rules.answer_calls() == 1
    answer = await dialog.answer()
    assert answer.status == 200
    await dialog.acknowledge(answer)
    await rig.until_told("(AcceptedByDevice)", "Active")
    assert await rig.rules.end_calls() == 1
    await peer.request("BYE")
    await rig.until_told("(Terminated)", "Idle")
    with pytest.raises(Conflict):
        await rig.rules.end_calls()


async def test_ringing_calls_end_by_either_side(rig: SipRig, peer: RawPeer) -> None:
    """The unit declines; the caller gives up."""
    await rig.ring()
    dialog = call(peer, rig.uri)
    await dialog.send("INVITE", body=peer.offer())
    await rig.until_told("(Initiated)", "Ringing")
    await rig.sip.terminate((await rig.calls())[0].call_id)
    assert (await dialog.answer()).status == 603
    await dialog.acknowledge(dialog.answers("INVITE")[-1])
    await rig.until_told("(Denied)", "Idle")
    dialog = call(peer, rig.uri)
    await dialog.send("INVITE", body=peer.offer())
    await rig.until_told("(Initiated)", "Ringing")
    await dialog.cancel()
    await rig.until_told("(Terminated)", "Idle")
    assert (await dialog.answer()).status == 487


async def test_as_many_calls_at_once_as_there_may_be(rig: SipRig, peer: RawPeer) -> None:
    """One more is busy, from either side; the state of all is the most telling."""
    await rig.on(MaxCalls=3)
    dialogs = []
    for _ in range(2):
        dialogs.append(call(peer, rig.uri))
        assert (await dialogs[-1].ask("INVITE", body=peer.offer())).status == 200
    await rig.until_told("(AcceptedByDevice)", "Active", "(AcceptedByDevice)")
    peer.when("INVITE", lambda _: Reply(180, "Ringing"))
    out = await rig.sip.call(peer.uri(), "")
    await rig.until_told("(Initiated)")
    assert (await call(peer, rig.uri).ask("INVITE", body=peer.offer())).status == 486
    with pytest.raises(Conflict, match="3 calls are up"):
        await rig.sip.call(peer.uri(), "")
    for dialog in dialogs:
        await dialog.ask("BYE")
    await rig.until_told("(Terminated)", "(Terminated)", "Calling")
    await rig.sip.terminate(out)
    await rig.until_told("(Terminated)", "Idle")
    ids = [each.call_id for each in await rig.calls()]
    assert len(set(ids)) == len(ids)


async def test_calls_that_cannot_be(rig: SipRig, peer: RawPeer) -> None:
    """Nothing is told of them."""
    inactive = await rig.account(UserId="joe", Enabled=False)
    for error, to, account in (
        (InvalidValue, "sip:", ""),
        (InvalidValue, "sip:a b", ""),
        (InvalidValue, "sip:a@b\r\nEvil: yes", ""),
        (NotFound, peer.uri(), "sip_account_99"),
        (Conflict, peer.uri(), inactive),
    ):
        with pytest.raises(error):
            await rig.sip.call(to, account)
    with pytest.raises(NotFound):
        await rig.sip.terminate("Out-0-0-x")
    assert rig.told() == []


@pytest.mark.covers("M-SIP-25", "M-SIP-26")
async def test_calls_go_by_the_account_that_is_named_or_the_default_one(
    rig: SipRig, peer: RawPeer
) -> None:
    """From says so; an account that is not active neither calls nor registers."""
    joe = await rig.account(UserId="joe", CallerId="Joe's horn", Attributes={})
    await rig.sip.call(peer.uri(), joe)
    assert '"Joe\'s horn" <sip:joe@' in (await peer.request("INVITE")).header("from")
    await rig.account(Id=joe, UserId="joe", IsDefault=True)
    await rig.sip.call(peer.uri(), "")
    assert "<sip:joe@" in (await peer.request("INVITE", 2)).header("from")
    accounts = json.loads(await rig.sip.accounts())
    assert [each["Id"] for each in accounts if each.get("IsDefault")] == [joe]
    jane = await rig.account(
        UserId="jane", Registrar=f"{peer.host}:{peer.port}", Password="x", Enabled=False
    )
    await rig.until_account(jane, lambda status: status.status_text == "Not active")
    assert peer.requests("REGISTER") == []
    with pytest.raises(Conflict, match="is not active"):
        await rig.sip.call(peer.uri(), jane)
    await rig.account(Id=jane, UserId="jane", Registrar=f"{peer.host}:{peer.port}", Password="x")
    await rig.until_account(jane, lambda status: status.status_text == "OK")


async def test_a_daemon_that_is_ended_says_goodbye(rig: SipRig, peer: RawPeer) -> None:
    """Whoever is on a call hears of it at once."""
    assert (await call(peer, rig.uri).ask("INVITE", body=peer.offer())).status == 200
    await rig.until_told("(AcceptedByDevice)", "Active")
    await asyncio.to_thread(rig.running.sip.stop)
    await peer.request("BYE")
    await rig.running.start_sip()
    await rig.until_state(lambda state: state.running)
