"""`/vapix/audiocontrol`: the volume as clients before AXIS OS 10.12 set it (VAPIX page 6.6).

Those units had a volume for voices and one for music. This one has a single gain after its mixer, and what is loud
beside what is the business of classes: both volumes are that gain, and cannot be set apart. Those units could also
play their audio input; this one sends it to listeners only, so it can be told not to play it, and nothing else.
"""

from collections.abc import Mapping
from typing import Any, Final

from common.params.kinds import Access
from daemons.http.call import Call
from daemons.http.vapix.audio_parameters import gains, number, parameters
from daemons.http.vapix.service_api import ServiceApi, ServiceFault, invalid

api = ServiceApi(
    "/vapix/audiocontrol",
    namespace="axac",
    id=None,
    name="Audio Control",
    version="1.0",
    access=Access.OPERATOR,
)

_GAIN: Final = "AudioSource.A0.OutputGain"
_LEVEL: Final = "Audio.Output.Level"
_SIDES: Final = ("Foreground", "Background")
_INPUT: Final = "analog_1"
_WORDS: Final = {"true": True, "false": False}


@api.command("GetVolume", access=Access.OPERATOR, changes=False)
async def get_volume(call: Call) -> Mapping[str, Any]:
    """Return the gain, for voices and for music."""
    level, muted = await _gain(call)
    volume: dict[str, Any] = {}
    for side in _SIDES:
        volume[f"{side}Volume"] = number(level)
        volume[f"{side}VolumeUnit"] = "dB"
        volume[f"{side}VolumeMute"] = muted
    return {"Volume": volume}


@api.command("SetVolume", access=Access.OPERATOR, changes=True)
async def set_volume(call: Call, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Set the gain, the mute, or both."""
    asked = arguments.get("Volume", {})
    if not isinstance(asked, Mapping):
        raise invalid("Volume must be an object")
    for side in _SIDES:
        if asked.get(f"{side}VolumeUnit", "dB") != "dB":
            raise invalid("the unit of volumes is dB")
    level, muted = await _gain(call)
    wanted_level = _one(asked, "Volume", _number)
    wanted_mute = _one(asked, "VolumeMute", _boolean)
    if wanted_level is not None:
        view = (await parameters(call, (_GAIN,)))[_GAIN]
        if wanted_level not in gains(view):
            raise invalid(f"the volume must be from {gains(view)[0]} to {gains(view)[-1]} dB")
        level = f"{wanted_level:g}"
    if wanted_mute is not None:
        muted = wanted_mute
    changes = {_GAIN: "mute" if muted else level, _LEVEL: level}
    _revision, refused = await call.unit.params.update(changes, int(call.access), call.who, True)
    if refused:
        raise invalid(next(iter(refused.values())))
    return {}


@api.command("SetInputConfiguration", access=Access.OPERATOR, changes=True)
async def set_input(_call: Call, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Leave the audio input unplayed, as it always is; to play it is refused."""
    asked = arguments.get("InputConfiguration")
    if not isinstance(asked, Mapping):
        raise invalid("InputConfiguration must be an object")
    if asked.get("InputId") != _INPUT or asked.get("ChannelId") not in _SIDES:
        raise invalid(f"the input is {_INPUT}, and the channels are {' and '.join(_SIDES)}")
    if _boolean(asked.get("Enabled")):
        raise ServiceFault("ter:ActionNotSupported", "This unit does not play its audio input.")
    return {}


@api.command("GetControlCapabilities", access=Access.OPERATOR, changes=False)
async def get_capabilities(call: Call) -> Mapping[str, Any]:
    """Return the range of the volume."""
    levels = gains((await parameters(call, (_GAIN,)))[_GAIN])
    ranges = {"Unit": "dB", "MinValue": levels[0], "MaxValue": levels[-1]}
    return {"Capabilities": {"VolumeRanges": ranges}}


async def _gain(call: Call) -> tuple[str, bool]:
    views = await parameters(call, (_GAIN, _LEVEL))
    muted = views[_GAIN].value == "mute"
    return views[_LEVEL if muted else _GAIN].value, muted


def _one(asked: Mapping[str, Any], what: str, read: Any) -> Any:
    """Return what is asked of either side; they share one gain and cannot differ."""
    given = [read(asked[f"{side}{what}"]) for side in _SIDES if f"{side}{what}" in asked]
    if len(given) == 2 and given[0] != given[1]:
        raise invalid("foreground and background share one gain")
    return given[0] if given else None


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise invalid("a volume must be a number")
    try:
        return float(value)
    except ValueError:
        raise invalid("a volume must be a number") from None


def _boolean(value: Any) -> bool:
    wanted = _WORDS.get(value, value) if isinstance(value, str) else value
    if not isinstance(wanted, bool):
        raise invalid("a switch must be true or false")
    return wanted
