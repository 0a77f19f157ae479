"""Every path there is, with who may use it. What is not here does not exist, and nothing here is open by default."""

import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from starlette.responses import Response

from common.params.kinds import Access
from daemons.http.call import Call
from daemons.http.problems import Refuse

Handler = Callable[[Call], Awaitable[Response]]

_ROLE_PREFIXES = {
    "admin": Access.ADMIN,
    "operator": Access.OPERATOR,
    "view": Access.VIEWER,
}
"""Names of roles that older clients put between `/axis-cgi/` and the name of a CGI (VAPIX page 1.1)."""
_CGI = "/axis-cgi/"
_NUMBER = "{number}"
_BELOW = "{below}"


@dataclass(frozen=True)
class Route:
    """One path."""

    path: str
    """Exact, with one `{number}`, or with `/{below}` at its end for everything below."""
    methods: frozenset[str]
    access: Access
    """The least that anything behind the path asks for."""
    handler: Handler
    refuse: Refuse
    open_while_unclaimed: bool = False
    """Whether it can be reached without a login as long as there is no account."""


class Match(NamedTuple):
    """A route, and what its path leaves open: a number, or what lies below."""

    route: Route
    number: int | None
    below: str | None = None


class Routes:
    """The registry of paths."""

    def __init__(self) -> None:
        self._exact: dict[str, Route] = {}
        self._numbered: list[tuple[re.Pattern[str], Route]] = []
        self._trees: dict[str, Route] = {}

    def add(self, route: Route) -> None:
        """Register a path; a second claim on one is an error."""
        if not isinstance(route.access, Access) or not route.methods:
            raise ValueError(f"{route.path}: who may use it, and how?")
        if _NUMBER in route.path:
            self._add_numbered(route)
            return
        if route.path.endswith(f"/{_BELOW}"):
            top = route.path.removesuffix(_BELOW)
            if top in self._trees:
                raise ValueError(f"{route.path} is claimed twice")
            self._trees[top] = route
            return
        for claimed in _with_aliases(route):
            if claimed.path in self._exact:
                raise ValueError(f"{claimed.path} is claimed twice")
            self._exact[claimed.path] = claimed

    def find(self, path: str) -> Match | None:
        """Return the route of a path in its one canonical form."""
        if (route := self._exact.get(path)) is not None:
            return Match(route, None)
        for pattern, numbered in self._numbered:
            if (match := pattern.fullmatch(path)) is not None:
                return Match(numbered, int(match[1]))
        for top, tree in self._trees.items():
            if path.startswith(top):
                return Match(tree, None, path.removeprefix(top))
        return None

    def __iter__(self) -> Iterator[Route]:
        yield from self._exact.values()
        yield from (route for _pattern, route in self._numbered)
        yield from self._trees.values()

    def _add_numbered(self, route: Route) -> None:
        before, after = (re.escape(part) for part in route.path.split(_NUMBER))
        pattern = re.compile(f"{before}(0|[1-9][0-9]{{0,5}}){after}")
        if any(pattern.pattern == known.pattern for known, _route in self._numbered):
            raise ValueError(f"{route.path} is claimed twice")
        self._numbered.append((pattern, route))


def _with_aliases(route: Route) -> Iterator[Route]:
    yield route
    if route.path.startswith(_CGI):
        for prefix, access in _ROLE_PREFIXES.items():
            path = f"{_CGI}{prefix}/{route.path.removeprefix(_CGI)}"
            yield replace(route, path=path, access=max(route.access, access))


ROUTES = Routes()
