"""Publish a message to the MQTT broker (VAPIX events page 5.2)."""

from collections.abc import Callable

from common.bus.mqtt import MqttInterface
from common.rules import ActionTemplate, TemplateParameter
from daemons.events.actions.kind import ActionKind, Job


def kinds(mqtt: MqttInterface, written: Callable[[str, float], str]) -> list[ActionKind]:
    """Return the publication. `written` replaces the modifiers of a text."""

    async def publish(job: Job) -> str:
        await mqtt.publish(
            written(job.parameter("topic"), job.time),
            job.parameter("use_device_prefix", "true") == "true",
            written(job.parameter("payload"), job.time),
            job.integer("qos", 0),
            job.parameter("retained", "false") == "true",
        )
        return ""

    return [ActionKind(_TEMPLATE, publish)]


_YES_NO = {"true": "Yes", "false": "No"}
_TEMPLATE = ActionTemplate(
    "com.axis.action.fixed.mqttpublish",
    "Send MQTT publish message",
    "MQTT",
    (
        TemplateParameter("topic", "Topic", default=None, longest=1024),
        TemplateParameter(
            "use_device_prefix",
            "Use device topic prefix",
            kind="choice",
            default="true",
            values=_YES_NO,
        ),
        TemplateParameter("payload", "Payload", kind="multiline", longest=8192),
        TemplateParameter(
            "qos", "QoS", kind="choice", default="0", values={"0": "0", "1": "1", "2": "2"}
        ),
        TemplateParameter("retained", "Retain", kind="choice", default="false", values=_YES_NO),
    ),
)
