"""Calls from the first to the last: what is ordered, and what is told of them."""

import pytest

from common.errors import Conflict, InvalidValue, NotFound, Unavailable
from common.sip import Reason
from daemons.sip.stack import wire
from tests.unit.sip.fakes import Calls


def place(calls: Calls) -> str:
    """Call somebody; what was told of it is taken note of."""
    id_ = calls.conduct.call("sip:jane@192.0.2.9", "", "192.0.2.1:5060")
    calls.told()
    calls.ordered()
    return id_


def test_an_outgoing_call() -> None:
    """Idle, (Initiated) Calling, (AcceptedByRemote) Active, (Terminated) Idle."""
    calls = Calls()
    id_ = calls.conduct.call("192.0.2.9", "", "192.0.2.1:5060")
    assert calls.ordered() == [wire.Dial(id_, "peer-to-peer", "sip:192.0.2.9")]
    assert calls.told() == ["(Initiated)", "Calling"]
    calls.says(id_, "ringing", 180)
    assert calls.told() == []
    calls.says(id_, "active", 200, media=True)
    assert calls.told() == ["(AcceptedByRemote)", "Active"]
    assert calls.sound.flowing == {id_: "192.0.2.9 SendReceive"}
    calls.says(id_, "ended", 200, "Normal call clearing")
    assert calls.told() == ["(Terminated)", "Idle"]
    assert calls.sound.flowing == {}


@pytest.mark.covers("M-SIP-27", part="answered at once")
def test_an_incoming_call_that_is_answered_at_once() -> None:
    """Idle, (AcceptedByDevice) Active, (Terminated) Idle."""
    calls = Calls()
    calls.comes()
    assert calls.ordered() == [wire.Answer("In-1")]
    assert calls.told() == []
    calls.says("In-1", "active", 200, media=True)
    assert calls.told() == ["(AcceptedByDevice)", "Active"]
    assert calls.sound.flowing == {"In-1": "Joe SendReceive"}
    calls.says("In-1", "ended", 200)
    assert calls.told() == ["(Terminated)", "Idle"]


@pytest.mark.covers("M-SIP-27", part="rings")
def test_an_incoming_call_that_rings() -> None:
    """Idle, (Initiated) Ringing, (AcceptedByDevice) Active."""
    calls = Calls()
    with pytest.raises(Conflict):
        calls.conduct.answer_all()
    calls.comes(account="sip_account_1")
    assert calls.ordered() == [wire.Ring("In-1")]
    assert calls.told() == ["(Initiated)", "Ringing"]
    assert calls.conduct.answer_all() == 1
    assert calls.ordered() == [wire.Answer("In-1")]
    with pytest.raises(Conflict):
        calls.conduct.answer_all()
    calls.says("In-1", "active", 200)
    assert calls.told() == ["(AcceptedByDevice)", "Active"]


def test_a_caller_gives_up_while_it_rings() -> None:
    """487 is his own doing."""
    calls = Calls()
    calls.comes(account="sip_account_1")
    calls.says("In-1", "ended", 487, "Request Terminated")
    assert calls.told() == ["(Initiated)", "Ringing", "(Terminated)", "Idle"]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (486, "Busy"),
        (600, "Busy"),
        (603, "Denied"),
        (403, "Denied"),
        (407, "Denied"),
        (408, "NoAnswer"),
        (480, "NoAnswer"),
        (404, "Failed"),
        (488, "Failed"),
        (500, "Failed"),
        (503, "Failed"),
    ],
)
def test_why_a_call_was_not_answered(code: int, reason: Reason) -> None:
    """As far as the service has a word for it; the rest is in the text."""
    calls = Calls()
    id_ = place(calls)
    calls.says(id_, "ended", code, "Words")
    assert calls.told() == [f"({reason})", "Idle"]
    status = calls.registry.statuses()[0]
    assert (status.call_state, status.call_state_reason) == ("Terminated", reason)
    assert status.status_text == f"{code} Words"


def test_how_far_a_call_has_come_that_nobody_has_answered() -> None:
    """In words beside the one state that the service has for it; they go with the answer, or with the end."""
    calls = Calls()
    id_ = place(calls)
    for code, media, words in (
        (180, False, "it rings at the other end"),
        (182, False, "the call waits in a queue"),
        (183, True, "the other end is being reached, and its sound is heard already"),
        (199, False, "the other end is being reached, and its sound is heard already"),
    ):
        calls.says(id_, "ringing", code, media=media)
        (status,) = calls.registry.statuses()
        assert (status.call_state, status.status_text) == ("Calling", words)
    assert calls.told() == []
    calls.says(id_, "active", 200)
    assert calls.registry.statuses()[0].status_text == ""
    other = place(calls)
    calls.says(other, "ringing", 180)
    calls.says(other, "ended", 486, "Busy Here")
    assert calls.registry.existing(other).text == "486 Busy Here"


def test_calls_that_cannot_be_placed() -> None:
    """Nothing is told of them."""
    calls = Calls(max_calls=1)
    for error, to, account in (
        (InvalidValue, "sip:", ""),
        (NotFound, "sip:192.0.2.9", "sip_account_9"),
        (Conflict, "sip:192.0.2.9", "sip_account_2"),
    ):
        with pytest.raises(error):
            calls.conduct.call(to, account, "192.0.2.1:5060")
    calls.running = False
    with pytest.raises(Unavailable):
        calls.conduct.call("sip:192.0.2.9", "", "192.0.2.1:5060")
    assert calls.told() == []
    calls.running = True
    place(calls)
    with pytest.raises(Conflict):
        calls.conduct.call("sip:192.0.2.9", "", "192.0.2.1:5060")


