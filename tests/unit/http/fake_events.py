"""An events daemon for tests of the edge: it answers what a test puts into it."""

from collections.abc import Awaitable, Callable
from typing import Any

from common.bus.events import EventsInterface
from common.bus.rules import RulesInterface
from common.errors import Unavailable


class FakeEvents:
    """Answers by method name; whatever has no answer is away."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        """Method -> what it returns, or the error it raises."""
        self.calls: list[tuple[str, tuple[Any, ...]]] = []

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        """Return a method of the daemon."""
        if not hasattr(EventsInterface, name) and not hasattr(RulesInterface, name):
            raise AttributeError(name)

        async def answer(*arguments: Any) -> Any:
            self.calls.append((name, arguments))
            if name not in self.answers:
                raise Unavailable("the events daemon is away")
            given = self.answers[name]
            if isinstance(given, Exception):
                raise given
            return given

        return answer
