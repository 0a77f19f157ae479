"""What phones do to the process of the stack that baresip does not do."""

import asyncio
from collections.abc import AsyncIterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from daemons.sip.stack import wire
from tests.contract.private_bus import eventually
from tests.contract.sip_dialog import Dialog, call
from tests.contract.sip_message import Login, Message
from tests.contract.sip_peers import RawPeer, Reply, says
from tests.contract.sip_rtp import share_of, tone
from tests.contract.sip_stack_rig import P2P, settings
from tests.contract.sip_wire_rig import HOST, StackProcess, answered, configured, stack

pytestmark = pytest.mark.skipif(find_spec("pjsua2") is None, reason="the SIP stack is not built")

BASE = configured()


@pytest.fixture
async def unit(tmp_path: Path) -> AsyncIterator[StackProcess]:
    """Run the stack."""
    async with stack(tmp_path, BASE) as found:
        yield found


async def apply(unit: StackProcess, **changes: object) -> None:
    """Give settings, and wait until they are in force."""
    unit.order(wire.Apply(settings(codecs=("PCMU",), **changes)))
    unit.order(wire.Dial("after that", "nobody's", "sip:nobody@127.0.0.1"))
    await unit.says(wire.Changed, call="after that", state="ended")


def to_unit(peer: RawPeer) -> Dialog:
    """Begin a call to the unit."""
    return call(peer, f"sip:{HOST}:{BASE.sip_port}")


async def info(dialog: Dialog, key: str) -> None:
    """Press a key by INFO (RFC 2976)."""
    body = f"Signal={key}\r\nDuration=160\r\n".encode()
    assert (await dialog.ask("INFO", body=body, kind="application/dtmf-relay")).status == 200


@pytest.mark.parametrize("off", ["rfc2833", "rfc2976"])
async def test_keys_are_told_by_the_methods_that_the_account_listens_to(
    unit: StackProcess, peer: RawPeer, off: str
) -> None:
    """And by no other."""
    account = wire.Account(P2P.id, P2P.uri, default=True, **{off: False})  # type: ignore[arg-type]
    await apply(unit, accounts=(account,))
    dialog = to_unit(peer)
    _, answer = await answered(unit, dialog, peer.offer())
    to = (answer.sdp.host, answer.sdp.port)
    if off == "rfc2833":
        await peer.sound.press("7", to)
        await info(dialog, "8")
    else:
        await info(dialog, "7")
        await peer.sound.press("8", to)
    await unit.says(wire.Dtmf, digit="8")
    assert [told.digit for told in unit.said(wire.Dtmf)] == ["8"]


async def test_a_key_that_is_told_by_both_methods_is_told_once(
    unit: StackProcess, peer: RawPeer
) -> None:
    """As some phones do it, to be understood everywhere."""
    await apply(unit)
    dialog = to_unit(peer)
    _, answer = await answered(unit, dialog, peer.offer())
    async with asyncio.TaskGroup() as both:
        to = (answer.sdp.host, answer.sdp.port)
        both.create_task(peer.sound.press("7", to), name="by RTP")
        both.create_task(info(dialog, "7"), name="by INFO")
    await info(dialog, "8")
    await unit.says(wire.Dtmf, digit="8")
    assert [told.digit for told in unit.said(wire.Dtmf)] == ["7", "8"]


@pytest.mark.parametrize("follows", [True, False])
async def test_a_call_that_is_sent_elsewhere(
    unit: StackProcess, peer: RawPeer, follows: bool
) -> None:
    """By 302: the call is the same, and the daemon hears where it went."""
    await apply(unit, follow_redirects=follows)
    async with RawPeer().running() as other:
        peer.when("INVITE", says(302, ("Contact", f"<{other.uri('elsewhere')}>")))
        unit.order(wire.Dial("sent on", P2P.id, peer.uri()))
        if follows:
            told = await unit.says(wire.Transferred, by="sent on")
            assert told.call == "sent on"
            assert "elsewhere" in told.to
            await unit.says(wire.Changed, call="sent on", state="active")
            assert other.requests("INVITE")
        else:
            ended = await unit.says(wire.Changed, call="sent on", state="ended")
            assert ended.code == 302
            assert not other.requests("INVITE")


async def test_a_call_that_is_sent_round_in_circles_ends(unit: StackProcess, peer: RawPeer) -> None:
    """However often it is sent on."""
    count = iter(range(100))
    await apply(unit)
    peer.when(
        "INVITE",
        lambda request: says(302, ("Contact", f"<{peer.uri(f'round{next(count)}')}>"))(request),
    )
    unit.order(wire.Dial("round", P2P.id, peer.uri()))
    await unit.says(wire.Changed, call="round", state="ended")
    assert len(unit.said(wire.Transferred)) <= 5


