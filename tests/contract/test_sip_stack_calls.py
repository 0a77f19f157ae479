"""Calls between the process of the stack and a real phone."""

import signal
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from daemons.sip.stack import wire
from tests.contract.sip_phone import Phone, phone
from tests.contract.sip_sound import again_and_again, line, rising, until_alike, write_wav
from tests.contract.sip_stack_rig import Stack, stack

pytestmark = pytest.mark.skipif(find_spec("pjsua2") is None, reason="the SIP stack is not built")

CODECS = ("PCMU/8000",)


@pytest.fixture(scope="module")
def running() -> Iterator[Stack]:
    """Run the stack for all of these tests."""
    with stack(codecs=CODECS) as found:
        yield found


@pytest.fixture
def unit(running: Stack) -> Stack:
    """Return the stack with the settings it began with."""
    running.apply(codecs=CODECS)
    return running


@pytest.fixture
def caller(tmp_path: Path) -> Iterator[Phone]:
    """Run a phone into which somebody says the same again and again."""
    said = write_wav(tmp_path / "said.wav", rising(rate=8_000), 8_000)
    with phone(tmp_path / "phone", said, codecs=["PCMU/8000/1"]) as found:
        yield found


def answered(unit: Stack, caller: Phone) -> str:
    """Have the phone call, and return the id of the answered call."""
    caller.call(unit.uri())
    call = unit.wait(wire.Incoming).call
    unit.order(wire.Answer(call))
    unit.state(call, "active", media=True)
    caller.wait("CALL_ESTABLISHED")
    return call


def test_it_is_said_who_calls_whom_from_where_and_the_caller_hears_it_ring(
    unit: Stack, caller: Phone
) -> None:
    """And the caller may give up."""
    caller.call(unit.uri("anybody"))
    told = unit.wait(wire.Incoming)
    assert (told.account, told.source) == ("peer-to-peer", "127.0.0.1")
    assert "sip:phone@127.0.0.1" in told.remote_uri
    assert "sip:anybody@127.0.0.1" in told.device_uri
    unit.order(wire.Ring(told.call))
    caller.wait("CALL_RINGING")
    caller.hang_up()
    assert unit.state(told.call, "ended").code == 487


def test_a_call_is_refused_as_ordered(unit: Stack, caller: Phone) -> None:
    """With the code of the order."""
    caller.call(unit.uri())
    call = unit.wait(wire.Incoming).call
    unit.order(wire.HangUp(call, 603))
    assert unit.state(call, "ended").code == 603
    assert "603" in caller.wait("CALL_CLOSED")["param"]


def test_nobody_gets_in_where_no_calls_are_allowed(unit: Stack, caller: Phone) -> None:
    """The daemon does not even hear of it."""
    unit.apply(codecs=CODECS, allow_incoming=False)
    before = len(unit.notices)
    caller.call(unit.uri())
    assert "403" in caller.wait("CALL_CLOSED")["param"]
    while unit.read(0.05):
        pass
    assert {type(notice) for notice in unit.notices[before:]} <= {wire.Alive}


def test_one_call_more_than_there_may_be_is_busy(
    unit: Stack, caller: Phone, tmp_path: Path
) -> None:
    """The one that is up goes on."""
    unit.apply(codecs=CODECS, max_calls=1)
    call = answered(unit, caller)
    with phone(tmp_path / "second") as second:
        second.call(unit.uri())
        assert "486" in second.wait("CALL_CLOSED")["param"]
    with line(unit, call) as ours:
        until_alike(ours, rising(), 0.85)
    unit.order(wire.HangUp(call))
    unit.state(call, "ended")
    caller.wait("CALL_CLOSED")


def test_a_call_out_rings_and_is_answered(unit: Stack, caller: Phone) -> None:
    """Both hear each other, and the other side ends it."""
    unit.order(wire.Dial("out-1", "peer-to-peer", caller.uri))
    unit.state("out-1", "ringing", code=180)
    caller.wait("CALL_INCOMING")
    caller.answer()
    unit.state("out-1", "active", media=True)
    with line(unit, "out-1") as ours:
        until_alike(ours, rising(), 0.85)
    caller.hang_up()
    unit.state("out-1", "ended")


def test_a_call_out_is_refused_or_taken_back(unit: Stack, caller: Phone) -> None:
    """486 by the phone; CANCEL by the unit."""
    unit.order(wire.Dial("out-2", "peer-to-peer", caller.uri))
    caller.wait("CALL_INCOMING")
    caller.hang_up()
    assert unit.state("out-2", "ended").code == 486
    unit.order(wire.Dial("out-3", "peer-to-peer", caller.uri))
    caller.wait("CALL_INCOMING")
    unit.order(wire.HangUp("out-3"))
    assert unit.state("out-3", "ended").code == 487
    caller.wait("CALL_CLOSED")


