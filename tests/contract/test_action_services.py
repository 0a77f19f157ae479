"""Rules over SOAP on the whole suite, as clients of the action service make them (VAPIX events page 5)."""

from collections.abc import Iterator
from xml.etree import ElementTree

import httpx
import pytest

from tests.contract.event_rig import ENVELOPE, EVENT, VIRTUAL_INPUT, set_virtual_input, soap
from tests.suite import Unit, until

ACTION = "http://www.axis.com/vapix/ws/action1"
AA = f"{{{ACTION}}}"
AEV = f"{{{EVENT}}}"
WSNT = "http://docs.oasis-open.org/wsn/b-2"
CONCRETE = "http://docs.oasis-open.org/wsn/t-1/TopicExpression/Concrete"
ITEM_FILTER = "http://www.onvif.org/ver10/tev/messageContentFilter/ItemFilter"
PLAY = "com.axis.action.fixed.play.audioclip"
PLAY_ON = "com.axis.action.unlimited.play.audioclip"
MAIL = "com.axis.action.fixed.notification.smtp"
INPUT = 21
ACTIVE = 'boolean(//SimpleItem[@Name="port" and @Value="21"]) and boolean(//SimpleItem[@Name="active" and @Value="1"])'
LUNCH = "DTSTART:20111212T06:00 DTEND:20111212T09:00 RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"


