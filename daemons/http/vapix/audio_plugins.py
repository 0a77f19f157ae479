"""Stages of the sound path as the mixer and analytics APIs have them: plugins with settings, each a parameter."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from common.params.view import ParameterView
from daemons.http.call import Call
from daemons.http.vapix.audio_parameters import (
    DEVICE,
    from_json,
    parameters,
    schema,
    to_json,
    write,
)
from daemons.http.vapix.families import ApiFault, Fault

_DRAFT = "http://json-schema.org/draft-07/schema#"

Id = str | int


@dataclass(frozen=True)
class Plugin:
    """One stage."""

    id: str
    title: str
    settings: Mapping[str, str]
    """Name of a setting -> name of the parameter that holds it."""


class Asked(msgspec.Struct):
    """What is to be set of a plugin."""

    id: str
    settings: dict[str, Any] = msgspec.field(default_factory=dict)


class Port(msgspec.Struct):
    """What is to be set of an input or output."""

    id: Id
    plugins: list[Asked] = msgspec.field(default_factory=list)


class Device(msgspec.Struct):
    """What is to be set of a device."""

    id: Id
    inputs: list[Port] = msgspec.field(default_factory=list)
    outputs: list[Port] = msgspec.field(default_factory=list)


class Wanted(msgspec.Struct):
    """What is to be set; what is not mentioned stays as it is."""

    devices: list[Device]


class Devices(msgspec.Struct):
    """The settings of all plugins."""

    devices: list[dict[str, Any]]


@dataclass(frozen=True)
class Plugins:
    """The stages of one API."""

    inputs: tuple[Plugin, ...] = ()
    outputs: tuple[Plugin, ...] = ()

    async def schema(self, call: Call, id_: str) -> dict[str, Any]:
        """Return what the settings of one plugin can be."""
        plugin = _named(id_, (*self.inputs, *self.outputs))
        return _schema(plugin, await self._views(call))

    async def schemas(self, call: Call) -> list[dict[str, Any]]:
        """Return what the settings of every plugin can be."""
        views = await self._views(call)
        return [_schema(plugin, views) for plugin in (*self.inputs, *self.outputs)]

    async def settings(self, call: Call) -> Devices:
        """Return what every plugin is set to."""
        views = await self._views(call)

        def port(plugins: tuple[Plugin, ...]) -> dict[str, Any]:
            return {
                "id": DEVICE,
                "plugins": [
                    {
                        "id": plugin.id,
                        "settings": {
                            key: to_json(views[name]) for key, name in plugin.settings.items()
                        },
                    }
                    for plugin in plugins
                ],
            }

        device = {"id": DEVICE, "inputs": [port(self.inputs)], "outputs": [port(self.outputs)]}
        return Devices([device])

    async def set(self, call: Call, wanted: Wanted) -> None:
        """Set what is mentioned: all of it, or nothing."""
        views = await self._views(call)
        changes: dict[str, str] = {}
        for device in wanted.devices:
            _known(device.id, "device")
            for ports, plugins in ((device.inputs, self.inputs), (device.outputs, self.outputs)):
                for port in ports:
                    _known(port.id, "input or output")
                    for asked in port.plugins:
                        changes |= _changes(asked, _named(asked.id, plugins), views)
        if changes:
            await write(call, changes)

    async def _views(self, call: Call) -> dict[str, ParameterView]:
        names = [
            name for plugin in (*self.inputs, *self.outputs) for name in plugin.settings.values()
        ]
        return await parameters(call, names)


def _changes(asked: Asked, plugin: Plugin, views: Mapping[str, ParameterView]) -> dict[str, str]:
    changes = {}
    for key, value in asked.settings.items():
        if key not in plugin.settings:
            raise ApiFault(Fault.BAD_VALUE, f"{plugin.id} has no setting '{key[:64]}'")
        name = plugin.settings[key]
        changes[name] = from_json(views[name], value)
    return changes


def _schema(plugin: Plugin, views: Mapping[str, ParameterView]) -> dict[str, Any]:
    return {
        "$schema": _DRAFT,
        "id": plugin.id,
        "title": plugin.title,
        "type": "object",
        "properties": {key: schema(views[name]) for key, name in plugin.settings.items()},
    }


def _named(id_: str, plugins: tuple[Plugin, ...]) -> Plugin:
    for plugin in plugins:
        if plugin.id == id_:
            return plugin
    raise ApiFault(Fault.BAD_VALUE, f"there is no plugin '{id_[:64]}' here")


def _known(id_: Id, what: str) -> None:
    if str(id_) != DEVICE:
        raise ApiFault(Fault.BAD_VALUE, f"there is no {what} '{str(id_)[:32]}'")
