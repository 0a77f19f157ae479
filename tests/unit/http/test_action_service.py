"""The action service: templates, actions and recipients, with the recorded faults (VAPIX events page 5)."""

from typing import Any

import pytest

from common.errors import Conflict, InvalidValue, NotFound
from tests.unit.http.action_requests import AA, DECLARED, about, new_action, sent, told
from tests.unit.http.edge import Edge
from tests.unit.http.soap import ask, put

PLAY = "com.axis.action.fixed.play.audioclip"
SMTP = "com.axis.action.fixed.notification.smtp"


def parameter(name: str, kind: str = "text") -> dict[str, Any]:
    """Return a parameter of a template."""
    return {"name": name, "label": name.title(), "kind": kind}


ACTION_TEMPLATES = [
    {
        "token": PLAY,
        "label": "Play",
        "group": "Clips",
        "parameters": [parameter("location"), parameter("volume")],
    },
    {
        "token": SMTP,
        "label": "Send mail",
        "group": "Notifications",
        "recipient": "com.axis.recipient.smtp",
        "parameters": [parameter("subject")],
    },
    {"token": "com.axis.action.a", "label": "A", "group": "B", "unavailable": "there is no card"},
]
RECIPIENT_TEMPLATES = [
    {
        "token": "com.axis.recipient.smtp",
        "label": "Mail",
        "parameters": [parameter("email_to"), parameter("password", "secret")],
    },
    {"token": "b", "label": "B", "parameters": [], "unavailable": "there is no share"},
]


# --- templates --------------------------------------------------------------------------------


@pytest.mark.covers("M-EVT-09", part="templates over VAPIX")
async def test_templates_are_listed(edge: Edge) -> None:
    """With their parameters, all of them texts; what cannot be used now is left out."""
    put(edge, action_templates=ACTION_TEMPLATES, recipient_templates=RECIPIENT_TEMPLATES)
    reply = await ask(edge, f"<GetActionTemplates {DECLARED}/>")
    listed = told(reply, "ActionTemplates")
    assert [one.findtext(f"{AA}TemplateToken") for one in listed] == [PLAY, SMTP]
    assert [one.findtext(f"{AA}RecipientTemplate") for one in listed] == [
        None,
        "com.axis.recipient.smtp",
    ]
    assert [one.attrib for one in listed[0].iterfind(f"{AA}Parameters/*")] == [
        {"Name": "location", "Type": "string"},
        {"Name": "volume", "Type": "string"},
    ]
    reply = await ask(edge, f"<GetRecipientTemplates {DECLARED}/>")
    assert [one[0].text for one in told(reply, "RecipientTemplates")] == ["com.axis.recipient.smtp"]


# --- actions ----------------------------------------------------------------------------------


@pytest.mark.covers("M-EVT-09", part="added over VAPIX")
async def test_an_action_is_added(edge: Edge) -> None:
    """With what its recipient needs among its own parameters."""
    put(edge, put_action=7)
    parameters = {"location": "%2Fa.mp3", "volume": "", "password": "s&amp;cret"}
    reply = await ask(edge, new_action(PLAY, parameters))
    assert told(reply, "ConfigurationID").text == "7"
    action = sent(edge, "put_action")
    assert action["parameters"] == {"location": "%2Fa.mp3", "volume": "", "password": "s&cret"}
    assert (action["id"], action["template"], action["recipient"]) == (0, PLAY, 0)
    bare = "<NewActionConfiguration><TemplateToken>a</TemplateToken></NewActionConfiguration>"
    without = f"<AddActionConfiguration {DECLARED}>{bare}</AddActionConfiguration>"
    assert (await ask(edge, without)).status == 200
    assert sent(edge, "put_action")["parameters"] == {}


async def test_actions_are_listed_without_secrets(edge: Edge) -> None:
    """A secret is there and empty, and a stored recipient is shown as if it stood in the action."""
    stored = [
        {"id": 1, "name": "a", "template": PLAY, "parameters": {"location": "%2Fa.mp3"}},
        {
            "id": 2,
            "name": "b",
            "template": SMTP,
            "parameters": {"subject": "1\n2", "email_to": "c"},
        },
        {"id": 3, "name": "c", "template": SMTP, "parameters": {"subject": "d"}, "recipient": 5},
        {"id": 4, "name": "d", "template": "com.axis.gone", "parameters": {}},
    ]
    recipients = [
        {
            "id": 5,
            "name": "r",
            "template": "com.axis.recipient.smtp",
            "parameters": {"email_to": "e"},
        }
    ]
    put(
        edge,
        actions=stored,
        recipients=recipients,
        action_templates=ACTION_TEMPLATES,
        recipient_templates=RECIPIENT_TEMPLATES,
    )
    reply = await ask(edge, f"<GetActionConfigurations {DECLARED}/>")
    listed = told(reply, "ActionConfigurations")
    names = ["ConfigurationID", "Name", "TemplateToken", "Parameters"]
    assert [one.tag for one in listed[0]] == [AA + name for name in names]
    found = [
        {one.get("Name"): one.get("Value") for one in action.iter(f"{AA}Parameter")}
        for action in listed
    ]
    assert found == [
        {"location": "%2Fa.mp3"},
        {"subject": "1\n2", "email_to": "c", "password": ""},
        {"subject": "d", "email_to": "e", "password": ""},
        {},
    ]
    assert '<aa:Parameter Value="%2Fa.mp3" Name="location"></aa:Parameter>' in reply.text


