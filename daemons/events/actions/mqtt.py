"""Publish a message to the MQTT broker (VAPIX events page 5.2)."""

import asyncio
from collections.abc import Callable

from common.bus.errors import unpacked
from common.bus.mqtt import MqttInterface, Publish
from common.rules import ActionTemplate, TemplateParameter
from daemons.events.actions.kind import ActionKind, Job


class Together:
    """What several rules publish at the same moment goes to the mqtt daemon in one call: one each would cost twice."""

    def __init__(self, mqtt: MqttInterface) -> None:
        self._mqtt = mqtt
        self._waiting: list[tuple[Publish, asyncio.Future[None]]] = []

    async def publish(self, message: Publish) -> None:
        """Publish a message; raises what the mqtt daemon has against this one."""
        answer = asyncio.get_running_loop().create_future()
        self._waiting.append((message, answer))
        if len(self._waiting) == 1:
            await asyncio.sleep(0)  # the other rules of this moment have their turn
            await self._send()
        await answer

    async def _send(self) -> None:
        waiting, self._waiting = self._waiting, []
        try:
            answers = await self._mqtt.publish([message for message, _answer in waiting])
        except Exception as error:
            for _message, answer in waiting:
                answer.set_exception(error)
            return
        for (_message, answer), (name, text) in zip(waiting, answers, strict=True):
            if name:
                answer.set_exception(unpacked(name, text))
            else:
                answer.set_result(None)


def kinds(mqtt: MqttInterface, written: Callable[[str, float], str]) -> list[ActionKind]:
    """Return the publication. `written` replaces the modifiers of a text."""
    together = Together(mqtt)

    async def publish(job: Job) -> str:
        await together.publish(
            (
                written(job.parameter("topic"), job.time),
                job.parameter("use_device_prefix", "true") == "true",
                written(job.parameter("payload"), job.time),
                job.integer("qos", 0),
                job.parameter("retained", "false") == "true",
            )
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
