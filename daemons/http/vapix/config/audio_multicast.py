"""`audio-multicast-ctrl`: from which multicast groups the unit plays, and who goes before whom (VAPIX page 6.4).

Beyond the reference, `audiocodec` has all that the unit can play, not only PCMU and PCMA.
"""

import json
from collections.abc import Mapping
from typing import Any

from common.errors import InvalidValue, NotFound
from common.params.kinds import Access
from daemons.http.call import Call
from daemons.http.problems import Problem
from daemons.http.vapix.config.frame import APIS, ConfigApi

Parts = Mapping[str, str]


def _property(
    kind: str, summary: str, *, settable: bool = True, readable: bool = True
) -> dict[str, Any]:
    roles = {"roles": ["admin"]}
    operations = {"get": roles} if readable else {}
    return {
        "short_description": summary,
        "data_type": kind,
        "nullable": False,
        "operations": {**operations, "set": roles} if settable else operations,
    }


_SOURCE = {
    "id": _property(
        "string", "Made by the unit, or the name of a source of its own", settable=False
    ),
    "type": _property("string", "Multicast or Internal", settable=False),
    "label": _property("string", "What people call it, up to 31 characters"),
    "ipAddress": _property("string", "The group, 224.0.0.0 to 239.255.255.255"),
    "port": _property("integer", "1024 to 65534"),
    "prio": _property("integer", "1, the highest, to 13; setting one moves the others"),
    "latencyProfile": _property("string", "Normal, Low or UltraLow"),
    "srtpKey": _property("string", "60 or 92 hexadecimal digits", readable=False),
}
_ADMIN = {"roles": ["admin"]}
_MODEL = {
    "collection": "singleton",
    "properties": {
        "enabled": _property("boolean", "Whether multicast audio is received"),
        "audiocodec": _property("string", "What dynamic payload types stand for"),
    },
    "entities": {
        "sources": {
            "short_description": "Where audio comes from",
            "collection": "map",
            "key_property": "id",
            "properties": _SOURCE,
            "operations": {
                "get": _ADMIN,
                "add": {
                    **_ADMIN,
                    "fields": {
                        "required": ["label", "ipAddress", "port"],
                        "optional": ["prio", "latencyProfile", "srtpKey"],
                    },
                },
                "remove": _ADMIN,
            },
        }
    },
    "operations": {"get": _ADMIN},
}

api = APIS.add(
    ConfigApi(
        "audio-multicast-ctrl",
        "Audio Multicast Controller",
        "Receives audio from multicast groups, and says who goes before whom.",
        major=1,
        state="beta",
        version="1.0.0-beta.3",
        access=Access.ADMIN,
        model=_MODEL,
    )
)


_CODEC_ALIAS = "audioCodec"
"""The reference's list of the object has another name than its path."""


async def _whole(call: Call) -> dict[str, Any]:
    whole: dict[str, Any] = json.loads(await call.unit.multicast.controller())
    return whole


async def _source(call: Call, id_: str) -> dict[str, Any]:
    sources: list[dict[str, Any]] = (await _whole(call))["sources"]
    for source in sources:
        if source["id"] == id_:
            return source
    raise NotFound(f'"{id_[:63]}"')


def _object(data: Any) -> str:
    if not isinstance(data, dict):
        raise InvalidValue('"data" must be an object')
    return json.dumps(data)


@api.on("GET", "", access=Access.ADMIN, changes=False)
async def get_all(call: Call, _parts: Parts, _data: Any) -> dict[str, Any]:
    """Return the whole of it."""
    whole = await _whole(call)
    return {**whole, _CODEC_ALIAS: whole["audiocodec"]}


@api.on("GET", "/enabled", access=Access.ADMIN, changes=False)
async def get_enabled(call: Call, _parts: Parts, _data: Any) -> Any:
    """Return whether multicast audio is received."""
    return (await _whole(call))["enabled"]


@api.on("PATCH", "/enabled", access=Access.ADMIN, changes=True)
async def set_enabled(call: Call, _parts: Parts, data: Any) -> None:
    """Switch it on or off."""
    await call.unit.multicast.change_controller(json.dumps({"enabled": data}))


@api.on("GET", f"/{_CODEC_ALIAS}", access=Access.ADMIN, changes=False)
@api.on("GET", "/audiocodec", access=Access.ADMIN, changes=False)
async def get_codec(call: Call, _parts: Parts, _data: Any) -> Any:
    """Return the codec of all sources."""
    return (await _whole(call))["audiocodec"]


@api.on("PATCH", f"/{_CODEC_ALIAS}", access=Access.ADMIN, changes=True)
@api.on("PATCH", "/audiocodec", access=Access.ADMIN, changes=True)
async def set_codec(call: Call, _parts: Parts, data: Any) -> None:
    """Say in which codec the sources are; payload types that RFC 3551 fixes speak for themselves."""
    await call.unit.multicast.change_controller(json.dumps({"audiocodec": data}))


@api.on("GET", "/sources", access=Access.ADMIN, changes=False)
async def get_sources(call: Call, _parts: Parts, _data: Any) -> Any:
    """Return all sources by priority, the unit's own among them."""
    return (await _whole(call))["sources"]


@api.on("POST", "/sources", access=Access.ADMIN, changes=True)
async def add_source(call: Call, _parts: Parts, data: Any) -> Any:
    """Add a source and return it."""
    return json.loads(await call.unit.multicast.add_source(_object(data)))


@api.on("GET", "/sources/{id}", access=Access.ADMIN, changes=False)
async def get_source(call: Call, parts: Parts, _data: Any) -> Any:
    """Return one source."""
    return await _source(call, parts["id"])


@api.on("PATCH", "/sources/{id}", access=Access.ADMIN, changes=True)
async def set_source(call: Call, parts: Parts, data: Any) -> None:
    """Change several properties of a source at once."""
    await call.unit.multicast.change_source(parts["id"], _object(data))


@api.on("DELETE", "/sources/{id}", access=Access.ADMIN, changes=True)
async def remove_source(call: Call, parts: Parts, _data: Any) -> None:
    """Remove a source; what it plays stops."""
    await call.unit.multicast.remove_source(parts["id"])


@api.on("GET", "/sources/{id}/{property}", access=Access.ADMIN, changes=False)
async def get_property(call: Call, parts: Parts, _data: Any) -> Any:
    """Return one property of a source; its key has no way out."""
    source = await _source(call, parts["id"])
    name = _PROPERTY_ALIASES.get(parts["property"], parts["property"])
    if name not in source:
        raise Problem(404, "not_found", f"{api.base}/sources/{parts['id'][:63]}/{name[:63]}")
    return source[name]


@api.on("PATCH", "/sources/{id}/{property}", access=Access.ADMIN, changes=True)
async def set_property(call: Call, parts: Parts, data: Any) -> None:
    """Change one property of a source."""
    await _source(call, parts["id"])
    if parts["property"] not in {*_SOURCE, *_PROPERTY_ALIASES}:
        name = parts["property"][:63]
        raise Problem(404, "not_found", f"{api.base}/sources/{parts['id'][:63]}/{name}")
    await call.unit.multicast.change_source(parts["id"], json.dumps({parts["property"]: data}))


_PROPERTY_ALIASES = {"profile": "latencyProfile"}
"""The example of the reference has another name than its table."""
