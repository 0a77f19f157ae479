"""Who may call, keys that become events, and calls to a video management system."""

import json
import os
from collections.abc import AsyncIterator

import pytest

from common.bus.audio import AudioInterface
from common.bus.suite import AUDIO
from common.errors import Unavailable
from common.sip import VMS_CALL
from tests.contract.private_bus import eventually
from tests.contract.sip_dialog import Dialog, call
from tests.contract.sip_peers import RawPeer
from tests.contract.sip_rig import PEER, SipRig, needs_stack

pytestmark = needs_stack


async def status_of_a_call(rig: SipRig, peer: RawPeer, **list_: object) -> int:
    """Return how a call is answered once the access list is another."""
    await rig.configure(ApplyAccessList=True, **list_)
    dialog = call(peer, rig.uri)
    answer = await dialog.ask("INVITE", body=peer.offer())
    if answer.status == 200:
        await dialog.ask("BYE")
    return answer.status


async def test_the_access_list_says_who_may_call(rig: SipRig, peer: RawPeer) -> None:
    """By the address a call comes from, and by the name a caller gives himself."""
    for entry, named in (
        ("127.0.0.1", True),
        ("127.0.0.0/8", True),
        ("192.0.2.0/24", False),
        (f"sip:peer@{peer.host}", True),
        ("*@127.0.0.*", True),
        ("sip:jane@example.com", False),
    ):
        for policy, taken in (("Allow", named), ("Block", not named)):
            status = await status_of_a_call(rig, peer, AccessList=[entry], AccessListPolicy=policy)
            assert status == (200 if taken else 403), (entry, policy)
    await rig.configure(ApplyAccessList=False, AccessList=["192.0.2.0/24"])
    assert (await call(peer, rig.uri).ask("INVITE", body=peer.offer())).status == 200


async def test_a_forged_from_opens_nothing_that_is_for_an_address(
    rig: SipRig, peer: RawPeer
) -> None:
    """Who claims to be at 192.0.2.7 is still where he is."""
    await rig.configure(ApplyAccessList=True, AccessList=["192.0.2.7"])
    dialog = call(peer, rig.uri)
    dialog.local = "<sip:192.0.2.7>;tag=x"
    assert (await dialog.ask("INVITE", body=peer.offer())).status == 403
    assert "refused a call" in rig.running.sip.log


# -- keys --


async def put_sequences(rig: SipRig, **sequences: str) -> dict[str, str]:
    """Have a sequence for each name in the default configuration; returns name -> id of its event."""
    events, triggers = {}, []
    for name, keys in sequences.items():
        (events[name],) = await rig.sip.put_dtmf("event", json.dumps([{"Name": name}]))
        trigger = {"DTMFSequence": keys, "DTMFEventId": events[name]}
        triggers += await rig.sip.put_dtmf("trigger", json.dumps([trigger]))
    configuration = {"Id": "dtmf_config_default", "DTMFTriggerId": triggers}
    await rig.sip.put_dtmf("configuration", json.dumps([configuration]))
    return events


@pytest.fixture
async def talking(rig: SipRig, peer: RawPeer) -> AsyncIterator[Dialog]:
    """A call that is up."""
    dialog = call(peer, rig.uri)
    assert (await dialog.ask("INVITE", body=peer.offer())).status == 200
    await rig.until_told("(AcceptedByDevice)", "Active")
    yield dialog
    triggers = json.loads((await rig.sip.dtmf())[2])
    await rig.sip.remove_dtmf("trigger", [each["Id"] for each in triggers])


async def press(peer: RawPeer, dialog: Dialog, keys: str, way: str) -> None:
    """Press keys in one of the two ways."""
    (answer,) = (each for each in peer.messages if each.body and each.call_id == dialog.call_id)
    for key in keys:
        if way == "RTP":
            await peer.sound.press(key, (peer.host, answer.sdp.port))
        else:
            body = f"Signal={key}\r\nDuration=100\r\n".encode()
            await dialog.ask("INFO", body=body, kind="application/dtmf-relay")


@pytest.mark.covers("M-SIP-44")
@pytest.mark.covers("M-SIP-45", part="the event's id")
@pytest.mark.parametrize("way", ["RTP", "INFO"])
async def test_a_sequence_of_keys_is_an_event(
    rig: SipRig, peer: RawPeer, talking: Dialog, way: str
) -> None:
    """At its last key; a wrong one spoils nothing that comes after it. No log has the keys."""
    event = (await put_sequences(rig, stop="*4711#"))["stop"]
    await press(peer, talking, "9*471", way)
    assert rig.pressed() == []
    await press(peer, talking, "1#", way)
    await eventually(lambda: rig.pressed() == [event], "the event")
    (data,) = (data for topic, _, data in rig.happened if topic == "tnsaxis:Call/DTMF")
    assert data == {"CallId": (await rig.calls())[0].call_id}
    assert "4711" not in rig.running.sip.log


