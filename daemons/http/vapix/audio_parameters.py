"""What the APIs of the sound path share: the parameters behind them, read with their kinds, written all or nothing."""

from collections.abc import Mapping, Sequence
from typing import Any

from common.params.kinds import Access
from common.params.view import DEFINITIONS, ParameterView
from daemons.http.call import Call
from daemons.http.vapix.families import ApiFault, Fault

DEVICE = "0"
"""There is one device, with one input and one output; all three have the same id."""


async def parameters(call: Call, names: Sequence[str]) -> dict[str, ParameterView]:
    """Return parameters with their present values, whoever asks."""
    content = await call.unit.params.definitions(list(names), int(Access.INTERNAL))
    return {view.name: view for view in DEFINITIONS.decode(content)}


async def write(call: Call, changes: Mapping[str, str]) -> None:
    """Write all changes on behalf of the caller, or none and say why."""
    _revision, refused = await call.unit.params.update(
        dict(changes), int(call.access), call.who, True
    )
    if refused:
        name, reason = next(iter(refused.items()))
        raise ApiFault(Fault.BAD_VALUE, f"{name} {reason}")


def number(text: str) -> int | float:
    """Return a number as JSON has it: a whole one without a fraction."""
    value = float(text)
    return int(value) if value.is_integer() else value


def gains(view: ParameterView) -> list[int | float]:
    """Return the levels in dB that a gain can have."""
    kind = view.kind
    count = round((kind["maximum"] - kind["minimum"]) / kind["step"])
    return [number(str(kind["minimum"] + step * kind["step"])) for step in range(count + 1)]


def to_json(view: ParameterView) -> Any:
    """Return a value as JSON has it: booleans and whole numbers are themselves."""
    if view.kind["type"] == "bool":
        return view.value == view.kind["true"]
    return int(view.value) if view.kind["type"] == "int" else view.value


def from_json(view: ParameterView, value: Any) -> str:
    """Return the VAPIX form of a JSON value; what has the wrong type is refused."""
    type_ = view.kind["type"]
    if type_ == "bool" and isinstance(value, bool):
        return str(view.kind["true" if value else "false"])
    if type_ == "int" and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if type_ == "enum" and isinstance(value, str):
        return value
    raise ApiFault(Fault.BAD_VALUE, f"{view.label} has the wrong type")


def schema(view: ParameterView) -> dict[str, Any]:
    """Return what a value can be, as a JSON schema has it."""
    described: dict[str, Any] = {"title": view.label, "description": view.help}
    if view.kind["type"] == "bool":
        return {**described, "type": "boolean"}
    if view.kind["type"] == "int":
        bounds = {key: view.kind[key] for key in ("minimum", "maximum")}
        return {**described, "type": "integer", **bounds}
    return {
        **described,
        "type": "string",
        "enum": [choice["value"] for choice in view.kind["choices"]],
    }
