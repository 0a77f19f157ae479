"""Calls that a phone or a PBX leads to somebody else, as the unit's clients see them."""

import pytest

from tests.contract.sip_dialog import call, taken
from tests.contract.sip_peers import RawPeer, says
from tests.contract.sip_rig import SipRig, needs_stack

pytestmark = needs_stack


@pytest.mark.covers("M-BTW-02")
async def test_a_call_is_transferred_and_goes_on_with_somebody_else(rig: SipRig) -> None:
    """Three parties for a while; each call ends by itself, and whoever is called is shown."""
    await rig.configure(attributes={"FollowPeerTransfers": True})
    async with RawPeer().running() as peer, RawPeer().running() as other:
        dialog = call(peer, rig.uri)
        assert (await dialog.ask("INVITE", body=peer.offer())).status == 200
        await rig.until_told("(AcceptedByDevice)", "Active")
        to = other.uri("other")
        assert (await dialog.ask("REFER", ("Refer-To", f"<{to}>"))).status == 202
        invite = await other.request("INVITE")
        await rig.until_told("(Initiated)", "(AcceptedByRemote)")
        up = [each for each in await rig.calls() if not each.stop_time]
        assert [each.remote_uri for each in up][:1] == [to]
        assert len(up) == 2
        assert (await dialog.ask("BYE")).status == 200
        await rig.until_told("(Terminated)")
        assert (await taken(other, invite).ask("BYE")).status == 200
        await rig.until_told("(Terminated)", "Idle")


@pytest.mark.covers("M-BTW-02", part="strangers transfer nothing unless that is set")
async def test_who_calls_without_a_server_leads_the_unit_nowhere(rig: SipRig) -> None:
    """Else anybody on the network could have it call anybody. Whom it has called itself may transfer the call."""
    async with RawPeer().running() as peer, RawPeer().running() as other:
        dialog = call(peer, rig.uri)
        assert (await dialog.ask("INVITE", body=peer.offer())).status == 200
        assert (await dialog.ask("REFER", ("Refer-To", f"<{other.uri('x')}>"))).status == 603
        assert (await dialog.ask("BYE")).status == 200
        assert other.messages == []
        await rig.until_told("(AcceptedByDevice)", "Active", "(Terminated)", "Idle")

        await rig.sip.call(peer.uri(), "")
        dialog = taken(peer, await peer.request("INVITE"))
        await rig.until_told("(Initiated)", "Calling", "(AcceptedByRemote)", "Active")
        assert (await dialog.ask("REFER", ("Refer-To", f"<{other.uri('x')}>"))).status == 202
        await other.request("INVITE")


@pytest.mark.covers("M-BTW-02", part="refused where that is set")
async def test_a_transfer_is_refused(rig: SipRig) -> None:
    """The call itself goes on."""
    await rig.configure(attributes={"FollowTransfers": False, "FollowPeerTransfers": True})
    async with RawPeer().running() as peer:
        dialog = call(peer, rig.uri)
        assert (await dialog.ask("INVITE", body=peer.offer())).status == 200
        await rig.until_told("(AcceptedByDevice)", "Active")
        assert (await dialog.ask("REFER", ("Refer-To", f"<{peer.uri('x')}>"))).status == 603
        assert peer.requests("INVITE") == []
        assert [each.call_state for each in await rig.calls() if not each.stop_time] == ["Active"]
        await dialog.ask("BYE")
        await rig.until_told("(Terminated)", "Idle")


@pytest.mark.covers("M-BTW-02", part="a redirected call")
@pytest.mark.parametrize("follows", [True, False])
async def test_a_call_is_redirected(rig: SipRig, follows: bool) -> None:
    """The call stays the same, and shows whom it reached; or it fails, with the answer in words."""
    await rig.configure(attributes={"FollowRedirects": follows})
    async with RawPeer().running() as peer, RawPeer().running() as other:
        to = other.uri("other")
        peer.when("INVITE", says(302, ("Contact", f"<{to}>")))
        id_ = await rig.sip.call(peer.uri(), "")
        if follows:
            await rig.until_told("(Initiated)", "Calling", "(AcceptedByRemote)", "Active")
            (status,) = (each for each in await rig.calls() if each.call_id == id_)
            # The stack tells the target without its port.
            assert status.remote_uri == f"sip:other@{other.host}"
            assert other.requests("INVITE")
            await rig.sip.terminate(id_)
            await rig.until_told("(Terminated)", "Idle")
        else:
            await rig.until_told("(Initiated)", "Calling", "(Failed)", "Idle")
            assert (await rig.calls())[0].status_text.startswith("302")
            assert other.messages == []
