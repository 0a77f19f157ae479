"""How urgent a talker may be. Of our own are `class` and `priority`: the more urgent one takes the place of the other.

Who says nothing has the rank of the parameters Audio.Live.Class and Audio.Live.Priority. A viewer cannot have a higher
one; an operator can have any.
"""

from typing import NamedTuple

from common.errors import InvalidValue
from common.params.kinds import Access
from daemons.http.call import Call
from daemons.http.problems import Problem

CLASSES = ("music", "advertisement", "announcement", "page", "emergency")
"""The least urgent first."""
HIGHEST_PRIORITY = 100


class Rank(NamedTuple):
    """A class, as a place in `CLASSES`, and a priority in it."""

    class_: int
    priority: int

    @property
    def name(self) -> str:
        """The name of the class."""
        return CLASSES[self.class_]


def rank_of(call: Call, class_: str | None, priority: int | None) -> Rank:
    """Return the rank asked for, the default's where nothing is said.

    Another class than the default's begins at priority 0. Raises `InvalidValue`; `Problem` where a viewer asks for
    more than the default.
    """
    settings = call.unit.settings.now
    default = Rank(CLASSES.index(settings.talker_class), settings.talker_priority)
    name = (class_ or settings.talker_class).lower()
    if name not in CLASSES:
        raise InvalidValue(f"class must be one of {', '.join(reversed(CLASSES))}")
    number = CLASSES.index(name)
    if priority is None:
        priority = default.priority if number == default.class_ else 0
    if not 0 <= priority <= HIGHEST_PRIORITY:
        raise InvalidValue(f"priority must be from 0 to {HIGHEST_PRIORITY}")
    rank = Rank(number, priority)
    if rank > default and call.access < Access.OPERATOR:
        raise Problem(403, "role_too_low", "To be more urgent than others needs the role operator.")
    return rank
