"""`audiodevicecontrol.cgi`: the connections of the unit, with gain, mute and power (VAPIX page 6.1).

One device with the input, which takes a microphone or a line, and the output, whose amplifier is built in. What is
read and written are the VAPIX parameters: this API and `param.cgi` turn the same knobs.
"""

from typing import Any, Final

import msgspec

from common.params.kinds import Access
from daemons.http.call import Call
from daemons.http.vapix.audio_device_tree import Channel, Connection, Id, Port, Signaling, Wanted
from daemons.http.vapix.audio_parameters import DEVICE, gains, number, parameters, write
from daemons.http.vapix.families import AUDIO, ApiFault, Fault
from daemons.http.vapix.json_api import JsonApi, NoData, NoParameters

api = JsonApi(
    "/axis-cgi/audiodevicecontrol.cgi",
    id="audio-device-control",
    name="Audio Device Control",
    version="1.0",
    family=AUDIO,
    access=Access.VIEWER,
    versions_access=Access.OPERATOR,
)

_UNBALANCED: Final = "unbalanced"
_INTERNAL: Final = "internal"
_TYPES: Final = {"mic": "Mic", "line": "Line"}
_POWERS: Final = {"mic": ["Off", "On"], "line": ["Off"]}
"""Power types by type of connection; `On` is the voltage that an electret microphone wants."""

_SUPPORT: Final = "AudioSource.A0.AudioSupport"
_TYPE: Final = "AudioSource.A0.InputType"
_INPUT_GAIN: Final = "AudioSource.A0.InputGain"
_POWER: Final = "AudioSource.A0.MicrophonePower"
_POWER_TYPE: Final = "AudioSource.A0.MicrophonePowerType"
_SEPARATE: Final = "Audio.Input.SeparateGain"
_OUTPUT_GAIN: Final = "AudioSource.A0.OutputGain"
_OUTPUT_LEVEL: Final = "Audio.Output.Level"
_NAMES: Final = (
    *(_SUPPORT, _TYPE, _INPUT_GAIN, _POWER, _POWER_TYPE, _SEPARATE, _OUTPUT_GAIN, _OUTPUT_LEVEL),
    *(f"Audio.Input.{type_}.{what}" for type_ in _TYPES.values() for what in ("Level", "Mute")),
)


class Devices(msgspec.Struct):
    """The answer that is a tree of devices."""

    devices: list[dict[str, Any]]


class Powers(msgspec.Struct):
    """Power types that may do harm."""

    power_types: list[str] = msgspec.field(name="powerTypes")


@api.method("getDevicesCapabilities", access=Access.OPERATOR, changes=False)
async def get_capabilities(call: Call, _parameters: NoParameters) -> Devices:
    """Return the gains and power types that each connection can have."""
    views = await parameters(call, (_INPUT_GAIN, _OUTPUT_GAIN))
    input_gains, output_gains = gains(views[_INPUT_GAIN]), gains(views[_OUTPUT_GAIN])
    inputs = [
        _connection(type_, {"gainValues": input_gains, "powerTypes": _POWERS[type_]})
        for type_ in _TYPES
    ]
    outputs = [_connection(_INTERNAL, {"gainValues": output_gains})]
    return Devices(
        [
            {
                "id": DEVICE,
                "inputs": [{"id": DEVICE, "connectionTypes": inputs}],
                "outputs": [{"id": DEVICE, "connectionTypes": outputs}],
            }
        ]
    )


@api.method("getDevicesSettings", access=Access.VIEWER, changes=False)
async def get_settings(call: Call, _parameters: NoParameters) -> Devices:
    """Return what each connection is set to."""
    values = await _values(call)
    powered = values[_POWER] == "yes" and values[_POWER_TYPE] != "none"
    inputs = []
    for type_, name in _TYPES.items():
        channel = _channel(
            values[f"Audio.Input.{name}.Level"], values[f"Audio.Input.{name}.Mute"] == "yes"
        )
        power = "On" if powered and type_ == "mic" else "Off"
        inputs.append(_selected(_connection(type_, {"powerType": power, "channels": [channel]})))
    muted = values[_OUTPUT_GAIN] == "mute"
    level = values[_OUTPUT_LEVEL] if muted else values[_OUTPUT_GAIN]
    output = _selected(_connection(_INTERNAL, {"channels": [_channel(level, muted)]}))
    return Devices(
        [
            {
                "id": DEVICE,
                "name": "Audio Device 0",
                "inputs": [
                    {
                        "id": DEVICE,
                        "name": "Input 0",
                        "enabled": values[_SUPPORT] == "yes",
                        "connectionTypeSelected": values[_TYPE],
                        "connectionTypes": inputs,
                    }
                ],
                "outputs": [
                    {
                        "id": DEVICE,
                        "name": "Output 0",
                        "enabled": True,
                        "connectionTypeSelected": _INTERNAL,
                        "connectionTypes": [output],
                    }
                ],
            }
        ]
    )


@api.method("getHazardousSettings", access=Access.OPERATOR, changes=False)
async def get_hazardous_settings(_call: Call, _parameters: NoParameters) -> Powers:
    """Return the settings that can do harm: none, since the only power is a microphone's few volts."""
    return Powers([])


