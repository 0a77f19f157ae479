"""How many calls the SIP stack holds, who gets the last one, and what it was built with."""

from collections.abc import Iterator

import pytest

from tests.contract.sip_guard_rig import Caller, Phone, needs_stack, running_phone
from tests.contract.sip_message import token

pytestmark = [needs_stack, pytest.mark.timeout(60)]

CALLS = 16
KNOWN = "127.0.0.9"
STRANGER = "127.0.0.66"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Phone]:
    """One phone for all tests."""
    with running_phone(tmp_path_factory.mktemp("guard") / "phone.log") as phone:
        yield phone


@pytest.fixture
def phone(running: Phone) -> Iterator[Phone]:
    """The phone with the guard's own limits but for the rates; no call is left over."""
    running.ask("limits", {"stranger_rate": 5000, "stranger_burst": 5000})
    assert running.ask("known", KNOWN) == ""
    yield running
    running.ask("hang_up")
    running.wait_for("calls", 0)


def test_what_it_was_built_with(phone: Phone) -> None:
    """More calls than the unit has, so that the guard and not the stack refuses; every codec."""
    assert phone.ask("slots") == 32
    assert {codec.rsplit("/", 1)[0] for codec in phone.ask("codecs")} == {
        *("opus/48000", "G722/16000", "PCMU/8000", "PCMA/8000", "G729/8000", "GSM/8000"),
        *("speex/8000", "speex/16000", "speex/32000"),
        *("L16/8000", "L16/16000", "L16/44100", "L16/48000"),
    }


def test_the_last_call_is_kept_for_known_peers(phone: Phone) -> None:
    """A stranger gets the 15th and not the 16th, a known peer the 16th and nobody the 17th."""
    with Caller(phone, STRANGER) as stranger, Caller(phone, KNOWN) as known:
        calls = [stranger.call() for _ in range(CALLS - 1)]
        assert stranger.ask(stranger.request("INVITE", stranger.offer())) == 486
        calls.append(known.call())
        for caller in (known, stranger):
            assert caller.ask(caller.request("INVITE", caller.offer())) == 486
        assert phone.ask("confirmed") == CALLS
        counters = phone.count()
        assert (counters["kept"], counters["calls"]) == (1, 2)

        assert calls[0].ask("INVITE", stranger.offer()) == 200, "a call that is there goes on"
        calls[0].end()
        phone.wait_for("calls", CALLS - 1)
        assert stranger.ask(stranger.request("INVITE", stranger.offer())) == 486
        for call in (*calls[1:], known.call()):
            call.end()


def test_an_invitation_that_is_sent_again_is_no_new_call(phone: Phone) -> None:
    """It gets the answer of its call again, also when no other could begin."""
    with Caller(phone, KNOWN) as known:
        call = token()
        invite = known.request("INVITE", known.offer(), call=call)
        assert known.ask(invite) == 200
        tag = known.last.tag("to")
        phone.ask("limits", {"calls": 1})
        assert known.ask(known.request("INVITE", known.offer())) == 486
        assert known.ask(invite) == 200
        assert known.last.tag("to") == tag
        assert phone.ask("calls") == 1


def test_a_call_that_is_over_for_us_takes_no_place(phone: Phone) -> None:
    """The stack keeps it for half a minute when its peer is gone and answers no BYE."""
    phone.ask("limits", {"calls": 1})
    with Caller(phone, KNOWN) as known:
        for _ in range(3):
            known.call()
            assert known.ask(known.request("INVITE", known.offer())) == 486
            phone.ask("hang_up")
        known.call()


def test_an_object_that_outlives_its_call_ends_no_other(phone: Phone) -> None:
    """Calls have numbers that are used again; the object of an old one is let go of at any time."""
    phone.ask("keep", True)
    with Caller(phone, KNOWN) as known:
        for _ in range(phone.ask("slots")):
            known.call().end()
        call = known.call()
        phone.ask("keep", False)
        phone.ask("counters")  # by now they are gone
        phone.wait_for("confirmed", 1)
        assert call.ask("INVITE", known.offer()) == 200
        call.end()


@pytest.mark.parametrize(
    ("network", "knows"),
    [
        (["127.0.0.66"], True),
        (["192.0.2.1", "127.0.0.64/30"], True),
        (["127.0.0.64/31", "2001:db8::/32"], False),
        (["::ffff:127.0.0.66"], True),
        (["0.0.0.0/0"], True),
        (["::/0"], True),
        ([], False),
    ],
)
def test_who_is_known(phone: Phone, network: list[str], knows: bool) -> None:
    """By address or by network; what was known before is not any more."""
    assert phone.ask("known", *network) == ""
    phone.ask("limits", {"calls": 1, "kept": 1})
    with Caller(phone, STRANGER) as caller:
        status = caller.ask(caller.request("INVITE", caller.offer()))
    assert status == (200 if knows else 486)


@pytest.mark.parametrize(
    "wrong", ["127.0.0.1/33", "::1/129", "127.0.0.1/", "127.0.0", "name.example", "1.2.3.4/x"]
)
def test_what_is_no_network_changes_nothing(phone: Phone, wrong: str) -> None:
    """The one that is wrong is named."""
    assert phone.ask("known", "192.0.2.1", wrong) == f"not a network, or one too many: {wrong!r}"
    phone.ask("limits", {"calls": 1, "kept": 1})
    with Caller(phone, KNOWN) as known:
        known.call().end()


def test_no_more_peers_than_there_is_room_for(phone: Phone) -> None:
    """256 networks; the one beyond is named."""
    networks = [f"192.0.2.{n}" for n in range(256)]
    assert phone.ask("known", *networks) == ""
    assert "'192.0.3.1'" in phone.ask("known", *networks, "192.0.3.1")


def test_our_own_calls(phone: Phone) -> None:
    """An answer with 65 keys is not read; an honest one is. Our offer is far from the stack's limits."""
    with Caller(phone, STRANGER) as called:
        phone.ask("dial", f"sip:called@{called.host}:{called.port}")
        invite = called.receive()
        assert invite
        assert len(invite.sdp.audio) - 2 <= 24, "32 formats are all that fit"
        assert len(invite.sdp.values("a=")) <= 44, "64 attributes are, with 16 candidates of ICE"
        before = phone.count()["responses"]
        called.answer(invite, 200, called.offer(*(f"a=crypto:{n} A B" for n in range(1, 66))))
        called.answer(invite, 200, called.offer())
        while (ack := called.receive()) and ack.method != "ACK":
            pass
        assert ack
        assert phone.count()["responses"] == before + 1
        phone.wait_for("confirmed", 1)
