"""What another version stored: names that have changed since, and values that no longer fit."""

import logging

from common.errors import InvalidValue
from daemons.params.change import Change
from daemons.params.tree import Tree

log = logging.getLogger(__name__)


def migrated(tree: Tree) -> Change:
    """Return what brings the stored values in line with the declarations.

    A name that nobody declares stays where it is: the version that knows it may come back.
    """
    change = Change("params")
    for name, value in tree.state.values.items():
        present = tree.registry.former_names.get(name, name)
        found = tree.registry.lookup(present)
        if found is None:
            log.warning("the stored parameter '%s' is unknown, ignoring", name)
            continue
        parameter = found.parameter
        if present != name:
            change.values[name] = None
            if present in tree.state.values:
                continue
        try:
            fitting = parameter.kind.parse(value)
        except InvalidValue as error:
            log.warning("the stored %s %s, using default", present, error.message)
            change.values[present] = None
            continue
        if present != name or fitting != value:
            default = parameter.default_of(tree.serial_number)
            change.values[present] = None if fitting == default else fitting
    return change