@api.method("setDevicesSettings", access=Access.OPERATOR, changes=True)
async def set_settings(call: Call, wanted: Wanted) -> NoData:
    """Set what is mentioned: all of it, or nothing."""
    values = await _values(call)
    views = await parameters(call, (_INPUT_GAIN, _OUTPUT_GAIN))
    changes: dict[str, str] = {}
    for device in wanted.devices:
        _same(device.id, DEVICE, "device")
        for port in device.inputs:
            changes |= _input_changes(call, port, {**values, **changes}, gains(views[_INPUT_GAIN]))
        for port in device.outputs:
            changes |= _output_changes(port, {**values, **changes}, gains(views[_OUTPUT_GAIN]))
    if changes:
        await write(call, changes)
    return NoData()


def _output_changes(port: Port, now: dict[str, str], levels: list[int | float]) -> dict[str, str]:
    _same(port.id, DEVICE, "output")
    if port.enabled is False:
        raise ApiFault(Fault.BAD_VALUE, "the output cannot be switched off; it can be muted")
    _same(port.selected or _INTERNAL, _INTERNAL, "connection type")
    changes: dict[str, str] = {}
    for connection in port.connections:
        _same(connection.id, _INTERNAL, "connection type")
        for signaling in _signalings(connection):
            if signaling.power is not None:
                raise ApiFault(Fault.BAD_VALUE, "an output has no power type")
            for channel in signaling.channels:
                muted = now[_OUTPUT_GAIN] == "mute"
                level = now[_OUTPUT_LEVEL] if muted else now[_OUTPUT_GAIN]
                level, muted = _asked(channel, level, muted, levels)
                changes |= {_OUTPUT_GAIN: "mute" if muted else level, _OUTPUT_LEVEL: level}
                now |= changes
    return changes


def _input_changes(
    call: Call, port: Port, now: dict[str, str], levels: list[int | float]
) -> dict[str, str]:
    _same(port.id, DEVICE, "input")
    changes: dict[str, str] = {}
    if port.enabled is not None:
        enabled = "yes" if port.enabled else "no"
        if enabled != now[_SUPPORT] and call.access < Access.ADMIN:
            raise ApiFault(Fault.FORBIDDEN, "Switching the input needs an administrator")
        changes[_SUPPORT] = enabled
    if port.selected is not None:
        changes[_TYPE] = _type(port.selected)
    selected = changes.get(_TYPE, now[_TYPE])
    separate = now[_SEPARATE] == "yes"
    asked: dict[str, tuple[str, bool]] = {}
    for connection in port.connections:
        type_ = _type(connection.id)
        memory = f"Audio.Input.{_TYPES[type_]}"
        for signaling in _signalings(connection):
            changes |= _power_changes(type_, signaling.power)
            for channel in signaling.channels:
                before = (now[f"{memory}.Level"], now[f"{memory}.Mute"] == "yes")
                asked[type_] = _asked(channel, *asked.get(type_, before), levels)
    if not separate and len(set(asked.values())) > 1:
        raise ApiFault(Fault.BAD_VALUE, "all types of input share one gain; separate them first")
    if not separate and asked:
        asked = dict.fromkeys(_TYPES, next(iter(asked.values())))
    for type_, (level, muted) in asked.items():
        changes[f"Audio.Input.{_TYPES[type_]}.Level"] = level
        changes[f"Audio.Input.{_TYPES[type_]}.Mute"] = "yes" if muted else "no"
        if type_ == selected:
            changes[_INPUT_GAIN] = "mute" if muted else level
    return changes


def _power_changes(type_: str, power: str | None) -> dict[str, str]:
    if power is None:
        return {}
    if power not in _POWERS[type_]:
        raise ApiFault(Fault.BAD_VALUE, f"{type_} has no power type '{power[:32]}'")
    if type_ != "mic":
        return {}
    on = power == "On"
    return {_POWER: "yes" if on else "no", _POWER_TYPE: "electret" if on else "none"}


def _asked(
    channel: Channel, level: str, muted: bool, levels: list[int | float]
) -> tuple[str, bool]:
    """Return level and mute as they are to be, from what they are and what is mentioned."""
    _same(channel.id, DEVICE, "channel")
    if channel.gain is not None:
        if channel.gain not in levels:
            raise ApiFault(Fault.BAD_VALUE, f"{channel.gain:g} dB is not among the gainValues")
        level = f"{channel.gain + 0.0:g}"  # 0.0 is what -0.0 means
    return level, muted if channel.mute is None else channel.mute


def _signalings(connection: Connection) -> list[Signaling]:
    _same(connection.selected or _UNBALANCED, _UNBALANCED, "signaling type")
    for signaling in connection.signalings:
        _same(signaling.id, _UNBALANCED, "signaling type")
    return connection.signalings


def _type(id_: Id) -> str:
    if id_ not in _TYPES:
        raise ApiFault(Fault.BAD_VALUE, f"there is no connection type '{str(id_)[:32]}'")
    return str(id_)


def _same(id_: Id, known: str, what: str) -> None:
    if str(id_) != known:
        raise ApiFault(Fault.BAD_VALUE, f"there is no {what} '{str(id_)[:32]}'")


async def _values(call: Call) -> dict[str, str]:
    found = await call.unit.reading.select(list(_NAMES), int(Access.INTERNAL))
    return dict(pair for _known, pairs in found for pair in pairs)


def _connection(id_: str, signaling: dict[str, Any]) -> dict[str, Any]:
    return {"id": id_, "signalingTypes": [{"id": _UNBALANCED, **signaling}]}


def _selected(connection: dict[str, Any]) -> dict[str, Any]:
    return {**connection, "signalingTypeSelected": _UNBALANCED}


def _channel(level: str, muted: bool) -> dict[str, Any]:
    return {"id": DEVICE, "gain": number(level), "mute": muted}
