"""`audioanalytics.cgi`: what the unit hears in its input (VAPIX page 6.3).

The unit compares the level of the input with a fixed threshold. That is not the adaptive detection of the
documentation, nor any other of its plugins, so the plugin has a name of its own; its setting is the alarm level.
"""

from typing import Any

import msgspec

from common.params.kinds import Access
from daemons.http.call import Call
from daemons.http.vapix.audio_plugins import Devices, Plugin, Plugins, Wanted
from daemons.http.vapix.families import AUDIO
from daemons.http.vapix.json_api import JsonApi, NoParameters, Nothing

api = JsonApi(
    "/axis-cgi/audioanalytics.cgi",
    id="audio-analytics",
    name="Audio Analytics",
    version="1.0",
    family=AUDIO,
    access=Access.OPERATOR,
)

_PLUGINS = Plugins(
    inputs=(
        Plugin("AudioDetection", "Audio detection", {"alarmLevel": "AudioSource.A0.AlarmLevel"}),
    )
)


class Schemas(msgspec.Struct):
    """JSON schemas."""

    schemas: list[dict[str, Any]]


@api.method("getPluginsSchemas", access=Access.OPERATOR, changes=False)
async def get_schemas(call: Call, _parameters: NoParameters) -> Schemas:
    """Return what the settings of every plugin can be."""
    return Schemas(await _PLUGINS.schemas(call))


@api.method("getPluginsSettings", access=Access.OPERATOR, changes=False)
async def get_settings(call: Call, _parameters: NoParameters) -> Devices:
    """Return what every plugin is set to."""
    return await _PLUGINS.settings(call)


@api.method("setPluginsSettings", access=Access.OPERATOR, changes=True)
async def set_settings(call: Call, wanted: Wanted) -> Nothing:
    """Set what is mentioned: all of it, or nothing."""
    await _PLUGINS.set(call, wanted)
    return Nothing()