async def test_a_stranger_who_asks_for_the_login_gets_none(
    unit: StackProcess, peer: RawPeer
) -> None:
    """Neither by an answer to BYE nor by one to INVITE: a digest can be cracked at leisure."""
    # No server of this account has the peer's address; one at 127.0.0.1 would be trusted.
    account = wire.Account("member", "sip:unit@", user="unit", password="secret", default=True)
    await apply(unit, accounts=(account,))
    peer.asks(Login("unit", "secret"), "INVITE")
    unit.order(wire.Dial("asked", "member", peer.uri()))
    await unit.says(wire.Changed, call="asked", state="ended")
    peer.asks(Login("unit", "secret"), "BYE")
    name, _ = await answered(unit, to_unit(peer), peer.offer())
    unit.order(wire.HangUp(name))
    await eventually(lambda: peer.requests("BYE"), "the unit hangs up")
    await apply(unit)
    assert not [
        request
        for request in (*peer.requests("INVITE"), *peer.requests("BYE"))
        if request.header("authorization") or request.header("proxy-authorization")
    ]


async def test_a_registration_that_a_stranger_answers_is_not_refused(
    unit: StackProcess, peer: RawPeer
) -> None:
    """A server may have another address than before: it counts as not found, and is looked for again."""
    async with RawPeer("127.0.0.5").running() as stranger, asyncio.TaskGroup() as tasks:

        def rule(request: Message) -> None:
            reply = Reply(401, headers=(Login("unit", "secret").challenge,))
            tasks.create_task(stranger.answer(request, reply), name="answer")

        peer.when("REGISTER", rule)
        registrar = f"sip:{HOST}:{peer.port}"
        account = wire.Account("member", "sip:unit@pbx.test", registrar, user="unit", default=True)
        await apply(unit, accounts=(account,))
        told = await unit.says(wire.Registration, account="member")
    assert (told.code, told.active) == (503, False)
    # The server itself refuses with its own word.
    peer.when("REGISTER", says(403))
    unit.order(wire.Register("member"))
    await unit.says(wire.Registration, account="member", code=403)


async def test_a_call_to_the_account_s_domain_goes_to_its_registrar(
    unit: StackProcess, peer: RawPeer
) -> None:
    """No name server knows the domain of this PBX."""
    registrar = f"sip:{HOST}:{peer.port}"
    account = wire.Account("member", "sip:unit@pbx.test", registrar, default=True)
    await apply(unit, accounts=(account,))
    unit.order(wire.Dial("through it", "member", "sip:phone@pbx.test"))
    invite = await peer.request("INVITE")
    assert "sip:phone@pbx.test" in invite.header("to")
    await unit.says(wire.Changed, call="through it", state="active")


async def transferred(dialog: Dialog, to: str = "<sip:0900@pbx.test>") -> int:
    """Answer how a REFER to somebody is answered."""
    return (await dialog.ask("REFER", ("Refer-To", to))).status


@pytest.mark.parametrize("to", ["<tel:112>", "junk", "<sip:\xff@127.0.0.1>"])
async def test_a_transfer_to_what_cannot_be_called_holds_no_place(
    unit: StackProcess, peer: RawPeer, to: str
) -> None:
    """The new call is told to be over; else a few of them would make the unit busy."""
    await apply(unit, peers_transfer=True)
    dialog = to_unit(peer)
    await answered(unit, dialog, peer.offer())
    assert await transferred(dialog, to) == 202
    call_ = (await unit.says(wire.Transferred)).call
    await unit.says(wire.Changed, call=call_, state="ended")
    assert await transferred(dialog, f"<{peer.uri('next')}>") == 202
    next_ = await eventually(lambda: unit.said(wire.Transferred)[1:], "another transfer")
    await unit.says(wire.Changed, call=next_[0].call, state="active")


async def test_only_its_servers_have_an_account_call_others(
    unit: StackProcess, peer: RawPeer
) -> None:
    """Whoever reaches the unit past the PBX makes no calls with its login."""
    registrar = f"sip:{HOST}:{peer.port}"
    account = wire.Account("member", "sip:unit@pbx.test", registrar, default=True)
    await apply(unit, accounts=(account,))
    await unit.says(wire.Registration, account="member", active=True)
    async with RawPeer("127.0.0.5").running() as stranger:
        dialog = call(stranger, f"sip:unit@{HOST}:{BASE.sip_port}")
        await answered(unit, dialog, stranger.offer())
        assert await transferred(dialog) == 603
    dialog = call(peer, f"sip:unit@{HOST}:{BASE.sip_port}")
    await answered(unit, dialog, peer.offer())
    assert await transferred(dialog) == 202
    assert (await unit.says(wire.Transferred)).account == "member"
    assert len(unit.said(wire.Transferred)) == 1


