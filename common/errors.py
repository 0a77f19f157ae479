"""The one family of errors that daemons raise and edges translate.

::

    ApplianceError
    ├── InvalidValue      the caller sent something that can never work
    ├── NotPermitted      the caller may not do this
    ├── NotFound          the thing named does not exist
    ├── Conflict          it would work at another time, or after another change
    ├── NotSupported      this unit cannot do that
    ├── HardwareFault     a part of the unit failed
    └── Unavailable       a part of the suite does not answer now
        └── StorageFull   there is no room left

Messages are shown to people: they name the value and the limit, and never a secret. The family knows nothing
of HTTP or D-Bus: each edge has a table of its own and looks up the nearest ancestor with `nearest`.
"""

from collections.abc import Mapping
from typing import TypeVar

_Entry = TypeVar("_Entry")


class ApplianceError(Exception):
    """Anything that went wrong in a way the caller can be told about."""

    @property
    def message(self) -> str:
        """The text for a person."""
        return str(self.args[0]) if self.args else type(self).__name__


class InvalidValue(ApplianceError):
    """A value is malformed, of the wrong type or out of range."""


class NotPermitted(ApplianceError):
    """The caller lacks the right."""


class NotFound(ApplianceError):
    """What was named does not exist."""


class Conflict(ApplianceError):
    """Something else stands in the way: a name is taken, a revision is stale, a talker is busy."""


class NotSupported(ApplianceError):
    """This unit, or this board, cannot do it."""


class HardwareFault(ApplianceError):
    """A part of the unit failed."""


class Unavailable(ApplianceError):
    """A daemon does not answer at the moment."""


class StorageFull(Unavailable):
    """No room is left to keep what was sent."""


FAMILY: tuple[type[ApplianceError], ...] = (
    InvalidValue,
    NotPermitted,
    NotFound,
    Conflict,
    NotSupported,
    HardwareFault,
    StorageFull,
    Unavailable,
)


def nearest(table: Mapping[type[ApplianceError], _Entry], error: ApplianceError) -> _Entry | None:
    """Return the entry of the closest ancestor of `error` in `table`."""
    for ancestor in type(error).__mro__:
        if ancestor in table:
            return table[ancestor]
    return None
