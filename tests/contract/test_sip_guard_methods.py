"""The guard of the SIP stack: every request is answered, and by what the standard says (RFC 3261, section 8.2)."""

from collections.abc import Iterator

import pytest

from tests.contract.sip_guard_rig import Caller, Phone, needs_stack, running_phone
from tests.contract.sip_message import token

pytestmark = [needs_stack, pytest.mark.timeout(60)]

RATES = ("stranger_rate", "stranger_burst", "strangers_rate", "strangers_burst")
PLENTY = dict.fromkeys((*RATES, "answers_rate", "answers_burst"), 5000)


@pytest.fixture(scope="module")
def phone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Phone]:
    """One phone for all tests."""
    with running_phone(tmp_path_factory.mktemp("guard") / "phone.log") as phone:
        yield phone


@pytest.fixture
def caller(phone: Phone) -> Iterator[Caller]:
    """Anybody."""
    phone.ask("limits", PLENTY)
    with Caller(phone, "127.0.0.66") as caller:
        yield caller


def listed(caller: Caller, name: str) -> set[str]:
    """Return what a header of the last answer lists."""
    return {word.strip() for text in caller.last.all(name) for word in text.split(",")}


@pytest.mark.parametrize("method", ["REGISTER", "PUBLISH", "FOO"])
def test_a_method_that_there_is_not(phone: Phone, caller: Caller, method: str) -> None:
    """Outside and within a call; the answer says which there are."""
    before = phone.count()["method"]
    assert caller.ask(caller.request(method)) == 405
    allowed = listed(caller, "allow")
    assert {"INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "INFO"} <= allowed
    assert method not in allowed
    call = caller.call()
    assert call.ask(method) == 405
    assert phone.count()["method"] == before + 2
    call.end()


def test_the_question_what_we_can_within_a_call(caller: Caller) -> None:
    """As outside of it, and the call goes on."""
    call = caller.call()
    for _ in range(3):
        assert call.ask("OPTIONS") == 200
        assert "INVITE" in listed(caller, "allow")
        assert "application/sdp" in listed(caller, "accept")
    assert call.ask("INVITE", caller.offer()) == 200
    call.end()
    assert call.caller.ask(caller.request("OPTIONS", call=call.name, to_tag=call.to_tag)) == 481


@pytest.mark.parametrize("method", ["BYE", "INFO", "UPDATE", "PRACK", "NOTIFY", "REFER", "CANCEL"])
@pytest.mark.parametrize("to_tag", ["", "nobodys"])
def test_what_belongs_to_no_call(caller: Caller, method: str, to_tag: str) -> None:
    """Is told so, whether it names one or not."""
    status = caller.ask(caller.request(method, to_tag=to_tag))
    assert 400 <= status < 500


@pytest.mark.parametrize("within", [False, True])
def test_an_extension_that_is_required_and_not_there(caller: Caller, within: bool) -> None:
    """The answer says which; one that is there is no hindrance."""
    call = caller.call()
    tag, name = (call.to_tag, call.name) if within else ("", token())
    for number, (wanted, status) in enumerate((("replaces", 200), ("x-one, replaces, x-two", 420))):
        data = caller.request(
            "OPTIONS", call=name, to_tag=tag, number=number + 2, more=(("Require", wanted),)
        )
        assert caller.ask(data) == status
    assert listed(caller, "unsupported") == {"x-one", "x-two"}
    call.end()


def test_such_answers_are_not_given_without_end(phone: Phone, caller: Caller) -> None:
    """The unit must not answer for a stranger who gives somebody else's address as his own."""
    phone.ask("limits", PLENTY | {"answers_rate": 1, "answers_burst": 5})
    with phone.flooded(50):
        for _ in range(50):
            caller.send(caller.request("REGISTER"))
    answers = 0
    while (answer := caller.receive(0.2)) is not None:
        assert answer.status == 405
        answers += 1
    assert 5 <= answers <= 10
