"""How much work rules are: no set of them, stored or tried, keeps the daemon from the rest of its work.

What an event costs grows with the length of the conditions that it is compared with, and so does reading them at the
start, under the watchdog. So it is the length of all rules together that has a limit, not each of them alone.
"""

from collections.abc import Iterable

from common.errors import Conflict
from common.rules import Condition, Rule

MOST_WEIGHT = 256 * 1024
"""Of all rules together: 256 rules may have seven usual conditions each. One event takes some milliseconds then."""
LEAST_OF_ONE = 128
"""What looking at a condition weighs, however short it is."""
OF_A_REASON = 1024
"""What telling one reason of an evaluation weighs."""
MOST_WORK = 2**27
"""Of one simulation: the weight of everything that was looked at; a second or two on a thread."""


def weight_of(condition: Condition) -> int:
    """Return the weight of a condition, about one for each character."""
    return max(LEAST_OF_ONE, len(condition.topic) + len(condition.content))


def check_weight(rules: Iterable[Rule]) -> None:
    """Raise `Conflict` when rules are too much together."""
    weight = sum(
        weight_of(condition)
        for rule in rules
        for condition in (rule.trigger, *rule.conditions)
        if condition is not None
    )
    if weight > MOST_WEIGHT:
        raise Conflict(
            f"the conditions of all rules have {weight} characters, more than the {MOST_WEIGHT} there is room for"
        )
