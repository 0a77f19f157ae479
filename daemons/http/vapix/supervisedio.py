"""`supervisedio.cgi`: inputs that also tell when somebody tampers with their wires (VAPIX page 7.3).

Ports are counted from 0, and each of this unit can be an input or an output. A method's parameters are a list with an
item for each port, or just one item; an empty list, or an item without a port, means every port there is. Where VAPIX
leaves it open: levels and limits are mV at the terminal, to ground; `setSupervised` changes nothing unless all of it
makes sense.
"""

from typing import Annotated, Final

import msgspec

from common.bus.ioports import PortView, SupervisedRange
from common.errors import NotFound, NotSupported
from common.params.kinds import Access
from common.supervised_ranges import checked
from daemons.http.call import Call
from daemons.http.vapix.families import SECOND_GENERATION, ApiFault, Family, Fault
from daemons.http.vapix.json_api import JsonApi
from daemons.http.vapix.port_number import port_number

STATES: Final = ("short", "close", "open", "cut")
_ALSO_CALLED: Final = {"shorted": "short", "closed": "close"}
_CLOSED: Final = {"open": "open", "closed": "close"}
"""What this API calls the states of an input that is not supervised."""
DONE: Final = 1
MOST_ITEMS: Final = 64

_SECOND: Final = SECOND_GENERATION.with_codes(
    {Fault.BAD_VALUE: 2203, Fault.UNKNOWN: 2200}
).with_errors(InvalidValue=2204, NotFound=2205, NotSupported=2206)
_FIRST: Final = Family(
    {
        Fault.VERSION: 100,
        Fault.INTERNAL: 101,
        Fault.MISSING: 102,
        Fault.UNKNOWN: 103,
        Fault.BAD_JSON: 200,
        Fault.TOO_LARGE: 200,
        Fault.FORBIDDEN: 202,
        Fault.NOT_POST: 202,
        Fault.METHOD: 203,
        Fault.BAD_VALUE: 300,
    },
    {**SECOND_GENERATION.errors},
).with_errors(
    ApplianceError=101, InvalidValue=301, NotFound=302, NotSupported=303, NotPermitted=202
)

api = JsonApi(
    "/axis-cgi/supervisedio.cgi",
    id="supervised-io",
    name="Supervised I/O",
    version="2.0",
    family=_SECOND,
    older={"1.0": _FIRST},
    access=Access.OPERATOR,
)


class Asked(msgspec.Struct, forbid_unknown_fields=True):
    """A port that is asked about."""

    port: int | str | None = None


Question = Asked | Annotated[list[Asked], msgspec.Meta(max_length=MOST_ITEMS)]


class Range(msgspec.Struct, forbid_unknown_fields=True):
    """Which levels mean a state, in mV, both limits included."""

    state: str
    lowerlimit: int
    upperlimit: int


class Wanted(msgspec.Struct, forbid_unknown_fields=True):
    """How a port is to be supervised; ranges that are left out stay."""

    supervised: bool
    port: int | str | None = None
    ranges: Annotated[list[Range], msgspec.Meta(max_length=16)] | None = None


Orders = Wanted | Annotated[list[Wanted], msgspec.Meta(min_length=1, max_length=MOST_ITEMS)]


class Numbers(msgspec.Struct):
    """How many ports can be inputs, and outputs."""

    inputs: int
    outputs: int


class Supervisable(msgspec.Struct):
    """Whether a port can be supervised."""

    port: int
    input: bool
    output: bool


class SupervisableItems(msgspec.Struct):
    """The answer of `isSupervisable`."""

    items: list[Supervisable]


class Name(msgspec.Struct):
    """A state."""

    name: str


class States(msgspec.Struct):
    """The states that a port can be in."""

    port: int
    states: list[Name]


class StatesItems(msgspec.Struct):
    """The answer of `getSupportedStates`."""

    items: list[States]


class Supervised(msgspec.Struct, omit_defaults=True):
    """How a port is."""

    port: int
    supervised: bool
    supervisable: bool
    state: str
    level: int | msgspec.UnsetType = msgspec.UNSET


class SupervisedItems(msgspec.Struct):
    """The answer of `getSupervised`."""

    items: list[Supervised]


class Ranges(msgspec.Struct):
    """Which levels mean what at a port."""

    port: int
    ranges: list[Range]


class RangesItems(msgspec.Struct):
    """The answer of `getSupervisedRanges`."""

    items: list[Ranges]


class Outcome(msgspec.Struct):
    """What came of an order."""

    port: int
    code: int
    message: str