def test_what_cannot_be_called_is_told(unit: Stack) -> None:
    """Nobody there, no such host, no such account, no address."""
    unit.order(wire.Dial("no-1", "peer-to-peer", "sip:phone@127.0.0.1:1;transport=tcp"))
    assert unit.state("no-1", "ended").code in {502, 503}
    unit.order(wire.Dial("no-2", "peer-to-peer", "sip:phone@no-such-host.invalid"))
    assert unit.state("no-2", "ended").code == 503
    unit.order(wire.Dial("no-3", "nobody's", "sip:phone@127.0.0.1"))
    assert unit.state("no-3", "ended").code == 404
    unit.order(wire.Dial("no-4", "peer-to-peer", "tel:112"))
    assert unit.state("no-4", "ended").code == 400


def test_the_phone_holds_the_call_and_takes_it_up_again(unit: Stack, caller: Phone) -> None:
    """And sound flows as before."""
    call = answered(unit, caller)
    caller.do("hold")
    unit.state(call, "active", held=True)
    caller.do("resume")
    unit.state(call, "active", held=False, media=True)
    with line(unit, call) as ours:
        ours.say(again_and_again(rising(falls=True)))
        until_alike(ours, rising(), 0.85)
    caller.hang_up()
    unit.state(call, "ended")


def test_keys_are_told(unit: Stack, caller: Phone) -> None:
    """Each once, in their order."""
    call = answered(unit, caller)
    for digit in "5#*":
        caller.press(digit)
        assert unit.wait(wire.Dtmf) == wire.Dtmf(call, digit)
    caller.hang_up()
    unit.state(call, "ended")


def test_a_transfer_is_followed(unit: Stack, caller: Phone, tmp_path: Path) -> None:
    """The phone sends the unit to another one."""
    unit.apply(codecs=CODECS, peers_transfer=True)
    call = answered(unit, caller)
    with phone(tmp_path / "other", answers=True, codecs=["PCMU/8000/1"]) as other:
        caller.do("transfer", other.uri)
        told = unit.wait(wire.Transferred)
        assert (told.by, told.account) == (call, "peer-to-peer")
        other.wait("CALL_ESTABLISHED")
        unit.state(told.call, "active", media=True)
        unit.order(wire.HangUp(told.call))
        other.wait("CALL_CLOSED")
    unit.order(wire.HangUp(call))
    caller.wait("CALL_CLOSED")


def test_a_transfer_is_declined_where_none_is_wanted(unit: Stack, caller: Phone) -> None:
    """No call is made."""
    unit.apply(codecs=CODECS, follow_transfers=False, peers_transfer=True)
    call = answered(unit, caller)
    caller.do("transfer", "sip:nobody@127.0.0.1:1")
    assert "603" in caller.wait("TRANSFER_FAILED")["param"]
    unit.state(call, "ended")  # so this phone does then


def test_a_killed_stack_is_followed_by_one_that_takes_calls(caller: Phone) -> None:
    """At the same ports, at once."""
    with stack(codecs=CODECS) as first:
        call = answered(first, caller)
        first.process.send_signal(signal.SIGKILL)
        first.process.wait()
    endpoint = {
        name: getattr(first.endpoint, name) for name in ("udp_port", "tls_port", "rtp_port")
    }
    with stack(endpoint, codecs=CODECS) as second:
        caller.hang_up()
        call = answered(second, caller)
        second.order(wire.HangUp(call))
        second.state(call, "ended")
        caller.wait("CALL_CLOSED")


def test_stopping_says_goodbye(caller: Phone) -> None:
    """By SIGTERM as by the order, within three seconds."""
    with stack(codecs=CODECS) as unit:
        answered(unit, caller)
        unit.process.send_signal(signal.SIGTERM)
        caller.wait("CALL_CLOSED", within_s=3.0)
        assert unit.process.wait(3.0) == 0


def test_a_daemon_that_is_gone_is_followed_at_once(caller: Phone) -> None:
    """And the other party is told."""
    with stack(codecs=CODECS) as unit:
        answered(unit, caller)
        unit.end.close()
        caller.wait("CALL_CLOSED", within_s=3.0)
        unit.process.wait(3.0)


def test_a_hundred_calls_leave_nothing_behind(unit: Stack, tmp_path: Path) -> None:
    """Nothing but what is remembered of each for some seconds, in case its messages come again.

    Measured over 800 calls it grows in the first eight seconds and no more.
    """
    with stack({"rtp_port": 42_000}, codecs=CODECS) as other:
        before: tuple[int, int] | None = None
        for number in range(100):
            name = f"again-{number}"
            unit.order(wire.Dial(name, "peer-to-peer", other.uri()))
            call = other.wait(wire.Incoming).call
            other.order(wire.Answer(call))
            unit.state(name, "active", media=True)
            unit.order(wire.HangUp(name))
            other.state(call, "ended")
            before = before or (other.memory_kib(), other.descriptors())
        assert before
        assert other.descriptors() <= before[1] + 4
        assert other.memory_kib() < before[0] + 100 * 100


def test_nothing_can_be_executed_or_written_any_more(unit: Stack) -> None:
    """By no thread of it."""
    threads = list(Path(f"/proc/{unit.process.pid}/task").iterdir())
    assert len(threads) > 1
    for thread in threads:
        status = (thread / "status").read_text()
        assert "Seccomp:\t2\n" in status
        assert "NoNewPrivs:\t1\n" in status
