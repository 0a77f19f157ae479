"""The action service: rules (VAPIX events page 5).

There is no change of a rule in this service: clients remove it and add another, which has another id. What a rule
means is for the events daemon to judge; which of the recorded faults its refusal is, follows from what was asked.
"""

from typing import Final

import msgspec

from common.errors import InvalidValue, NotFound
from common.params.kinds import Access
from common.rules import LONGEST_WAIT_S, Rule
from daemons.http.call import Call
from daemons.http.soap import values, writer
from daemons.http.soap.fault import SoapFault, occurrence
from daemons.http.soap.names import ACTION
from daemons.http.soap.reader import Element
from daemons.http.vapix.services.checked import as_json
from daemons.http.vapix.services.endpoint import services
from daemons.http.vapix.services.filters import condition_of, filter_of


class _Stored(msgspec.Struct, frozen=True):
    rule: Rule


_RULES: Final = msgspec.json.Decoder(list[_Stored])


async def rules(call: Call) -> list[Rule]:
    """Return the stored rules."""
    return [one.rule for one in _RULES.decode(await call.unit.rules.rules())]


@services.operation(ACTION, "AddActionRule", access=Access.ADMIN, changes=True)
async def add_action_rule(call: Call, request: Element) -> str:
    """Add a rule."""
    rule = _rule_of(values.required(request, "NewActionRule"))
    try:
        id_ = await call.unit.rules.put_rule(as_json(rule))
    except NotFound:
        reason = f"Unknown action configuration '{rule.action}' specified for primary action"
        raise SoapFault(reason, detail=_empty("ActionConfigurationNotFoundFault")) from None
    except InvalidValue as error:
        # With nothing to be met it was the action that needs something, for an unlimited one would never end.
        name = "InvalidConditionFilter" if rule.conditions else "InsufficientActivationRule"
        raise SoapFault(error.message, detail=_empty(f"{name}Fault")) from None
    return writer.text("aa:RuleID", id_)


@services.operation(ACTION, "GetActionRules", access=Access.OPERATOR, changes=False)
async def get_action_rules(call: Call, _request: Element) -> str:
    """Return every rule, those for events that are not declared now as well."""
    return writer.element("aa:ActionRules", *map(_printed, await rules(call)))


@services.operation(ACTION, "RemoveActionRule", access=Access.ADMIN, changes=True)
async def remove_action_rule(call: Call, request: Element) -> str:
    """Remove a rule; its action configuration stays."""
    id_ = values.integer_in(request, "RuleID")
    try:
        await call.unit.rules.remove_rule(id_)
    except NotFound:
        reason = f"No action rule with id '{id_}' exists"
        raise SoapFault(reason, detail=_empty("ActionRuleNotFoundFault")) from None
    return ""


def _rule_of(new: Element) -> Rule:
    failover = values.optional(new, "FailoverAction")
    if failover is not None and failover.text.strip():
        raise SoapFault("FailoverAction is not supported", sub_code="ter:InvalidArgVal")
    start = values.optional(new, "StartEvent")
    conditions = values.optional(new, "Conditions")
    if conditions is not None and not conditions.children:
        raise occurrence("Conditions")
    return Rule(
        name=values.text_in(new, "Name", ""),
        action=values.integer_in(new, "PrimaryAction"),
        enabled=values.truth_in(new, "Enabled"),
        trigger=None if start is None else condition_of(start),
        conditions=()
        if conditions is None
        else tuple(map(condition_of, conditions.all("Condition"))),
        wait_s=_wait_s(new),
    )


def _wait_s(new: Element) -> float:
    timeout = values.text_in(new, "ActivationTimeout", "")
    wait_s = values.duration_s(timeout) if timeout else 0.0
    if wait_s is None or wait_s > LONGEST_WAIT_S:
        reason = "The activation timeout must be a duration of at most 99:59:59"
        raise SoapFault(reason, detail=_empty("InvalidActivationTimeoutFault"))
    return wait_s


def _printed(rule: Rule) -> str:
    parts = [
        writer.text("aa:RuleID", rule.id),
        writer.text("aa:Name", rule.name),
        writer.truth("aa:Enabled", rule.enabled),
    ]
    if rule.trigger is not None:
        parts.append(writer.element("aa:StartEvent", filter_of(rule.trigger)))
    if rule.conditions:
        each = (writer.element("aa:Condition", filter_of(one)) for one in rule.conditions)
        parts.append(writer.element("aa:Conditions", *each))
    if rule.wait_s:
        parts.append(writer.text("aa:ActivationTimeout", values.duration_text(rule.wait_s)))
    parts.append(writer.text("aa:PrimaryAction", rule.action))
    return writer.element("aa:ActionRule", *parts)


def _empty(name: str) -> str:
    return writer.element(f"aa:{name}")
