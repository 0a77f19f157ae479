"""Restore and factory default, by the policy each declaration names."""

from common.errors import InvalidValue
from common.params.kinds import MASK, Reset
from common.params.registry import Registry
from daemons.params.change import Change, Line
from daemons.params.groups import drop
from daemons.params.tree import Tree

_CLEARED = {
    "restore": frozenset({Reset.RESTORE}),
    "factory_default": frozenset({Reset.RESTORE, Reset.FACTORY_DEFAULT}),
}


def reset(tree: Tree, level: str, who: str) -> Change:
    """Return the change that returns everything `level` covers to its default."""
    cleared = _CLEARED.get(level)
    if cleared is None:
        raise InvalidValue("the level of a reset is restore or factory_default")
    change = Change(who, reset=level, forget=level == "factory_default")
    for group in sorted(tree.state.groups):
        template = tree.registry.template_of_group(group)
        if template is None or template.reset in cleared:
            drop(change, tree, group)
    for name, value in tree.state.values.items():
        if name not in change.values and _policy(tree.registry, name) in cleared:
            change.values[name] = None
            if (parameter := tree.registry.parameters.get(name)) is not None:
                change.told[name] = parameter.default_of(tree.serial_number)
                change.history.append(Line(name, value, change.told[name]))
    for name in tree.state.secrets:
        if name not in change.secrets and _policy(tree.registry, name) in cleared:
            change.secrets[name] = None
            if name in tree.registry.parameters:
                change.told[name] = MASK
                change.history.append(Line(name, MASK, MASK))
    for type_, id_ in tree.state.records:
        if _record_policy(tree.registry, type_) in cleared:
            change.records[type_, id_] = None
    return change


def _policy(registry: Registry, name: str) -> Reset:
    """Return what clears `name`; what no declaration knows any more goes with the first reset."""
    if "/" in name:
        return _record_policy(registry, name.partition("/")[0])
    found = registry.lookup(name)
    return Reset.RESTORE if found is None else found.parameter.reset


def _record_policy(registry: Registry, type_: str) -> Reset:
    record = registry.records.get(type_)
    return Reset.RESTORE if record is None else record.reset