class Actions:
    """A client of the action service, which takes away what it made."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self.made: list[str] = []

    def ask(self, operation: str, inner: str = "") -> ElementTree.Element:
        """Ask for something; a fault is returned as well."""
        return soap(
            self.client,
            f'<{operation} xmlns="{ACTION}" xmlns:wsnt="{WSNT}">{inner}</{operation}>',
        )

    def add_action(self, template: str, **parameters: str) -> int:
        """Add an action; returns its id."""
        answer = self.ask("AddActionConfiguration", self.action(template, **parameters))
        id_ = int(answer.findtext(f"{AA}ConfigurationID") or 0)
        self.made.append(f"RemoveActionConfiguration ConfigurationID {id_}")
        return id_

    @staticmethod
    def action(template: str, **parameters: str) -> str:
        """Return a new action."""
        given = "".join(
            f'<Parameter Name="{key}" Value="{value}"/>' for key, value in parameters.items()
        )
        return (
            f"<NewActionConfiguration><Name>N</Name><TemplateToken>{template}</TemplateToken>"
            f"<Parameters>{given}</Parameters></NewActionConfiguration>"
        )

    def add_rule(self, action: int, inner: str, name: str = "R") -> int:
        """Add a rule; returns its id."""
        answer = self.ask("AddActionRule", self.rule(action, inner, name))
        id_ = int(answer.findtext(f"{AA}RuleID") or 0)
        self.made.append(f"RemoveActionRule RuleID {id_}")
        return id_

    @staticmethod
    def rule(action: int, inner: str, name: str = "R") -> str:
        """Return a new rule."""
        return (
            f"<NewActionRule><Name>{name}</Name><Enabled>true</Enabled>{inner}"
            f"<PrimaryAction>{action}</PrimaryAction></NewActionRule>"
        )

    def rules(self) -> dict[int, ElementTree.Element]:
        """Return every rule by its id."""
        listed = self.ask("GetActionRules").iter(f"{AA}ActionRule")
        return {int(rule.findtext(f"{AA}RuleID") or 0): rule for rule in listed}

    def parameters(self, action: int) -> dict[str | None, str | None]:
        """Return the parameters of an action as they are read."""
        for one in self.ask("GetActionConfigurations").iter(f"{AA}ActionConfiguration"):
            if one.findtext(f"{AA}ConfigurationID") == str(action):
                return {each.get("Name"): each.get("Value") for each in one.iter(f"{AA}Parameter")}
        raise AssertionError(f"there is no action {action}")

    def clean(self) -> None:
        """Remove what was made, the last first."""
        for made in reversed(self.made):
            operation, name, id_ = made.split()
            self.ask(operation, f"<{name}>{id_}</{name}>")


def wanted(content: str | None = ACTIVE, topic: str = VIRTUAL_INPUT) -> str:
    """Return what a condition or a start event holds."""
    text = f'<wsnt:TopicExpression Dialect="{CONCRETE}">{topic}</wsnt:TopicExpression>'
    if content is not None:
        text += f'<wsnt:MessageContent Dialect="{ITEM_FILTER}">{content}</wsnt:MessageContent>'
    return text


def condition(content: str | None = ACTIVE, topic: str = VIRTUAL_INPUT) -> str:
    """Return the only condition."""
    return f"<Conditions><Condition>{wanted(content, topic)}</Condition></Conditions>"


def fault(answer: ElementTree.Element) -> tuple[str, str]:
    """Return the reason of a fault, and the name of what its detail holds."""
    assert answer.tag == f"{{{ENVELOPE}}}Fault"
    detail = answer.find(f"{{{ENVELOPE}}}Detail")
    named = "" if detail is None else detail[0].tag.rpartition("}")[2]
    return answer.findtext(f"{{{ENVELOPE}}}Reason/{{{ENVELOPE}}}Text") or "", named


@pytest.fixture
def actions(unit: Unit) -> Iterator[Actions]:
    """A client, and nothing of it left."""
    with unit.admin() as client:
        asking = Actions(client)
        yield asking
        asking.clean()
        set_virtual_input(client, INPUT, False)


def playing(actions: Actions) -> bool:
    """Whether a clip plays."""
    return bool(actions.client.get("/api/playing").json())


@pytest.mark.covers("M-EVT-09", part="the unit's templates over VAPIX")
def test_the_unit_has_its_templates(actions: Actions) -> None:
    """Of actions and of recipients; each once."""
    listed = actions.ask("GetActionTemplates").iter(f"{AA}ActionTemplate")
    parameters = {
        one.findtext(f"{AA}TemplateToken"): [
            each.get("Name") for each in one.iter(f"{AA}Parameter")
        ]
        for one in listed
    }
    assert {"location", "volume", "repeat"} <= set(parameters[PLAY])
    assert PLAY_ON in parameters
    tokens = [one.text for one in actions.ask("GetRecipientTemplates").iter(f"{AA}TemplateToken")]
    assert "com.axis.recipient.http" in tokens
    assert len(set(tokens)) == len(tokens)


@pytest.mark.covers("M-HOW-03", "M-EVT-06", part="made over VAPIX")
def test_a_rule_made_over_soap_plays_a_clip(actions: Actions) -> None:
    """As long as its condition is met, and no longer."""
    action = actions.add_action(PLAY_ON, location="alarm.mp3", repeat="-1", volume="10")
    actions.add_rule(action, condition())
    assert not playing(actions)
    assert set_virtual_input(actions.client, INPUT, True)
    until("the clip plays", lambda: playing(actions), 10)
    assert set_virtual_input(actions.client, INPUT, False)
    until("the clip has ended", lambda: not playing(actions), 10)


@pytest.mark.covers("M-EVT-01", "M-EVT-02", "M-EVT-03", part="read back over VAPIX")
def test_a_rule_reads_back_as_it_was_sent(actions: Actions) -> None:
    """Its trigger, its condition, its time to wait; an id is never given twice."""
    action = actions.add_action(PLAY, location="%2Fetc%2Faudioclips%2Falarm.mp3")
    start = f"<StartEvent>{wanted(f'not({ACTIVE})')}</StartEvent>"
    ready = condition(None, "tns1:Device/tnsaxis:Status/tnsaxis:SystemReady")
    id_ = actions.add_rule(
        action, f"{start}{ready}<ActivationTimeout>PT10S</ActivationTimeout>", "&lt;Door&gt;"
    )
    rule = actions.rules()[id_]
    assert rule.findtext(f"{AA}Name") == "<Door>"
    assert rule.findtext(f"{AA}ActivationTimeout") == "PT10S"
    assert rule.findtext(f"{AA}PrimaryAction") == str(action)
    assert [one.text for one in rule.iter(f"{{{WSNT}}}MessageContent")] == [f"not({ACTIVE})"]
    assert [one.text for one in rule.iter(f"{{{WSNT}}}TopicExpression")] == [
        VIRTUAL_INPUT,
        "tns1:Device/tnsaxis:Status/SystemReady",
    ]
    assert actions.parameters(action) == {"location": "%2Fetc%2Faudioclips%2Falarm.mp3"}
    actions.ask("RemoveActionRule", f"<RuleID>{id_}</RuleID>")
    assert id_ not in actions.rules()
    assert actions.add_rule(action, condition()) > id_


def test_the_factorys_rules_are_listed(actions: Actions) -> None:
    """For events that are not declared on every unit as well; as the recorded one."""
    rule = next(
        one for one in actions.rules().values() if one.findtext(f"{AA}Name") == "Loud ringer"
    )
    assert rule.findtext(f"{AA}Enabled") == "false"
    filters = [each.text for each in rule.find(f"{AA}Conditions/{AA}Condition") or ()]
    assert filters == [
        "tnsaxis:Call/State",
        'boolean(//SimpleItem[@Name="CallState" and @Value="Ringing"]) and '
        'boolean(//SimpleItem[@Name="Source" and @Value="NetworkSpeaker"])',
    ]
    told = actions.parameters(int(rule.findtext(f"{AA}PrimaryAction") or 0))
    assert "alarm.mp3" in str(told["location"])


def test_the_store_refuses_as_recorded(actions: Actions) -> None:
    """Every recorded fault that is for the events daemon to find."""
    answer = actions.ask("AddActionConfiguration", actions.action("com.axis.nothing"))
    assert fault(answer) == (
        "action template with id 'com.axis.nothing' not found",
        "ActionTemplateNotFoundFault",
    )
    answer = actions.ask("AddActionConfiguration", actions.action(PLAY))
    assert fault(answer) == (
        "Configuration parameter missing: location",
        "ParametersMissmatchFault",
    )
    action = actions.add_action(PLAY, location="alarm.mp3")
    answer = actions.ask("AddActionRule", actions.rule(999_999, condition()))
    assert fault(answer) == (
        "Unknown action configuration '999999' specified for primary action",
        "ActionConfigurationNotFoundFault",
    )
    for topic in ("tnsaxis:Nothing/Here", "tnsaxis:MediaClip/CurrentlyPlaying"):
        answer = actions.ask("AddActionRule", actions.rule(action, condition(None, topic)))
        assert fault(answer) == (
            "could not match any property events",
            "InvalidConditionFilterFault",
        )
    unlimited = actions.add_action(PLAY_ON, location="alarm.mp3")
    start = f"<StartEvent>{wanted()}</StartEvent>"
    answer = actions.ask("AddActionRule", actions.rule(unlimited, start))
    assert fault(answer)[1] == "InsufficientActivationRuleFault"
    rule = actions.add_rule(action, condition(), "In use")
    answer = actions.ask(
        "RemoveActionConfiguration", f"<ConfigurationID>{action}</ConfigurationID>"
    )
    assert fault(answer) == ("action configuration is in use", "ActionConfigurationIsInUseFault")
    assert [one.text for one in answer.iter(f"{AA}ActionRuleID")] == [str(rule)]
    answer = actions.ask("RemoveActionConfiguration", "<ConfigurationID>999999</ConfigurationID>")
    assert fault(answer) == ("", "ActionConfigurationNotFoundFault")
    answer = actions.ask("RemoveActionRule", "<RuleID>999999</RuleID>")
    assert fault(answer) == ("No action rule with id '999999' exists", "ActionRuleNotFoundFault")


def test_no_secret_is_read_back(actions: Actions) -> None:
    """Not from an action that carries its recipient, nor from a recipient; nor is it lost."""
    marker = "M4rk3r"
    mail = {"email_to": "a@example.com", "email_from": "b@example.com", "host": "localhost"}
    action = actions.add_action(MAIL, subject="S", message="M", login="l", password=marker, **mail)
    told = actions.parameters(action)
    assert told["password"] == ""
    assert told["email_to"] == "a@example.com"
    given = "".join(
        f'<Parameter Name="{key}" Value="{value}"/>'
        for key, value in {**mail, "password": marker}.items()
    )
    answer = actions.ask(
        "AddRecipientConfiguration",
        "<NewRecipientConfiguration><TemplateToken>com.axis.recipient.smtp</TemplateToken>"
        f"<Name>Ops</Name><Parameters>{given}</Parameters></NewRecipientConfiguration>",
    )
    id_ = answer.findtext(f"{AA}ConfigurationID")
    actions.made.append(f"RemoveRecipientConfiguration ConfigurationID {id_}")
    for operation in ("GetActionConfigurations", "GetRecipientConfigurations"):
        assert marker not in ElementTree.tostring(actions.ask(operation), "unicode")


@pytest.mark.covers("M-RCP-24", part="over VAPIX")
def test_a_scheduled_event_is_a_condition(actions: Actions) -> None:
    """Added, listed, declared, used in a rule, and removed when none uses it any more."""
    client = actions.client
    inner = f'<ICalendar Dialect="http://www.axis.com/vapix/ws/ical1">{LUNCH}</ICalendar>'
    answer = soap(
        client,
        f'<AddScheduledEvent xmlns="{EVENT}"><NewScheduledEvent><Name>Lunch</Name>'
        f"<Schedule>{inner}</Schedule></NewScheduledEvent></AddScheduledEvent>",
    )
    id_ = answer.findtext(f"{AEV}EventID") or ""
    assert id_.startswith("com.axis.schedules.genid.id-")
    listed = soap(client, f'<GetScheduledEvents xmlns="{EVENT}"/>')
    assert id_ in [one.text for one in listed.iter(f"{AEV}EventID")]
    declared = soap(client, f'<GetEventInstances xmlns="{EVENT}"/>')
    values = {one.text: one.get(f"{AEV}NiceName") for one in declared.iter(f"{AEV}Value")}
    assert values[id_] == "Lunch"
    action = actions.add_action(PLAY, location="alarm.mp3")
    named = f'boolean(//SimpleItem[@Name="id" and @Value="{id_}"])'
    rule = actions.add_rule(action, condition(named, "tns1:UserAlarm/tnsaxis:Recurring/Interval"))
    remove = (
        f'<RemoveScheduledEvent xmlns="{EVENT}"><EventID>{id_}</EventID></RemoveScheduledEvent>'
    )
    assert soap(client, remove).tag == f"{{{ENVELOPE}}}Fault"
    actions.ask("RemoveActionRule", f"<RuleID>{rule}</RuleID>")
    assert soap(client, remove).tag == f"{AEV}RemoveScheduledEventResponse"
