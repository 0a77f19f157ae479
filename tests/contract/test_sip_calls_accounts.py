"""How accounts register at servers that let them in, do not, or are away."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from common.errors import Conflict
from common.sip import CallStatus
from tests.contract.private_bus import eventually
from tests.contract.sip_dialog import call
from tests.contract.sip_message import Login, Message
from tests.contract.sip_peers import RawPeer, Reply, says
from tests.contract.sip_rig import PEER, RunningSip, SipRig, needs_stack, sip_rig

pytestmark = needs_stack


@pytest.fixture
async def rig(sip_daemons: RunningSip) -> AsyncIterator[SipRig]:
    """The unit with SIP on, which gives a server up after two tries."""
    async with sip_rig(sip_daemons) as joined:
        await joined.on(MaxRetransmissions=2, FailbackTime=10)
        yield joined


@pytest.fixture
async def server() -> AsyncIterator[RawPeer]:
    """A registrar that lets everybody in."""
    async with RawPeer().running() as other:
        yield other


@pytest.fixture
async def secondary() -> AsyncIterator[RawPeer]:
    """Another one."""
    async with RawPeer().running() as other:
        yield other


def registered(message: Message) -> Reply:
    """Let somebody in."""
    return Reply(200, "OK", (("Contact", message.header("contact")), ("Expires", "300")))


def at(server: RawPeer) -> str:
    """Return the address of a server."""
    return f"{server.host}:{server.port}"


@pytest.mark.covers("M-SIP-23", part="what the colours say")
@pytest.mark.parametrize(
    ("status", "text"),
    [
        (403, "The server does not accept the user ID, authentication ID or password"),
        (404, "The server does not know the account"),
    ],
)
async def test_an_account_that_is_not_let_in_says_why_and_does_not_insist(
    rig: SipRig, server: RawPeer, status: int, text: str
) -> None:
    """One try; it is registered at once when the settings are right."""
    server.when("REGISTER", says(status))
    joe = await rig.account(UserId="joe", Registrar=at(server), Password="wrong")
    await rig.until_account(joe, lambda how: how.status == status and text in how.status_text)
    assert len(server.requests("REGISTER")) == 1
    server.when("REGISTER", registered)
    await rig.account(Id=joe, UserId="joe", Registrar=at(server), Password="right")
    await rig.until_account(joe, lambda how: (how.status, how.status_text) == (200, "OK"))


@pytest.mark.covers("M-SIP-21")
@pytest.mark.parametrize("tries", [1, 3])
async def test_a_server_that_is_away_is_given_up_after_the_tries_that_are_set(
    rig: SipRig, server: RawPeer, secondary: RawPeer, tries: int
) -> None:
    """The secondary one is not asked before; calls by address go on meanwhile."""
    await rig.configure(attributes={"MaxRetransmissions": tries})
    server.when("REGISTER", says(503))
    joe = await rig.account(
        UserId="joe", Registrar=at(server), SecondaryRegistrar=at(secondary), Password="x"
    )
    assert (await call(server, rig.uri).ask("INVITE", body=server.offer())).status == 200
    await secondary.request("REGISTER")
    assert len(server.requests("REGISTER")) == tries
    await rig.until_account(joe, lambda how: how.failed_over and how.status == 200)


@pytest.mark.covers("M-SIP-22")
@pytest.mark.covers("M-SIP-40")
async def test_the_secondary_server_takes_over_until_the_primary_is_back(
    rig: SipRig, server: RawPeer, secondary: RawPeer
) -> None:
    """Calls go by the one that is in use, also while the other one is tried."""
    server.when("REGISTER", says(503))
    joe = await rig.account(
        UserId="joe", Registrar=at(server), SecondaryRegistrar=at(secondary), Password="x"
    )
    await rig.until_account(joe, lambda how: how.failed_over and how.status == 200)
    assert len(server.requests("REGISTER")) == 2
    id_ = await rig.sip.call(secondary.uri("jane"), joe)
    invite = await secondary.request("INVITE")
    assert f"<sip:joe@{secondary.host}>" in invite.header("from")
    await rig.until_told("(Initiated)", "Calling", "(AcceptedByRemote)", "Active")
    server.when("REGISTER", registered)
    await rig.until_account(joe, lambda how: not how.failed_over and how.status == 200, 20.0)
    assert rig.told() == []
    assert not any(_leaves(each) for each in secondary.requests("REGISTER"))
    await rig.sip.terminate(id_)
    await secondary.request("BYE")
    await eventually(
        lambda: any(_leaves(each) for each in secondary.requests("REGISTER")), "it has left"
    )


@pytest.mark.covers("M-SIP-02", part="off, nobody calls for it at its server any more")
@pytest.mark.parametrize(
    "leaving", ["SIP is off", "it is not active", "it is removed", "the unit stops"]
)
async def test_an_account_leaves_a_server_that_asks_for_the_login_again(
    rig: SipRig, server: RawPeer, leaving: str
) -> None:
    """As Asterisk does, each time: else it rings there for a unit that has gone."""
    left = False

    def register(message: Message) -> Reply:
        nonlocal left
        login = Login("joe", "secret", nonce=f"of-{message.call_id}-{_leaves(message)}")
        if not login.accepts(message):
            return Reply(401, headers=(login.challenge,))
        left = _leaves(message)
        return registered(message)

    server.when("REGISTER", register)
    joe = await rig.account(UserId="joe", Registrar=at(server), Password="secret")
    await rig.until_account(joe, lambda how: how.status == 200)
    if leaving == "SIP is off":
        await rig.configure(SIPEnabled=False)
    elif leaving == "it is not active":
        await rig.account(Id=joe, UserId="joe", Registrar=at(server), Enabled=False)
    elif leaving == "it is removed":
        await rig.sip.remove_accounts([joe])
    else:
        assert await asyncio.to_thread(rig.running.sip.stop) == 0
        await rig.running.start_sip()
    await eventually(lambda: left, "it has left")


def _rings(call_: CallStatus) -> bool:
    return call_.call_state == "Ringing"


def _leaves(register: Message) -> bool:
    return register.header("expires") == "0" or "expires=0" in register.header("contact")


@pytest.mark.covers("M-SIP-32", part="who is of the domain is called at the registrar")
async def test_a_domain_that_no_name_service_knows_is_called_at_the_registrar(
    rig: SipRig, server: RawPeer
) -> None:
    """As a PBX has it; it registers there, too, and shows the domain."""
    joe = await rig.account(UserId="joe", Registrar=at(server), PublicDomain="pbx.test")
    await rig.until_account(joe, lambda how: how.status == 200)
    assert "sip:joe@pbx.test" in (await server.request("REGISTER")).header("to")
    await rig.sip.call("sip:jane@pbx.test", joe)
    await rig.until_told("(Initiated)", "Calling", "(AcceptedByRemote)", "Active")
    assert "<sip:joe@pbx.test>" in (await server.request("INVITE")).header("from")
    assert (await rig.calls())[0].remote_uri == "sip:jane@pbx.test"


@pytest.mark.covers("M-SIP-30", part="a call is that of the account that registers by this user ID")
async def test_a_server_that_calls_where_an_account_is_registered_reaches_that_account(
    rig: SipRig,
) -> None:
    """Asterisk writes into To what the unit has registered; somebody else at this address calls the unit itself."""
    async with RawPeer("127.0.0.2").running() as pbx, RawPeer().running() as stranger:
        joe = await rig.account(
            UserId="joe",
            Registrar=at(pbx),
            PublicDomain="pbx.test",
            attributes={"AnswerAutomatically": False},
        )
        await rig.until_account(joe, lambda how: how.status == 200)
        contact = rig.uri.replace("sip:", "sip:joe@")
        dialog = call(pbx, contact)
        await dialog.send("INVITE", body=pbx.offer())
        calls = await rig.until_calls(lambda calls: any(_rings(each) for each in calls))
        assert [each.sip_account_id for each in calls if _rings(each)] == [joe]
        await dialog.cancel()
        dialog = call(stranger, contact)
        assert (await dialog.ask("INVITE", body=stranger.offer())).status == 200
        assert (await rig.calls())[0].sip_account_id == PEER


@pytest.mark.covers("M-SIP-24")
async def test_the_account_from_the_start_serves_until_another_one_does(
    rig: SipRig, server: RawPeer
) -> None:
    """It goes when another one is the default, and is back when there is none left."""
    await rig.sip.call(server.uri(), "")
    assert "<sip:127.0.0.1" in (await server.request("INVITE")).header("from")
    desk = await rig.account(UserId="desk")
    with pytest.raises(Conflict, match="default"):
        await rig.sip.remove_accounts([PEER])
    await rig.account(Id=desk, UserId="desk", IsDefault=True)
    await rig.sip.remove_accounts([PEER])
    assert [each["Id"] for each in json.loads(await rig.sip.accounts())] == [desk]
    await rig.sip.call(server.uri(), "")
    assert "<sip:desk@127.0.0.1" in (await server.request("INVITE", 2)).header("from")
    await rig.sip.remove_accounts([desk])
    (automatic,) = json.loads(await rig.sip.accounts())
    assert (automatic["Id"], automatic["IsDefault"]) == (PEER, True)


@pytest.mark.covers("M-SIP-29")
async def test_two_accounts_of_a_name_are_two(rig: SipRig, server: RawPeer) -> None:
    """Both are there by it, and register as who they are."""
    both = [
        await rig.account(Name="Gate \u00e9", UserId=user, Registrar=at(server))
        for user in ("joe", "jane")
    ]
    for id_ in both:
        await rig.until_account(id_, lambda how: how.status == 200)
    names = {each["Id"]: each["Name"] for each in json.loads(await rig.sip.accounts())}
    assert [names[id_] for id_ in both] == ["Gate \u00e9"] * 2
    registered_ = {each.header("to") for each in server.requests("REGISTER")}
    assert registered_ == {f"<sip:{user}@{server.host}>" for user in ("joe", "jane")}
