"""What may be stored of rules, actions and recipients, and what is answered to the rest."""

import asyncio
from typing import cast

import msgspec
import pytest

from common.errors import (
    ApplianceError,
    Conflict,
    InvalidValue,
    NotFound,
    NotSupported,
    Unavailable,
)
from common.params.client import ParamsClient
from common.rules import Action, Condition, Recipient, Rule
from daemons.events.configuration.numbers import Numbers
from daemons.events.configuration.store import Store
from tests.unit.events.configured import PRESSED, MemoryParams, opened

CLOSED = Condition(
    "tns1:Device/tnsaxis:IO/Port", 'boolean(//SimpleItem[@Name="state" and @Value="1"])'
)
PLAY = Action("play", parameters={"location": "a.mp3"})
MAIL = Recipient("Office", "smtp", parameters={"host": "mail", "login": "u", "password": "hush"})


async def rule(store: Store, **changes: object) -> Rule:
    """Return a rule that could be stored."""
    action = await store.put_action(PLAY)
    return msgspec.structs.replace(Rule("Bell", action, conditions=(CLOSED,)), **changes)


async def test_a_rule_is_kept_as_it_was_sent() -> None:
    """After the daemon has started again, too."""
    params = MemoryParams()
    store = await opened(params)
    sent = await rule(store, wait_s=3661.0, trigger=Condition(PRESSED.name), enabled=False)
    id_ = await store.put_rule(sent)
    again = await opened(params)
    assert again.rule(id_) == msgspec.structs.replace(sent, id=id_)


async def test_a_write_that_was_not_answered_stands_in_no_later_one_s_way() -> None:
    """Whether it was done or not, and whether it wrote a rule, its number, or removed it."""
    params = MemoryParams()
    store = await opened(params)
    sent = await rule(store)
    id_ = await store.put_rule(sent)
    changed = msgspec.structs.replace(sent, id=id_, name="New")
    for write in (
        lambda: store.put_rule(changed),
        lambda: store.put_rule(sent),
        lambda: store.remove_rule(id_),
    ):
        params.dies_after_writing = True
        with pytest.raises(Unavailable):
            await write()
    assert await store.put_rule(sent) > id_
    assert id_ not in [each.id for each in (await opened(params)).rules()]


@pytest.mark.covers("M-EVT-01")
async def test_there_are_at_most_256_rules() -> None:
    """One more is refused, and changes nothing; when one goes there is room again."""
    store = await opened()
    sent = await rule(store)
    last = 0
    while len(store.rules()) < 256:
        last = await store.put_rule(sent)
    with pytest.raises(Conflict, match="256"):
        await store.put_rule(sent)
    assert len(store.rules()) == 256
    await store.remove_rule(last)
    assert await store.put_rule(sent) == last + 1


@pytest.mark.covers("M-RCP-01")
async def test_there_are_at_most_20_recipients() -> None:
    """Copies count."""
    store = await opened()
    first = await store.put_recipient(MAIL)
    for number in range(19):
        await store.copy_recipient(first, f"Copy {number}")
    with pytest.raises(Conflict, match="20"):
        await store.copy_recipient(first, "one more")
    assert len(store.recipients()) == 20


@pytest.mark.parametrize(
    ("changes", "error", "text"),
    [
        ({"action": 9999}, NotFound, "Unknown action configuration '9999' specified for primary"),
        (
            {"conditions": (Condition(PRESSED.name),)},
            InvalidValue,
            "could not match any property events",
        ),
        (
            {"conditions": (Condition("tns1:Nothing"),)},
            InvalidValue,
            "could not match any property events",
        ),
        ({"conditions": (Condition("X"),)}, InvalidValue, "failed to parse topic expression 'X'"),
        (
            {"conditions": (Condition(CLOSED.topic, "["),)},
            InvalidValue,
            "around character 1: syntax error",
        ),
        ({"trigger": Condition("tns1:Nothing")}, InvalidValue, "could not match any events"),
        (
            {"trigger": Condition(PRESSED.name, invert=True)},
            InvalidValue,
            "what has no state cannot be inverted",
        ),
        ({"conditions": ()}, InvalidValue, "needs a start event or a condition"),
        ({"name": "a\0b"}, InvalidValue, "control character"),
        ({"id": 77}, NotFound, "No action rule with id '77' exists"),
    ],
)
async def test_a_rule_that_cannot_work_is_refused(
    changes: dict[str, object], error: type[ApplianceError], text: str
) -> None:
    """With the device's own words where they are known, and nothing is changed."""
    store = await opened()
    sent = await rule(store, **changes)
    before = store.rules()
    with pytest.raises(error) as refusal:
        await store.put_rule(sent)
    assert text in refusal.value.message
    assert store.rules() == before