async def test_an_attended_transfer_takes_the_place_of_a_call(
    unit: StackProcess, peer: RawPeer
) -> None:
    """An INVITE with Replaces: the daemon hears of the new call, and the old one ends."""
    await apply(unit)
    first = to_unit(peer)
    name, answer = await answered(unit, first, peer.offer())
    await unit.says(wire.Changed, call=name, state="active")
    tags = [answer.header(which).rpartition("tag=")[2] for which in ("to", "from")]
    replaces = f"{first.call_id};to-tag={tags[0]};from-tag={tags[1]}"
    second = to_unit(peer)
    await second.ask("INVITE", ("Replaces", replaces), body=peer.offer())
    told = await unit.says(wire.Transferred, by=name)
    await unit.says(wire.Changed, call=told.call, state="active")
    await unit.says(wire.Changed, call=name, state="ended")


async def test_who_hangs_up_before_the_name_is_found_calls_nobody(
    unit: StackProcess, peer: RawPeer
) -> None:
    """The daemon knows of no such call any more: nobody would end it."""
    await apply(unit)
    unit.order(wire.Dial("regretted", P2P.id, peer.uri()))
    unit.order(wire.HangUp("regretted"))
    assert (await unit.says(wire.Changed, call="regretted", state="ended")).code == 487
    unit.order(wire.Dial("meant", P2P.id, peer.uri()))
    await unit.says(wire.Changed, call="meant", state="active")
    assert len(peer.requests("INVITE")) == 1


@pytest.mark.parametrize("host", ["pbx..lan", f"{'a' * 64}.lan"])
async def test_a_name_that_can_be_none_ends_no_call(
    unit: StackProcess, peer: RawPeer, host: str
) -> None:
    """Whoever mistypes an address, or a registrar, is told; nothing else happens."""
    account = wire.Account("member", "sip:unit@pbx.test", f"sip:{host}", default=True)
    await apply(unit, accounts=(P2P, account))
    await unit.says(wire.Registration, account="member", code=503, active=False)
    unit.order(wire.Dial("mistyped", P2P.id, f"sip:phone@{host}"))
    assert (await unit.says(wire.Changed, call="mistyped", state="ended")).code == 503


async def test_a_name_that_is_no_text_ends_no_process(unit: StackProcess, peer: RawPeer) -> None:
    """One message of a stranger's would have ended all calls."""
    await apply(unit)
    dialog = to_unit(peer)
    data = await dialog.send("OPTIONS")
    for number, name in enumerate((b'"J\xff\xfe"', b'"\xed\xa0\x80"', b'"\xc3("')):
        head = data.replace(b"OPTIONS", b"INVITE").replace(b'"Raw peer"', name)
        for old in (b"z9hG4bK-", b"raw-"):
            head = head.replace(old, old + str(number).encode())
        await peer.send(head, dialog.to, "udp")
        told = await eventually(lambda n=number: unit.said(wire.Incoming)[n:], "the call comes in")  # type: ignore[misc]
        assert "?" in told[0].remote_uri
        unit.order(wire.HangUp(told[0].call, 486))
        await unit.says(wire.Changed, call=told[0].call, state="ended")


async def test_what_is_said_before_the_answer_is_heard(unit: StackProcess, peer: RawPeer) -> None:
    """Announcements and ringing of a PBX (183 with a description); it is no answer yet."""
    await apply(unit)
    peer.when("INVITE", says(183, body=peer.offer()))
    unit.order(wire.Dial("early", P2P.id, peer.uri()))
    told = await unit.says(wire.Changed, call="early", state="ringing", media=True)
    assert told.code == 183
    heard = unit.hear("early")
    sdp = (await peer.request("INVITE")).sdp
    await peer.sound.say(tone(400, 1.0), (sdp.host, sdp.port))
    await eventually(lambda: share_of(400, heard.samples[-9_600:], 48_000) > 0.5, "it is heard")
    unit.order(wire.HangUp("early"))
    await peer.request("CANCEL")


async def test_a_message_is_answered(unit: StackProcess, peer: RawPeer) -> None:
    """It is read by nobody, but its sender need not repeat it."""
    await apply(unit)
    answer = await to_unit(peer).ask("MESSAGE", body=b"hello", kind="text/plain")
    assert answer.status in {200, 405}


async def test_calls_that_wait_for_nothing_end(unit: StackProcess, peer: RawPeer) -> None:
    """One that the daemon does not take after ten seconds, one that nobody acknowledges after eight.

    Else a stranger could hold all places.
    """
    await apply(unit)
    unacknowledged = to_unit(peer)
    await unacknowledged.send("INVITE", body=peer.offer())
    name = (await unit.says(wire.Incoming)).call
    unit.order(wire.Answer(name))
    assert (await to_unit(peer).ask("INVITE", body=peer.offer(), timeout_s=20)).status == 486
    untaken = unit.said(wire.Incoming)[-1].call
    await unit.says(wire.Changed, call=untaken, state="ended", code=486)
    await unit.says(wire.Changed, call=name, state="ended")