class Outcomes(msgspec.Struct):
    """The answer of `setSupervised`."""

    items: list[Outcome]


_RANGES: Final = msgspec.json.Decoder(list[SupervisedRange])


@api.method("getNumberOfPorts", access=Access.OPERATOR, changes=False)
async def get_number_of_ports(call: Call, _parameters: Question) -> Numbers:
    """Return how many ports can be inputs, and how many can be outputs."""
    views = list((await call.unit.port_watch.views()).values())
    inputs = sum(view.configurable or view.direction == "input" for view in views)
    outputs = sum(view.configurable or view.direction == "output" for view in views)
    return Numbers(inputs, outputs)


@api.method("isSupervisable", access=Access.OPERATOR, changes=False)
async def is_supervisable(call: Call, question: Question) -> SupervisableItems:
    """Return which ports can be supervised as they are now: inputs whose voltage can be measured."""
    views = await _asked_for(call, question)
    return SupervisableItems([Supervisable(view.port, view.supervisable, False) for view in views])


@api.method("getSupportedStates", access=Access.OPERATOR, changes=False)
async def get_supported_states(call: Call, question: Question) -> StatesItems:
    """Return the states that supervised ports can be in."""
    names = [Name(state) for state in STATES]
    views = await _asked_for(call, question)
    return StatesItems([States(view.port, names if view.supervisable else []) for view in views])


@api.method("getSupervised", access=Access.OPERATOR, changes=False)
async def get_supervised(call: Call, question: Question) -> SupervisedItems:
    """Return which ports are supervised, in which state each is, and the level in mV."""
    return SupervisedItems(
        [
            Supervised(
                view.port,
                view.supervised,
                view.supervisable,
                view.supervised_state or _CLOSED[view.state],
                msgspec.UNSET if view.level_mv is None else view.level_mv,
            )
            for view in await _asked_for(call, question)
        ]
    )


@api.method("getSupervisedRanges", access=Access.OPERATOR, changes=False)
async def get_supervised_ranges(call: Call, question: Question) -> RangesItems:
    """Return which levels, in mV, mean which state."""
    views = _supervisable(question, await _asked_for(call, question))
    items = []
    for view in views:
        ranges = _RANGES.decode(await call.unit.ioports.supervised_ranges(view.port))
        shown = [Range(one.state, one.lower_mv, one.upper_mv) for one in ranges]
        items.append(Ranges(view.port, shown))
    return RangesItems(items)


@api.method("setSupervised", access=Access.OPERATOR, changes=True)
async def set_supervised(call: Call, orders: Orders) -> Outcomes:
    """Supervise ports, or no longer, by levels in mV."""
    every = await call.unit.port_watch.views()
    planned: dict[int, tuple[bool, str]] = {}
    for order in [orders] if isinstance(orders, Wanted) else orders:
        question = Asked(order.port)
        ranges = "" if order.ranges is None else _written(order.ranges)
        for view in _supervisable(question, _found(question, every)):
            if view.port in planned:
                raise ApiFault(Fault.BAD_VALUE, f"port {view.port} is named twice")
            planned[view.port] = order.supervised, ranges
    for port, (supervised, ranges) in planned.items():
        await call.unit.ioports.set_supervised(port, supervised, ranges, call.who)
    return Outcomes([Outcome(port, DONE, "OK") for port in planned])


async def _asked_for(call: Call, question: Question) -> list[PortView]:
    return _found(question, await call.unit.port_watch.views())


def _found(question: Question, views: dict[int, PortView]) -> list[PortView]:
    named = _named(question)
    for port in named:
        if port_number(port) not in views:
            raise NotFound(f"there is no port '{str(port)[:32]}'")
    numbers = dict.fromkeys(map(port_number, named))
    return [views[number] for number in numbers] if named else list(views.values())


def _named(question: Question) -> list[int | str]:
    """Return the ports that are asked about by name; none where it is about all of them."""
    asked = [question] if isinstance(question, Asked) else question
    named = [one.port for one in asked if one.port is not None]
    return named if len(named) == len(asked) else []


def _supervisable(question: Question, views: list[PortView]) -> list[PortView]:
    """Return those that can be supervised; one that was named and cannot is an error, and so is none at all."""
    able = [view for view in views if view.supervisable]
    if not able or (_named(question) and len(able) < len(views)):
        raise NotSupported("the port cannot be supervised")
    return able


def _written(ranges: list[Range]) -> str:
    told = [
        SupervisedRange(_ALSO_CALLED.get(one.state, one.state), one.lowerlimit, one.upperlimit)
        for one in ranges
    ]
    return msgspec.json.encode(checked(told)).decode()
