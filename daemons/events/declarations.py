"""Brings in the topics that every daemon declares, and knows whose they are."""

import importlib
from collections.abc import Iterable, Iterator, Mapping

from common.bus.suite import Member
from common.errors import Conflict
from common.paths import LIBRARY
from common.topics import Topic

MOST_AT_RUN_TIME = 100
"""Of one owner."""


class Declarations:
    """Every topic of the suite, with the daemon that declares it."""

    def __init__(self, topics: Mapping[str, Iterable[Topic]]) -> None:
        self._owners: dict[str, str] = {}
        self._topics: dict[str, Topic] = {}
        for daemon, declared in topics.items():
            for topic in declared:
                if topic.name in self._topics:
                    raise ValueError(f"topic {topic.name} is declared twice")
                self._owners[topic.name] = daemon
                self._topics[topic.name] = topic

    def declare(self, daemon: str, topics: Iterable[Topic]) -> None:
        """Take all topics of an owner that comes at run time, in place of those it had; `Conflict` changes nothing."""
        declared = {topic.name: topic for topic in topics}
        if len(declared) > MOST_AT_RUN_TIME:
            raise Conflict(f"{daemon} can declare {MOST_AT_RUN_TIME} topics at most")
        for name in declared:
            if self._owners.get(name, daemon) != daemon:
                raise Conflict(f"{name} is declared by {self._owners[name]}")
        for name in [name for name, owner in self._owners.items() if owner == daemon]:
            del self._owners[name], self._topics[name]
        self._topics.update(declared)
        self._owners.update(dict.fromkeys(declared, daemon))

    def of(self, daemon: str, name: str) -> Topic | None:
        """Return the topic `name` if `daemon` declares it."""
        return self._topics[name] if self._owners.get(name) == daemon else None

    def owner(self, name: str) -> str:
        """Return the daemon that declares the topic."""
        return self._owners[name]

    def __iter__(self) -> Iterator[Topic]:
        return iter(self._topics.values())


def declared(members: Iterable[Member]) -> Declarations:
    """Return what the `topics` modules of `members` declare; a daemon without events has none."""
    found = {}
    for member in members:
        if (LIBRARY / "daemons" / member.name / "topics.py").is_file():
            module = importlib.import_module(f"daemons.{member.name}.topics")
            found[member.name] = [each for each in vars(module).values() if isinstance(each, Topic)]
    return Declarations(found)
