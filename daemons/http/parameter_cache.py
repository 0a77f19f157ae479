"""What was read of the parameters lately, for as long as none of them changes.

The parameters live in the params daemon; asking it costs two hops over the bus. Clients ask the same few questions
again and again, so the answers are kept until the daemon says that anything changed, comes or goes.
"""

from collections import OrderedDict

from common.bus.params import Pairs, ParamsInterface

KEPT = 64
KEPT_LINES = 5000
LONGEST_QUESTION = 256

Answer = list[tuple[bool, Pairs]]


class ParameterCache:
    """Answers of `Select`, until they may be no longer true."""

    def __init__(self, params: ParamsInterface) -> None:
        self._params = params
        self._answers: OrderedDict[tuple[tuple[str, ...], int], Answer] = OrderedDict()
        self._lines = 0
        self._changes = 0

    def forget(self) -> None:
        """Ask anew from now on; also what is being asked at this moment will not be kept."""
        self._changes += 1
        self._answers.clear()
        self._lines = 0

    async def select(self, groups: list[str], access: int) -> Answer:
        """Return, for each of `groups`, whether it exists and what `access` may read below it."""
        question = tuple(groups), access
        if (known := self._answers.get(question)) is not None:
            return known
        changes = self._changes
        answer = await self._params.select(groups, access)
        if changes == self._changes and sum(map(len, groups)) <= LONGEST_QUESTION:
            self._keep(question, answer)
        return answer

    def _keep(self, question: tuple[tuple[str, ...], int], answer: Answer) -> None:
        if question in self._answers:
            return  # somebody asked the same meanwhile
        self._answers[question] = answer
        self._lines += _lines(answer)
        while len(self._answers) > KEPT or self._lines > KEPT_LINES:
            _question, forgotten = self._answers.popitem(last=False)
            self._lines -= _lines(forgotten)


def _lines(answer: Answer) -> int:
    return sum(1 + len(pairs) for _known, pairs in answer)
