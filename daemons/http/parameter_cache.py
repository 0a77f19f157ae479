"""What was read of the parameters lately, for as long as none of them changes.

The parameters live in the params daemon; asking it costs two hops over the bus. Clients ask the same few questions
again and again, so the answers are kept until the daemon says that anything changed, comes or goes.
"""

from collections import OrderedDict

from common.bus.params import Pairs, ParamsInterface

KEPT = 64
LONGEST_QUESTION = 256

Answer = list[tuple[bool, Pairs]]


class ParameterCache:
    """Answers of `Select`, until they may be no longer true."""

    def __init__(self, params: ParamsInterface) -> None:
        self._params = params
        self._answers: OrderedDict[tuple[tuple[str, ...], int], Answer] = OrderedDict()
        self._changes = 0

    def forget(self) -> None:
        """Ask anew from now on; also what is being asked at this moment will not be kept."""
        self._changes += 1
        self._answers.clear()

    async def select(self, groups: list[str], access: int) -> Answer:
        """Return, for each of `groups`, whether it exists and what `access` may read below it."""
        question = tuple(groups), access
        if (known := self._answers.get(question)) is not None:
            return known
        changes = self._changes
        answer = await self._params.select(groups, access)
        if changes == self._changes and sum(map(len, groups)) <= LONGEST_QUESTION:
            self._answers[question] = answer
            while len(self._answers) > KEPT:
                self._answers.popitem(last=False)
        return answer
