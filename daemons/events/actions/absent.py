"""Actions of the reference that this unit cannot do now: declared with the reason, and refused with it."""

from typing import Final

from common.errors import NotSupported
from common.rules import ActionTemplate, TemplateParameter
from daemons.events.actions.kind import ActionKind, Begin, Job

_NO_SNMP: Final = "this unit has no SNMP"
_NO_STORAGE: Final = "this unit has no storage to record on"
_NO_FRONT_LED: Final = "this unit has no front-facing LED"

_TEMPLATES: Final = (
    *(
        ActionTemplate(
            f"com.axis.action.{form}.snmp.trap",
            "Send SNMP trap" + (" while the rule is active" if form == "unlimited" else ""),
            "Notifications",
            (
                TemplateParameter("alarm_name", "Alarm name"),
                TemplateParameter("alarm_text", "Alarm text"),
            ),
            unlimited=form == "unlimited",
            unavailable=_NO_SNMP,
        )
        for form in ("fixed", "unlimited")
    ),
    *(
        ActionTemplate(
            f"com.axis.action.{form}.recording.storage",
            "Record audio" + (" while the rule is active" if form == "unlimited" else ""),
            "Recordings",
            (
                TemplateParameter("stream_options", "Stream options"),
                TemplateParameter("pre_duration", "Before (ms)", kind="integer", low=0),
                TemplateParameter("post_duration", "After (ms)", kind="integer", low=0),
                TemplateParameter("storage_id", "Storage", default=None),
            ),
            unlimited=form == "unlimited",
            unavailable=_NO_STORAGE,
        )
        for form in ("fixed", "unlimited")
    ),
    ActionTemplate(
        "com.axis.action.unlimited.siren_and_light",
        "Front-facing LED while the rule is active",
        "LEDs",
        (TemplateParameter("profile", "Profile"),),
        unlimited=True,
        unavailable=_NO_FRONT_LED,
    ),
)


def kinds() -> list[ActionKind]:
    """Return what is missing."""
    return [ActionKind(template, _refusal(template.unavailable)) for template in _TEMPLATES]


def _refusal(reason: str) -> Begin:
    async def refuse(_job: Job) -> str:
        raise NotSupported(reason)

    return refuse