async def test_an_action_without_an_end_needs_a_condition() -> None:
    """Else nothing would ever end it."""
    store = await opened()
    loop = await store.put_action(Action("loop"))
    with pytest.raises(InvalidValue, match="needs a condition"):
        await store.put_rule(Rule("Loop", loop, trigger=Condition(PRESSED.name)))


async def test_an_action_becomes_none_without_an_end_under_a_rule_that_would_never_end_it() -> None:
    """The rule that uses it counts as much as one that is stored anew."""
    store = await opened()
    action = await store.put_action(PLAY)
    await store.put_rule(Rule("Once", action, trigger=Condition(PRESSED.name)))
    with pytest.raises(InvalidValue, match="needs a condition"):
        await store.put_action(Action("loop", action))
    assert store.action(action).template == "play"


@pytest.mark.parametrize(
    ("action", "error", "text"),
    [
        (Action("X"), NotFound, "action template with id 'X' not found"),
        (Action("play"), InvalidValue, "Configuration parameter missing: location"),
        (
            Action("play", parameters={"location": ""}),
            InvalidValue,
            "Configuration parameter missing: location",
        ),
        (
            Action("play", parameters={"location": "a", "x": "1"}),
            InvalidValue,
            "no parameter 'x'",
        ),
        (Action("play", parameters={"location": "a\nb"}), InvalidValue, "line break"),
        (Action("missing"), NotSupported, "this unit has no SIP"),
        (Action("play", recipient=3, parameters=PLAY.parameters), InvalidValue, "has no recipient"),
        (Action("mail", recipient=3), NotFound, "Unknown recipient configuration '3'"),
        (Action("mail"), InvalidValue, "Configuration parameter missing: host"),
        (
            Action("mail", parameters={"host": "a", "port": "70000"}),
            InvalidValue,
            "Port is 70000, more than 65535",
        ),
    ],
)
async def test_an_action_that_cannot_work_is_refused(
    action: Action, error: type[ApplianceError], text: str
) -> None:
    """With the device's own words where they are known."""
    store = await opened()
    before = store.actions()
    with pytest.raises(error) as refusal:
        await store.put_action(action)
    assert text in refusal.value.message
    assert store.actions() == before


async def test_what_is_used_stays() -> None:
    """An action that a rule uses, a recipient that an action uses."""
    store = await opened()
    recipient = await store.put_recipient(MAIL)
    action = await store.put_action(Action("mail", recipient=recipient))
    id_ = await store.put_rule(await rule(store, action=action))
    with pytest.raises(Conflict, match=f"action configuration is in use: rules {id_}"):
        await store.remove_action(action)
    with pytest.raises(Conflict, match="the recipient is used by Bell"):
        await store.remove_recipient(recipient)
    await store.remove_rule_with_action(id_)
    assert action not in [each.id for each in store.actions()]
    await store.remove_recipient(recipient)
    assert store.recipients() == []


async def test_secrets_come_back_to_delivery_alone() -> None:
    """They are kept when they are left out, follow a copy, and stand in no listing."""
    params = MemoryParams()
    store = await opened(params)
    id_ = await store.put_recipient(MAIL)
    assert store.recipient(id_).parameters == {"host": "mail", "login": "u"}
    changed = Recipient("Office", "smtp", id_, {"host": "mail", "port": "25"})
    await store.put_recipient(changed)
    copy = await store.copy_recipient(id_, "Copy")
    for each in (id_, copy):
        assert await store.whole_parameters("recipient", each) == (
            "smtp",
            {"host": "mail", "port": "25", "password": "hush"},
        )
    parameters = {"message": "What is said", "host": "a", "password": "hush"}
    inline = await store.put_action(Action("mail", parameters=parameters))
    assert await store.whole_parameters("action", inline) == (
        "smtp",
        {"host": "a", "password": "hush"},
    )
    assert "hush" not in repr([store.actions(), store.recipients(), store._actions.records])
    assert await store.whole_parameters("recipient", 99) is None
    tried = await store.with_kept_secrets(changed)
    assert tried.parameters == {"host": "mail", "port": "25", "password": "hush"}


