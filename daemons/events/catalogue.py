"""Every kind of action there is, by its token."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from common.bus.audio import AudioInterface
from common.bus.connection import Connection
from common.bus.ioports import IoPortsInterface
from common.bus.mqtt import MqttInterface
from common.bus.sip import SipInterface
from common.bus.suite import AUDIO, IOPORTS, MQTT, SIP
from common.clock import Clock
from common.lamps import Lamps
from daemons.events.actions import (
    absent,
    clips,
    leds,
    mqtt,
    notifications,
    outputs,
    self_test,
    sip,
    sound_files,
)
from daemons.events.actions.kind import ActionKind
from daemons.events.actions.notifications import Written
from daemons.events.actions.sound_files import SoundFiles
from daemons.events.delivery.deliveries import Deliveries
from daemons.events.recording.recordings import Recordings


@dataclass(frozen=True)
class Means:
    """What actions are done with."""

    connection: Connection
    clock: Clock
    lamps: Lamps
    has_leds: bool
    deliveries: Deliveries
    recordings: Recordings
    written: Written
    recipient_name: Callable[[int], str]
    tasks: asyncio.TaskGroup
    failed: Callable[[int, str], None]


def action_kinds(means: Means) -> dict[str, ActionKind]:
    """Return what can be done on this unit, and what is missing."""
    audio = means.connection.proxy(AudioInterface, AUDIO)
    ioports = means.connection.proxy(IoPortsInterface, IOPORTS)
    broker = means.connection.proxy(MqttInterface, MQTT)
    calls = means.connection.proxy(SipInterface, SIP)
    found = [
        *clips.kinds(audio),
        *notifications.kinds(
            means.deliveries, means.written, means.recipient_name, means.tasks, means.failed
        ),
        *sound_files.kinds(
            SoundFiles(
                means.deliveries,
                means.recordings,
                means.written,
                means.recipient_name,
                means.tasks,
                means.failed,
                means.clock,
            )
        ),
        *outputs.kinds(ioports),
        *leds.kinds(means.lamps, means.clock, has_leds=means.has_leds),
        *mqtt.kinds(broker, means.written),
        *self_test.kinds(audio),
        *sip.kinds(calls, means.deliveries.resolve, means.tasks, means.failed),
        *absent.kinds(),
    ]
    return {kind.template.token: kind for kind in found}