@pytest.mark.covers("M-SIP-47")
@pytest.mark.covers("M-SIP-48")
@pytest.mark.parametrize(("way", "setting"), [("RTP", "RFC2833"), ("INFO", "RFC2976")])
async def test_each_protocol_can_be_switched_off(
    rig: SipRig, peer: RawPeer, talking: Dialog, way: str, setting: str
) -> None:
    """Keys pressed in that way are nothing then; the other way works."""
    events = await put_sequences(rig, one="1", two="2")
    (configuration,) = (
        each
        for each in json.loads((await rig.sip.dtmf())[0])
        if each["Id"] == "dtmf_config_default"
    )
    await talking.ask("BYE")
    await rig.until_told("(Terminated)", "Idle")
    await rig.sip.put_dtmf("configuration", json.dumps([configuration | {setting: False}]))
    try:
        dialog = call(peer, rig.uri)
        assert (await dialog.ask("INVITE", body=peer.offer())).status == 200
        await rig.until_told("(AcceptedByDevice)", "Active")
        await press(peer, dialog, "1", way)
        await press(peer, dialog, "2", "INFO" if way == "RTP" else "RTP")
        await eventually(lambda: rig.pressed() == [events["two"]], "the other way")
    finally:
        await rig.sip.put_dtmf("configuration", json.dumps([configuration | {setting: True}]))


@pytest.mark.covers("M-SIP-46")
async def test_accounts_have_their_sequences_and_peer_to_peer_ones_share_theirs(
    rig: SipRig, peer: RawPeer
) -> None:
    """A registered one has those it names; a peer-to-peer one those of all, whatever it names."""
    shared = (await put_sequences(rig, shared="1"))["shared"]
    (own,) = await rig.sip.put_dtmf("event", '[{"Name": "own"}]')
    trigger = json.dumps([{"DTMFSequence": "2", "DTMFEventId": own}])
    triggers = await rig.sip.put_dtmf("trigger", trigger)
    configuration = json.dumps([{"Name": "of one", "DTMFTriggerId": triggers}])
    (other,) = await rig.sip.put_dtmf("configuration", configuration)
    # What must not work is pressed first.
    ways = (("", "21", shared), (f"{peer.host}:{peer.port}", "12", own))
    for number, (registrar, keys, event) in enumerate(ways, start=1):
        account = await rig.account(UserId="joe", DTMFConfigurationId=other, Registrar=registrar)
        await rig.sip.call(peer.uri(), account)
        invite = await peer.request("INVITE", number)
        await rig.until_told("(Initiated)", "Calling", "(AcceptedByRemote)", "Active")
        for key in keys:
            await peer.sound.press(key, (peer.host, invite.sdp.port))
        await eventually(lambda event=event: rig.pressed() == [event], "the event")  # type: ignore[misc]
        await rig.rules.end_calls()
        await rig.until_calls(lambda calls: all(each.stop_time for each in calls))
        rig.happened.clear()
    await rig.sip.remove_dtmf(
        "trigger", [each["Id"] for each in json.loads((await rig.sip.dtmf())[2])]
    )


# -- a video management system --


async def test_a_video_management_system_answers_by_sending_sound(rig: SipRig) -> None:
    """Calling at once; Active while it talks; SIP need not be on for that."""
    await rig.configure(SIPEnabled=False)
    with pytest.raises(Unavailable):
        await rig.sip.call(VMS_CALL, "")
    await rig.sip.configure_vms_calls(json.dumps({"Enabled": True, "Timeout": 20}))
    id_ = await rig.sip.call(VMS_CALL, "")
    await rig.until_told("(Initiated)", "Calling")
    audio = rig.http.proxy(AudioInterface, AUDIO)
    descriptor, _playback = await audio.open_transmit("audio/basic", "a VMS", "page", 0)
    await rig.until_told("(AcceptedByRemote)", "Active")
    (status,) = (each for each in await rig.calls() if each.call_id == id_)
    assert (status.call_type, status.remote_uri) == ("VMS", VMS_CALL)
    os.close(descriptor)
    await rig.until_told("(Terminated)", "Idle")


async def test_a_video_management_system_does_not_answer(rig: SipRig) -> None:
    """After its time; and a call can be taken back before."""
    await rig.sip.configure_vms_calls(json.dumps({"Enabled": True, "Timeout": 1}))
    await rig.sip.call(VMS_CALL, "")
    await rig.until_told("(Initiated)", "Calling", "(NoAnswer)", "Idle")
    await rig.sip.configure_vms_calls(json.dumps({"Enabled": True}))
    id_ = await rig.sip.call(VMS_CALL, PEER)
    await rig.until_told("(Initiated)", "Calling")
    await rig.sip.terminate(id_)
    await rig.until_told("(Terminated)", "Idle")
