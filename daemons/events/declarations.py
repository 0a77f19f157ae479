"""Brings in the topics that every daemon declares, and knows whose they are."""

import importlib
from collections.abc import Iterable, Iterator, Mapping

from common.bus.suite import Member
from common.paths import LIBRARY
from common.topics import Topic


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