@pytest.mark.parametrize("template", ["smtp", "tcp"])
async def test_another_server_does_not_get_the_old_secrets(template: str) -> None:
    """Who may change a recipient, or try one, need not know its password: it goes nowhere else."""
    store = await opened()
    id_ = await store.put_recipient(MAIL)
    elsewhere = Recipient("Office", template, id_, {"host": "other"})
    assert (await store.with_kept_secrets(elsewhere)).parameters == {"host": "other"}
    await store.put_recipient(elsewhere)
    assert await store.whole_parameters("recipient", id_) == (template, {"host": "other"})


async def test_a_rule_and_its_action_are_stored_together_or_not_at_all() -> None:
    """An action of a rule that is refused does not stay behind; an edited rule keeps its action's number."""
    store = await opened()
    before = store.actions()
    with pytest.raises(InvalidValue):
        await store.put_rule_with_action(Rule("Bell", 0), PLAY)
    assert store.actions() == before
    id_ = await store.put_rule_with_action(Rule("Bell", 0, conditions=(CLOSED,)), PLAY)
    action = store.rule(id_).action
    louder = msgspec.structs.replace(PLAY, parameters={"location": "b.mp3"})
    await store.put_rule_with_action(msgspec.structs.replace(store.rule(id_), name="New"), louder)
    assert store.rule(id_).action == action
    assert store.action(action).parameters == {"location": "b.mp3"}
    with pytest.raises(InvalidValue):
        await store.put_rule_with_action(
            msgspec.structs.replace(store.rule(id_), conditions=()), PLAY
        )
    assert store.action(action).parameters == {"location": "b.mp3"}


async def test_rules_and_schedules_are_numbered_at_the_same_time() -> None:
    """None waits for the other, and none is refused for it."""
    client = cast(ParamsClient, SlowParams())
    numbers = Numbers(client)
    await numbers.load()
    await numbers.begin({})
    kinds = ["rule", "schedule", "rule"]
    assert await asyncio.gather(*map(numbers.next, kinds)) == [1, 1, 2]


class SlowParams(MemoryParams):
    """Answers later, as a daemon does."""

    async def put_record(self, type_: str, id_: str, revision: int, content: str) -> int:
        """Write a record."""
        written = await super().put_record(type_, id_, revision, content)
        await asyncio.sleep(0)
        return written


@pytest.mark.covers("M-EVT-12", "M-EVT-13", "M-EVT-14", "M-EVT-15", "M-EVT-16", "M-EVT-17")
async def test_the_factory_rules_are_there() -> None:
    """All off; after the first start, and again after a reset, but not after they were removed."""
    params = MemoryParams()
    store = await opened(params)
    names = [each.name for each in store.rules()]
    assert names == [
        "Loud ringer",
        "Pre-announcement tone: Play tone on incoming call",
        "Pre-announcement tone: Answer call after incoming call-tone",
        "Front-facing LED Activation: LiveStream",
        "Front-facing LED Activation: Recording",
        "Front-facing LED Activation: SIP",
    ]
    assert not any(each.enabled for each in store.rules())
    await store.remove_rule(1)
    assert (await opened(params)).rules() == store.rules()
    params.kept.clear()
    assert [each.name for each in (await opened(params)).rules()] == names


async def test_a_factory_rule_that_waits_for_a_part_can_be_renamed_but_not_switched_on() -> None:
    """Its topic is not there yet, and its action says what is missing."""
    store = await opened()
    factory = store.rule(4)
    await store.put_rule(msgspec.structs.replace(factory, name="Lamp"))
    with pytest.raises(NotSupported):
        await store.put_rule(msgspec.structs.replace(store.rule(4), enabled=True))
    assert store.rule(4).name == "Lamp"


async def test_rules_together_have_no_more_than_there_is_work_for() -> None:
    """The longest conditions fill it with a few rules; the last change that is too much changes nothing."""
    store = await opened()
    long = tuple(
        Condition("tns1:Device//.", f'boolean(//SimpleItem[@Value="{number:01990}"])')
        for number in range(32)
    )
    plain = await store.put_rule(await rule(store))
    filling = await rule(store, conditions=long)
    last = 0
    for _ in range(4):
        last = await store.put_rule(filling)
    with pytest.raises(Conflict, match="262144"):
        await store.put_rule(filling)
    with pytest.raises(Conflict, match="262144"):
        await store.put_rule(msgspec.structs.replace(filling, id=plain))
    assert store.rule(plain).conditions == (CLOSED,)
    # A rule that is changed counts once.
    assert await store.put_rule(msgspec.structs.replace(filling, id=last, name="New")) == last
