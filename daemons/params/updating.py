"""Changing values: by people, who may not do everything, and by the daemons that own facts."""

from collections.abc import Mapping

from common.errors import InvalidValue, NotFound, NotPermitted
from common.params.kinds import MASK, Access
from common.params.registry import Found, Parameter
from daemons.params.change import Change, Line
from daemons.params.sealing import Sealer
from daemons.params.tree import SERIAL_NUMBER, Tree

MOST_HINTS = 5


def update(
    tree: Tree,
    sealer: Sealer,
    changes: Mapping[str, str],
    access: Access,
    who: str,
    *,
    atomic: bool,
    vetoes: Mapping[str, str],
) -> tuple[Change, dict[str, str]]:
    """Return what `changes` write, and what is refused with the reason."""
    change = Change(who)
    refused = dict(vetoes)
    for name, text in changes.items():
        if name in refused:
            continue
        try:
            parameter = writable(tree, name, access).parameter
            write(change, tree, sealer, name, parameter, text)
        except NotFound as error:
            # Looking for the nearest name takes a while: only for what a person may have typed.
            near = tree.registry.nearest(name) if len(changes) <= MOST_HINTS else None
            refused[name] = error.message + (f"; did you mean {near}?" if near else "")
        except (InvalidValue, NotPermitted) as error:
            refused[name] = error.message
    if atomic and refused:
        return Change(who), refused
    return change, refused


def writable(tree: Tree, name: str, access: Access) -> Found:
    """Return the declaration of `name` if `access` may write it."""
    found = tree.find(name)
    parameter = found.parameter
    if access < parameter.read:
        raise NotFound(f"no parameter is called '{name}'")
    if parameter.read_only:
        raise NotPermitted("is read-only")
    if access < parameter.write:
        raise NotPermitted(f"needs the rights of an {parameter.write.name.lower()}")
    return found


def publish(tree: Tree, owner: str, values: Mapping[str, str]) -> Change:
    """Return what changes when `owner` states its facts; all or nothing."""
    change = Change(owner)
    for name, text in values.items():
        found = tree.find(name)
        if found.parameter.owner != owner or found.template is not None:
            raise NotPermitted(f"{name} is not a fact of {owner}")
        if not found.parameter.read_only or found.parameter.const:
            raise NotPermitted(f"{name} is not for its owner to set")
        state_fact(change, tree, name, found.parameter, text)
    return change


def write(
    change: Change, tree: Tree, sealer: Sealer, name: str, parameter: Parameter, text: str
) -> None:
    """Add to `change` that `name` becomes `text`, and that somebody did it; raises `InvalidValue`."""
    if parameter.secret:
        if text == MASK:  # a form sent back as it was read
            return
        value = parameter.kind.parse(text)
        if value == parameter.default and name not in tree.state.secrets:
            return
        change.secrets[name] = None if value == parameter.default else sealer.seal(name, value)
        change.told[name] = MASK
        change.history.append(Line(name, MASK, MASK))
        return
    old = tree.value(name, parameter)
    state_fact(change, tree, name, parameter, text)
    if name in change.told:
        change.history.append(Line(name, old, change.told[name]))


def state_fact(change: Change, tree: Tree, name: str, parameter: Parameter, text: str) -> None:
    """Add to `change` that `name` becomes `text`; raises `InvalidValue`."""
    try:
        value = parameter.kind.parse(text)
    except InvalidValue as error:
        raise InvalidValue(f"{name} {error.message}") from None
    if value == tree.value(name, parameter):
        return
    default = parameter.default_of(tree.serial_number)
    change.values[name] = None if value == default else value
    change.told[name] = value
    if name == SERIAL_NUMBER:
        _retell_defaults(change, tree, value)


def _retell_defaults(change: Change, tree: Tree, serial_number: str) -> None:
    """Names made of the serial number follow it."""
    for name, parameter in tree.registry.parameters.items():
        default = parameter.default_of(serial_number)
        follows = default != parameter.default_of(tree.serial_number)
        if follows and name not in tree.state.values:
            change.told[name] = default
