"""The action service: rules, with the recorded faults (VAPIX events page 5)."""

import pytest

from common.errors import Conflict, InvalidValue, NotFound
from tests.unit.http.action_requests import (
    AA,
    CONCRETE,
    DECLARED,
    ITEM_FILTER,
    READY,
    SYSTEM_READY,
    WSNT,
    about,
    conditions,
    new_rule,
    sent,
    told,
    wanted,
)
from tests.unit.http.edge import Edge
from tests.unit.http.soap import ACTION, ask, put


@pytest.mark.covers("M-EVT-01", "M-EVT-02", "M-EVT-03", "M-EVT-04", part="added over VAPIX")
@pytest.mark.covers("M-EVT-05", "M-EVT-06", "M-EVT-08", part="added over VAPIX")
async def test_a_rule_is_added(edge: Edge) -> None:
    """A trigger, two conditions, a time to wait, a name."""
    put(edge, put_rule=3)
    start = f"<StartEvent>{wanted('tns1:Device/tnsaxis:IO/Port', READY)}</StartEvent>"
    both = conditions(wanted(SYSTEM_READY, READY), wanted("tnsaxis:MediaClip/Playing"))
    reply = await ask(
        edge, new_rule(f"{start}{both}<ActivationTimeout>PT1M10.5S</ActivationTimeout>", 12)
    )
    assert told(reply, "RuleID").text == "3"
    assert sent(edge, "put_rule") == {
        "name": "R",
        "action": 12,
        "id": 0,
        "enabled": True,
        "trigger": {"topic": "tns1:Device/tnsaxis:IO/Port", "content": READY, "invert": False},
        "conditions": [
            {"topic": SYSTEM_READY, "content": READY, "invert": False},
            {"topic": "tnsaxis:MediaClip/Playing", "content": "", "invert": False},
        ],
        "wait_s": 70.5,
    }


@pytest.mark.parametrize(
    ("expression", "stored"),
    [
        (SYSTEM_READY, SYSTEM_READY),
        (f" {SYSTEM_READY}\n", SYSTEM_READY),
        ("tns1:Device/tnsaxis:IO/tnsaxis:Port", "tns1:Device/tnsaxis:IO/Port"),
        ("tns1:Device/tnsaxis:IO//.", "tns1:Device/tnsaxis:IO//."),
        ("o:Device/x:IO/x:Port", "tns1:Device/tnsaxis:IO/Port"),
        ("x:A|o:B", "tnsaxis:A|tns1:B"),
    ],
)
async def test_topics_are_read_as_they_are_meant(edge: Edge, expression: str, stored: str) -> None:
    """The long form, a client's own prefixes; printed in the short form with the usual ones."""
    put(edge, put_rule=3)
    own = f'{CONCRETE} xmlns:o="http://www.onvif.org/ver10/topics" xmlns:x="http://www.axis.com/2009/event/topics"'
    assert (await ask(edge, new_rule(conditions(wanted(expression, None, own))))).status == 200
    assert sent(edge, "put_rule")["conditions"][0]["topic"] == stored


async def test_prefixes_need_no_declaration(edge: Edge) -> None:
    """Clients in the field write what they have seen, and their elements in any namespace."""
    put(edge, put_rule=3)
    bare = new_rule(conditions(wanted(SYSTEM_READY, READY, ""))).replace(
        DECLARED, f'xmlns="{ACTION}"'
    )
    assert (await ask(edge, bare.replace("wsnt:", ""))).status == 200
    assert sent(edge, "put_rule")["conditions"][0]["topic"] == SYSTEM_READY


@pytest.mark.covers("M-EVT-07", part="over VAPIX")
async def test_a_content_that_is_negated_is_an_inverted_condition(edge: Edge) -> None:
    """As a whole only; and it is printed the same way again."""
    part = f"not({READY}) and {READY}"
    put(edge, put_rule=3)
    await ask(
        edge,
        new_rule(conditions(wanted(SYSTEM_READY, f"not({READY})"), wanted(SYSTEM_READY, part))),
    )
    stored = sent(edge, "put_rule")
    assert stored["conditions"] == [
        {"topic": SYSTEM_READY, "content": READY, "invert": True},
        {"topic": SYSTEM_READY, "content": part, "invert": False},
    ]
    stored["conditions"].append({"topic": "tnsaxis:A", "content": "", "invert": True})
    put(edge, rules=[{"rule": stored, "active": False, "since": None, "available": ""}])
    reply = await ask(edge, f"<GetActionRules {DECLARED}/>")
    contents = [one.text for one in reply.body.iter(f"{WSNT}MessageContent")]
    assert contents == [f"not({READY})", part, "not(boolean(//SimpleItem))"]