def test_hanging_up() -> None:
    """Until the other side agrees the call is being ended; after five seconds it has ended whatever it says."""
    calls = Calls()
    id_ = place(calls)
    calls.says(id_, "active", 200)
    calls.told()
    call = calls.registry.existing(id_)
    calls.conduct.hang_up(call)
    calls.conduct.hang_up(call)
    assert calls.ordered() == [wire.HangUp(id_)]
    assert calls.told() == []
    assert calls.registry.statuses()[0].call_state == "Terminating"
    assert calls.registry.state == "Active"
    calls.says(id_, "active", 200, media=True)
    assert calls.sound.flowing == {}
    calls.passes(4)
    assert calls.told() == []
    calls.passes(2)
    assert calls.told() == ["(Terminated)", "Idle"]


def test_who_is_not_taken_is_no_call() -> None:
    """Refused, and nothing told: a scanner makes no events."""
    calls = Calls(max_calls=1)
    calls.comes(account="sip_account_2")
    calls.comes(account="gone")
    assert calls.ordered() == [wire.HangUp("In-1", 404), wire.HangUp("In-1", 404)]
    calls.comes("In-2")
    calls.comes("In-3", at="192.0.2.8")
    assert calls.ordered() == [wire.Answer("In-2"), wire.HangUp("In-3", 486)]
    assert calls.told() == []
    assert len(calls.registry.statuses()) == 1


def test_strangers_who_ring_leave_a_place() -> None:
    """Nobody who lets it ring here for a minute keeps those away whom the unit knows."""
    calls = Calls(max_calls=3)
    calls.conduct.known = ["192.0.2.9"]
    for number in range(4):
        calls.comes(f"In-{number}", account="sip_account_1", at=f"192.0.2.{10 + number}")
    calls.comes("known", account="sip_account_1", at="192.0.2.9")
    refused = [order.call for order in calls.ordered() if isinstance(order, wire.HangUp)]
    assert refused == ["In-2", "In-3"]


def test_a_call_that_is_unknown_here_is_ended() -> None:
    """Given up here for want of an answer, it goes on at the other end: nobody else would end it."""
    calls = Calls()
    id_ = place(calls)
    calls.conduct.hang_up(calls.registry.existing(id_))
    calls.passes(6)
    calls.ordered()
    calls.says(id_, "active", 200, media=True)
    assert calls.ordered() == [wire.HangUp(id_)]
    calls.says(id_, "ended", 200)
    assert calls.ordered() == []


def test_several_calls_have_the_most_telling_state() -> None:
    """Ringing before Active before Calling before Idle."""
    calls = Calls()
    out = calls.conduct.call("sip:192.0.2.9", "", "192.0.2.1:5060")
    assert calls.told() == ["(Initiated)", "Calling"]
    calls.comes("In-1")
    calls.says("In-1", "active", 200)
    assert calls.told() == ["(AcceptedByDevice)", "Active"]
    calls.comes("In-2", account="sip_account_1")
    assert calls.told() == ["(Initiated)", "Ringing"]
    calls.says("In-2", "ended", 487)
    assert calls.told() == ["(Terminated)", "Active"]
    calls.says("In-1", "ended", 200)
    assert calls.told() == ["(Terminated)", "Calling"]
    calls.says(out, "ended", 486)
    assert calls.told() == ["(Busy)", "Idle"]


def test_the_stack_dies() -> None:
    """Its calls have failed, also one that was being ended."""
    calls = Calls()
    place(calls)
    calls.comes("In-1")
    calls.says("In-1", "active", 200, media=True)
    calls.conduct.hang_up(calls.registry.existing("In-1"))
    calls.told()
    calls.conduct.lost()
    assert calls.told() == ["(Failed)", "(Terminated)", "Idle"]
    assert calls.sound.flowing == {}


def test_a_call_is_transferred() -> None:
    """REFER makes another call; a redirection leads the same one to somebody else."""
    calls = Calls()
    calls.comes("In-1")
    calls.says("In-1", "active", 200)
    calls.told()
    calls.conduct.transferred(wire.Transferred("In-1", "Out-x", "peer-to-peer", "sip:c@d"))
    assert calls.told() == ["(Initiated)"]
    calls.says("In-1", "ended", 200)
    assert calls.told() == ["(Terminated)", "Calling"]
    out = place(calls)
    calls.conduct.transferred(wire.Transferred(out, out, "peer-to-peer", "sip:e@f"))
    assert calls.registry.existing(out).remote_uri == "sip:e@f"


def test_ended_calls_are_kept_for_a_while() -> None:
    """Fifty of them, and for an hour; the newest first."""
    calls = Calls()
    ids = []
    for _ in range(60):
        ids.append(place(calls))
        calls.says(ids[-1], "ended", 486)
        calls.clock.advance(1)
    assert [status.call_id for status in calls.registry.statuses()] == ids[:-51:-1]
    with pytest.raises(NotFound):
        calls.registry.existing(ids[0])
    calls.clock.advance(3570)
    assert len(calls.registry.statuses()) == 30
    assert ids[-1].split("-")[:2] == ["Out", "59"]