async def test_the_recorded_faults_of_actions(edge: Edge) -> None:
    """Template unknown, parameter missing, in use, not there."""
    put(edge, put_action=NotFound("x"))
    reply = await ask(edge, new_action("com.axis.x", {}))
    fault = ("action template with id 'com.axis.x' not found", "", "ActionTemplateNotFoundFault")
    assert reply.fault == fault
    put(edge, put_action=InvalidValue("Configuration parameter missing: led"))
    reply = await ask(edge, new_action(PLAY, {}))
    missing = ("Configuration parameter missing: led", "", "ParametersMissmatchFault")
    assert reply.fault == missing
    users = [
        {"rule": {"id": 4, "name": "<U>", "action": 9}},
        {"rule": {"id": 5, "name": "V", "action": 8}},
    ]
    put(edge, remove_action=Conflict("4"), rules=users)
    remove = about("RemoveActionConfiguration", "ConfigurationID", 9)
    reply = await ask(edge, remove)
    in_use = ("action configuration is in use", "", "ActionConfigurationIsInUseFault")
    assert reply.fault == in_use
    assert [one.text for one in reply.body.iter(f"{AA}ActionRuleID")] == ["4"]
    assert [one.text for one in reply.body.iter(f"{AA}ActionRuleName")] == ["<U>"]
    put(edge, remove_action=NotFound("there is no action 9"))
    assert (await ask(edge, remove)).fault == ("", "", "ActionConfigurationNotFoundFault")
    put(edge, remove_action=None)
    reply = await ask(edge, remove)
    assert (reply.body.tag, list(reply.body)) == (f"{AA}RemoveActionConfigurationResponse", [])


@pytest.mark.parametrize(
    "body",
    [
        f"<AddActionConfiguration {DECLARED}/>",
        new_action("", {}).replace("<TemplateToken></TemplateToken>", ""),
        new_action(PLAY, {"a": "1"}).replace('Name="a"', ""),
        new_action(PLAY, {"a": "1"}).replace('Value="1"', ""),
        new_action(PLAY, {"a": "1"}).replace(
            "</Parameters>", '<Parameter Name="a" Value=""/></Parameters>'
        ),
        new_action(PLAY, {"a": "1" * 8193}),
        new_action(PLAY, {}, "n" * 129),
        about("RemoveActionConfiguration", "ID", 1),
        about("RemoveActionRule", "RuleID", -1),
    ],
)
async def test_what_has_the_wrong_form_reaches_nobody(edge: Edge, body: str) -> None:
    """The events daemon does not hear of it."""
    assert (await ask(edge, body)).fault[:2] == ("Invalid argument", "ter:InvalidArgs")
    assert not edge.events.calls


# --- recipients -------------------------------------------------------------------------------


async def test_recipients_are_stored_listed_and_removed(edge: Edge) -> None:
    """In either order of name and template; secrets are never read back."""
    put(edge, put_recipient=2, recipient_templates=RECIPIENT_TEMPLATES)
    inner = (
        "<TemplateToken>com.axis.recipient.smtp</TemplateToken><Name>Ops</Name><Parameters>"
        '<Parameter Name="password" Value="p"/></Parameters>'
    )
    new = f"<NewRecipientConfiguration>{inner}</NewRecipientConfiguration>"
    add = f"<AddRecipientConfiguration {DECLARED}>{new}</AddRecipientConfiguration>"
    assert told(await ask(edge, add), "ConfigurationID").text == "2"
    assert sent(edge, "put_recipient")["parameters"] == {"password": "p"}
    put(
        edge,
        recipients=[
            {
                "id": 2,
                "name": "Ops",
                "template": "com.axis.recipient.smtp",
                "parameters": {"email_to": "a@b"},
            }
        ],
    )
    reply = await ask(edge, f"<GetRecipientConfigurations {DECLARED}/>")
    listed = told(reply, "RecipientConfigurations/RecipientConfiguration/Parameters")
    assert [one.attrib for one in listed] == [
        {"Value": "a@b", "Name": "email_to"},
        {"Value": "", "Name": "password"},
    ]
    remove = about("RemoveRecipientConfiguration", "ConfigurationID", 2)
    put(edge, remove_recipient=None)
    assert (await ask(edge, remove)).status == 200
    put(edge, remove_recipient=NotFound("x"))
    assert (await ask(edge, remove)).fault[2] == "RecipientConfigurationNotFoundFault"
    put(edge, remove_recipient=Conflict("an action uses it"))
    assert (await ask(edge, remove)).fault[0] == "an action uses it"
    put(edge, put_recipient=NotFound("x"))
    assert (await ask(edge, add)).fault[2] == "RecipientTemplateNotFoundFault"
    put(edge, put_recipient=InvalidValue("Configuration parameter missing: host"))
    assert (await ask(edge, add)).fault[2] == "ParametersMissmatchFault"