async def test_rules_are_listed_in_the_recorded_form(edge: Edge) -> None:
    """Each part in its order; what a rule lacks is not there."""
    topic, content = (
        "tnsaxis:Call/State",
        'boolean(//SimpleItem[@Name="CallState" and @Value="Ringing"])',
    )
    put(
        edge,
        rules=[
            {
                "rule": {
                    "id": 1,
                    "name": "Loud ringer",
                    "enabled": False,
                    "conditions": [{"topic": topic, "content": content}],
                    "action": 1,
                },
                "active": False,
                "since": None,
                "available": "",
            },
            {
                "rule": {
                    "id": 2,
                    "name": "T",
                    "trigger": {"topic": topic},
                    "wait_s": 5400,
                    "action": 4,
                },
                "active": True,
                "since": 1.0,
                "available": "",
            },
        ],
    )
    reply = await ask(edge, f"<GetActionRules {DECLARED}/>")
    text = reply.text.partition("<SOAP-ENV:Body>")[2]
    quoted = content
    assert text.startswith(
        "<aa:GetActionRulesResponse><aa:ActionRules><aa:ActionRule><aa:RuleID>1</aa:RuleID>"
        "<aa:Name>Loud ringer</aa:Name><aa:Enabled>false</aa:Enabled><aa:Conditions><aa:Condition>"
        f"<wsnt:TopicExpression {CONCRETE}>{topic}</wsnt:TopicExpression>"
        f"<wsnt:MessageContent {ITEM_FILTER}>{quoted}</wsnt:MessageContent>"
        "</aa:Condition></aa:Conditions><aa:PrimaryAction>1</aa:PrimaryAction></aa:ActionRule>"
        "<aa:ActionRule><aa:RuleID>2</aa:RuleID><aa:Name>T</aa:Name><aa:Enabled>true</aa:Enabled>"
        f"<aa:StartEvent><wsnt:TopicExpression {CONCRETE}>{topic}</wsnt:TopicExpression></aa:StartEvent>"
        "<aa:ActivationTimeout>PT1H30M</aa:ActivationTimeout><aa:PrimaryAction>4</aa:PrimaryAction>"
    )


async def test_the_recorded_faults_of_rules(edge: Edge) -> None:
    """A bad topic, a bad filter, empty conditions, an unknown action, no such event, no such rule."""
    reply = await ask(edge, new_rule(conditions(wanted("Foo/Bar"))))
    bad_topic = ("failed to parse topic expression 'Foo/Bar'", "", "InvalidTopicExpressionFault")
    assert reply.fault == bad_topic
    assert reply.body.find(".//{http://docs.oasis-open.org/wsrf/bf-2}Timestamp") is not None
    reply = await ask(edge, new_rule(conditions(wanted(SYSTEM_READY, "boolean[]"))))
    assert reply.fault[0].startswith("around character 8: syntax error, unexpected [, expecting (")
    assert reply.fault[2] == "InvalidMessageContentExpressionFault"
    reply = await ask(edge, new_rule("<Conditions/>"))
    assert reply.fault == ("Invalid argument", "ter:InvalidArgs", "Text")
    violation = "Validation constraint violation: occurrence violation in element Conditions"
    assert f"<SOAP-ENV:Text>{violation}</SOAP-ENV:Text>" in reply.text
    assert not edge.events.calls
    good = new_rule(conditions(wanted(SYSTEM_READY, READY)), 9999)
    put(edge, put_rule=NotFound("there is no action 9999"))
    reason = "Unknown action configuration '9999' specified for primary action"
    assert (await ask(edge, good)).fault == (reason, "", "ActionConfigurationNotFoundFault")
    put(edge, put_rule=InvalidValue("could not match any property events"))
    unmatched = ("could not match any property events", "", "InvalidConditionFilterFault")
    assert (await ask(edge, good)).fault == unmatched
    put(edge, put_rule=InvalidValue("an unlimited action needs a condition"))
    assert (await ask(edge, new_rule(""))).fault[2] == "InsufficientActivationRuleFault"
    put(edge, put_rule=Conflict("there are 256 rules already"))
    assert (await ask(edge, good)).fault[:2] == ("there are 256 rules already", "ter:Action")
    put(edge, remove_rule=NotFound("x"))
    reply = await ask(edge, about("RemoveActionRule", "RuleID", 9999))
    assert reply.fault == ("No action rule with id '9999' exists", "", "ActionRuleNotFoundFault")
    put(edge, remove_rule=None)
    reply = await ask(edge, about("RemoveActionRule", "RuleID", 1))
    assert (reply.body.tag, list(reply.body)) == (f"{AA}RemoveActionRuleResponse", [])


@pytest.mark.parametrize(
    ("inner", "fault"),
    [
        ("<ActivationTimeout>10</ActivationTimeout>", "InvalidActivationTimeoutFault"),
        ("<ActivationTimeout>PT</ActivationTimeout>", "InvalidActivationTimeoutFault"),
        ("<ActivationTimeout>P1M</ActivationTimeout>", "InvalidActivationTimeoutFault"),
        ("<ActivationTimeout>-PT1S</ActivationTimeout>", "InvalidActivationTimeoutFault"),
        ("<ActivationTimeout>PT100H</ActivationTimeout>", "InvalidActivationTimeoutFault"),
        ("<FailoverAction>2</FailoverAction>", ""),
        ("<StartEvent/>", "Text"),
        (conditions(""), "Text"),
        (conditions(*[wanted(SYSTEM_READY)] * 33), "Text"),
        (
            conditions(wanted(SYSTEM_READY, None, 'Dialect="u"')),
            "TopicExpressionDialectUnknownFault",
        ),
        (
            conditions(wanted(SYSTEM_READY, READY).replace(ITEM_FILTER, 'Dialect="u"')),
            "InvalidFilterFault",
        ),
        (conditions(wanted("a:Device/b:IO")), "InvalidTopicExpressionFault"),
        (conditions(wanted("tns1:" + "A" * 3000)), "InvalidTopicExpressionFault"),
        (
            conditions(wanted(SYSTEM_READY, "not(" * 60 + READY + ")" * 60)),
            "InvalidMessageContentExpressionFault",
        ),
    ],
)
async def test_a_rule_of_the_wrong_form_is_refused(edge: Edge, inner: str, fault: str) -> None:
    """Before the events daemon hears of it."""
    assert (await ask(edge, new_rule(inner))).fault[2] == fault
    assert not edge.events.calls
