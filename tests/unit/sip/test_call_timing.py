"""How long calls may last."""

import pytest

from daemons.sip.stack import wire
from tests.unit.sip.fakes import Calls


def outgoing(calls: Calls, *, answered: bool) -> str:
    """Call somebody."""
    id_ = calls.conduct.call("sip:192.0.2.9", "", "192.0.2.1:5060")
    if answered:
        calls.clock.advance(5)
        calls.says(id_, "active", 200)
    calls.ordered()
    calls.told()
    return id_


def incoming(calls: Calls) -> str:
    """Be called, and answer."""
    calls.comes("In-1")
    calls.says("In-1", "active", 200)
    calls.ordered()
    calls.told()
    return "In-1"


@pytest.mark.covers("M-SIP-04", part="calling")
def test_nobody_answers() -> None:
    """Sixty seconds after the call."""
    calls = Calls()
    id_ = outgoing(calls, answered=False)
    assert calls.conduct.due == calls.clock.monotonic() + 60
    calls.passes(59.9)
    assert calls.ordered() == []
    calls.passes(0.1)
    assert calls.ordered() == [wire.HangUp(id_)]
    calls.says(id_, "ended", 487)
    assert calls.told() == ["(NoAnswer)", "Idle"]


@pytest.mark.covers("M-SIP-04", part="ringing")
def test_it_rings_for_nobody() -> None:
    """The caller hears that nobody is there."""
    calls = Calls()
    calls.comes(account="sip_account_1")
    calls.ordered()
    calls.passes(60)
    assert calls.ordered() == [wire.HangUp("In-1", 480)]
    calls.says("In-1", "ended", 480)
    assert calls.told()[-2:] == ["(NoAnswer)", "Idle"]


def test_a_caller_does_not_acknowledge() -> None:
    """The place is free again long before the transaction ends."""
    calls = Calls()
    calls.comes()
    calls.passes(9.9)
    assert calls.ordered() == [wire.Answer("In-1")]
    calls.passes(0.1)
    assert calls.ordered() == [wire.HangUp("In-1")]
    calls.passes(5)
    assert calls.told() == ["(Failed)"]
    assert len(calls.registry) == 0


@pytest.mark.covers("M-SIP-05", part="how long")
@pytest.mark.parametrize(
    ("incoming_s", "all_s", "ends_s"), [(600, 0, 600), (20, 30, 20), (30, 20, 20)]
)
def test_an_incoming_call_lasts_as_long_as_it_may(incoming_s: int, all_s: int, ends_s: int) -> None:
    """By its own limit, and by that of all calls."""
    calls = Calls(max_incoming_call_duration=incoming_s, max_call_duration=all_s)
    id_ = incoming(calls)
    calls.passes(ends_s - 1)
    assert calls.ordered() == []
    calls.passes(1)
    assert calls.ordered() == [wire.HangUp(id_)]
    calls.says(id_, "ended", 200)
    assert calls.told() == ["(Terminated)", "Idle"]


@pytest.mark.covers("M-SIP-06", part="how long")
def test_an_outgoing_call_lasts_as_long_as_it_may_or_without_an_end() -> None:
    """From the answer on; 0 is without an end."""
    calls = Calls(max_call_duration=20)
    id_ = outgoing(calls, answered=True)
    calls.passes(19)
    assert calls.ordered() == []
    calls.passes(1)
    assert calls.ordered() == [wire.HangUp(id_)]
    endless = Calls(max_call_duration=0)
    outgoing(endless, answered=True)
    assert endless.conduct.due is None
    endless.passes(1_000_000)
    assert endless.ordered() == []


@pytest.mark.covers("M-SIP-05", part="also by a transfer")
def test_a_transfer_does_not_make_an_incoming_call_longer() -> None:
    """Whoever was let in for ten minutes has that long, wherever he sends the call, and however often."""
    calls = Calls(max_incoming_call_duration=600, max_call_duration=0)
    by = incoming(calls)
    for name in ("Out-1", "Out-2"):
        calls.passes(200)
        calls.conduct.transferred(wire.Transferred(by, name, "peer-to-peer", "sip:c@192.0.2.9"))
        calls.says(name, "active", 200)
        calls.says(by, "ended", 200)
        by = name
    calls.passes(199)
    assert calls.ordered() == []
    calls.passes(1)
    assert calls.ordered() == [wire.HangUp("Out-2")]
    assert calls.registry.existing("Out-2").text == "the longest duration, 600 s, was reached"


def test_a_transfer_of_a_call_of_ours_lasts_as_long_as_that() -> None:
    """The limit of incoming calls is not for it; its own begins with its answer."""
    calls = Calls(max_incoming_call_duration=20, max_call_duration=30)
    by = outgoing(calls, answered=True)
    calls.passes(15)
    calls.conduct.transferred(wire.Transferred(by, "Out-9", "peer-to-peer", "sip:c@192.0.2.9"))
    calls.says("Out-9", "active", 200)
    calls.says(by, "ended", 200)
    calls.passes(29)
    assert calls.ordered() == []
    calls.passes(1)
    assert calls.ordered() == [wire.HangUp("Out-9")]
