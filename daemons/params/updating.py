"""Changing values: by people, who may not do everything, and by the daemons that own facts."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager

from common.bus.suite import HTTP
from common.errors import InvalidValue, NotFound, NotPermitted
from common.params.kinds import MASK, Access
from common.params.registry import Found, Parameter, Registry
from daemons.params.change import Change, Line
from daemons.params.sealing import Sealer
from daemons.params.tree import SERIAL_NUMBER, Tree

MOST_HINTS = 5
EDGE = HTTP.name
"""The daemon that people reach, and that has checked what they may do."""


def not_theirs(registry: Registry, names: Iterable[str], daemon: str) -> dict[str, str]:
    """Return which parameters a daemon may not write, and why: an edge writes for people, any other what it owns."""
    if daemon == EDGE:
        return {}
    return {
        name: f"is not a setting of {daemon}"
        for name in names
        if (found := registry.lookup(name)) is None or found.parameter.owner != daemon
    }


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
    _follow_rules(change, tree, changes.keys() - refused.keys())
    return change, refused


def _follow_rules(change: Change, tree: Tree, written: Collection[str]) -> None:
    """Bring into step what depends on what is `written`."""
    for rule in tree.registry.rules:
        if rule.names.isdisjoint(change.told):
            continue
        before = {name: tree.value(name, tree.find(name).parameter) for name in rule.names}
        after = {name: change.told.get(name, value) for name, value in before.items()}
        for name, value in rule.settle(written, before, after).items():
            if value != after[name]:
                _settle(change, tree, name, before[name], value)


def _settle(change: Change, tree: Tree, name: str, old: str, new: str) -> None:
    change.values.pop(name, None)
    change.told.pop(name, None)
    change.history[:] = [line for line in change.history if line.name != name]
    if new != old:
        default = tree.find(name).parameter.default_of(tree.serial_number)
        change.values[name] = None if new == default else new
        change.told[name] = new
        change.history.append(Line(name, old, new))


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
        with about(name):
            state_fact(change, tree, name, found.parameter, text)
    return change


@contextmanager
def about(name: str) -> Iterator[None]:
    """Say of which parameter a value is refused, where the answer does not tell it otherwise."""
    try:
        yield
    except InvalidValue as error:
        raise InvalidValue(f"{name} {error.message}") from None


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
    value = parameter.kind.parse(text)
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
