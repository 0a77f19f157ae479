"""`audiomixer.cgi`: the stages between the jacks (VAPIX page 6.2).

Which plugins a real unit of this kind has is not known; the ids follow those of the documentation where the stage is
the same. Every setting is a parameter, so that this API and the web pages turn the same knobs.
"""

from typing import Any

import msgspec

from common.params.kinds import Access
from daemons.http.call import Call
from daemons.http.vapix.audio_plugins import Devices, Plugin, Plugins, Wanted
from daemons.http.vapix.families import AUDIO
from daemons.http.vapix.json_api import JsonApi, NoParameters, Nothing

api = JsonApi(
    "/axis-cgi/audiomixer.cgi",
    id="audio-mixer",
    name="Audio Mixer",
    version="1.0",
    family=AUDIO,
    access=Access.OPERATOR,
)

_PLUGINS = Plugins(
    inputs=(
        Plugin(
            "automaticGainControl",
            "Automatic gain control",
            {"enabled": "AudioSource.A0.DynamicProcessing.Enabled"},
        ),
        Plugin(
            "noiseSuppression",
            "Noise suppression",
            {"enabled": "Audio.Input.NoiseSuppression"},
        ),
        Plugin(
            "echoCancellation",
            "Echo cancellation",
            {"enabled": "AudioSource.A0.DynamicProcessing.EchoCancellingEnabled"},
        ),
    ),
    outputs=(
        Plugin("equalizer", "Equalizer", {"preset": "Audio.Output.Equaliser"}),
        Plugin(
            "automaticVolumeControl",
            "Automatic volume control",
            {
                "enabled": "Audio.Output.AutomaticVolume.Enabled",
                "range": "Audio.Output.AutomaticVolume.Range",
                "reference": "Audio.Output.AutomaticVolume.Reference",
            },
        ),
    ),
)


class Asked(msgspec.Struct):
    """Which plugin is asked about."""

    plugin: str


class Schema(msgspec.Struct):
    """A JSON schema."""

    schema: str = msgspec.field(name="$schema")
    id: str
    title: str
    type: str
    properties: dict[str, Any]


@api.method("getPluginSchema", access=Access.OPERATOR, changes=False)
async def get_schema(call: Call, asked: Asked) -> Schema:
    """Return what the settings of one plugin can be."""
    return msgspec.convert(await _PLUGINS.schema(call, asked.plugin), Schema)


@api.method("getPluginsSettings", access=Access.OPERATOR, changes=False)
async def get_settings(call: Call, _parameters: NoParameters) -> Devices:
    """Return what every plugin is set to."""
    return await _PLUGINS.settings(call)


@api.method("setPluginsSettings", access=Access.OPERATOR, changes=True)
async def set_settings(call: Call, wanted: Wanted) -> Nothing:
    """Set what is mentioned: all of it, or nothing."""
    await _PLUGINS.set(call, wanted)
    return Nothing()
