"""`io/portmanagement.cgi`: the I/O ports, their settings and states (VAPIX page 7.2). Ports are counted from 0.

A port may be named by a text or a number, and `setPorts` takes the list of changes with or without an object around
it: clients do all of that.
"""

from typing import Annotated, Any, Final, Literal

import msgspec

from common.bus.ioports import PortChange, PortChanged, PortView
from common.errors import Conflict
from common.params.kinds import Access
from daemons.http.authorize import refuse_links
from daemons.http.call import Call
from daemons.http.vapix.families import SECOND_GENERATION, ApiFault, Fault
from daemons.http.vapix.json_api import JsonApi, NoParameters
from daemons.http.vapix.port_number import port_number

MOST_CHANGES: Final = 256
MOST_STEPS: Final = 1000
"""The documents name no limit."""

api = JsonApi(
    "/axis-cgi/io/portmanagement.cgi",
    id="io-port-management",
    name="IO Port Management",
    version="1.1",
    family=SECOND_GENERATION.with_errors(Conflict=2200),
    versions_have_version=True,  # Python's axis asks for it
    access=Access.VIEWER,
)


class PortItem(msgspec.Struct, rename="camel"):
    """A port as this API shows it."""

    port: str
    state: str
    configurable: bool
    usage: str
    direction: str
    name: str
    normal_state: str


class Ports(msgspec.Struct, rename="camel", omit_defaults=True):
    """All of them."""

    number_of_ports: int
    items: list[PortItem] | msgspec.UnsetType = msgspec.UNSET


class Change(msgspec.Struct, rename="camel"):
    """What is to be changed of a port."""

    port: str | int
    usage: str | None = None
    direction: str | None = None
    name: str | None = None
    normal_state: str | None = None
    state: str | None = None


Changes = Annotated[list[Change], msgspec.Meta(max_length=MOST_CHANGES)]


class SetPorts(msgspec.Struct):
    """What is to be changed of some ports."""

    ports: Changes


class Changed(msgspec.Struct):
    """Which ports were changed."""

    ports: list[str]


class Step(msgspec.Struct):
    """A state, and for how many milliseconds it is held."""

    state: Literal["open", "closed"]
    time: Annotated[int, msgspec.Meta(ge=0, le=65_535)]


class StateSequence(msgspec.Struct):
    """States one after the other."""

    port: str | int
    sequence: Annotated[list[Step], msgspec.Meta(min_length=1, max_length=MOST_STEPS)]


class Named(msgspec.Struct):
    """A port."""

    port: str


_CHANGED: Final = msgspec.json.Decoder(list[PortChanged])


@api.method("getPorts", access=Access.VIEWER, changes=False)
async def get_ports(call: Call, _parameters: NoParameters) -> Ports:
    """Return every port with its settings and its state."""
    views = await call.unit.port_watch.views()
    items = [_item(view) for view in views.values()]
    return Ports(len(items), items or msgspec.UNSET)


@api.method("setPorts", access=Access.OPERATOR, changes=True)
async def set_ports(call: Call, wanted: SetPorts | Changes) -> Changed:
    """Change settings and states of ports: what cannot be changed is told, everything else is in force."""
    changes = wanted.ports if isinstance(wanted, SetPorts) else wanted
    views = await call.unit.port_watch.views()
    numbers = [_known(change.port, views) for change in changes]
    if len(set(numbers)) < len(numbers):
        raise ApiFault(Fault.BAD_VALUE, "a port can be named once only")
    asked = [
        PortChange(
            port=number,
            usage=change.usage,
            direction=change.direction,
            name=change.name,
            normal_state=change.normal_state,
            state=change.state,
        )
        for number, change in zip(numbers, changes, strict=True)
    ]
    encoded = msgspec.json.encode(asked).decode()
    results = _CHANGED.decode(await call.unit.ioports.set_ports(encoded, call.who))
    faults = [
        _refused(result.port, name, reason)
        for result in results
        for name, reason in result.refused.items()
    ]
    if faults:
        first = faults[0]
        raise ApiFault(first.fault, first.message, details=first.details, others=faults[1:])
    return Changed([str(result.port) for result in results if result.changed])


@api.method("setStateSequence", access=Access.VIEWER, changes=True)
async def set_state_sequence(call: Call, wanted: StateSequence) -> Named:
    """Take an output through states in time; the answer does not wait for the end."""
    refuse_links(call)
    port = _known(wanted.port, await call.unit.port_watch.views())
    steps: list[tuple[str, int]] = [(step.state, step.time) for step in wanted.sequence]
    try:
        await call.unit.ioports.run_sequence(port, steps)
    except Conflict:
        raise Conflict("State sequence already ongoing.") from None
    return Named(str(port))


def _item(view: PortView) -> PortItem:
    return PortItem(
        str(view.port),
        view.state,
        view.configurable,
        view.usage,
        view.direction,
        view.name,
        view.normal_state,
    )


def _known(named: str | int, views: dict[int, Any]) -> int:
    number = port_number(named)
    if number not in views:
        raise ApiFault(
            Fault.BAD_VALUE,
            f"there is no port '{str(named)[:32]}'",
            details={"port": str(named)[:32], "propertyName": "port"},
        )
    return number


def _refused(port: int, name: str, reason: str) -> ApiFault:
    property_ = msgspec.structs.fields(Change)
    names = {field.name: field.encode_name for field in property_}
    details = {"port": str(port), "propertyName": names.get(name, name)}
    return ApiFault(Fault.BAD_VALUE, f"{details['propertyName']}: {reason}", details=details)
