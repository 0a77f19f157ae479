"""The frame of APIs below /config/rest, and paths that are trees."""

import pytest
from starlette.responses import Response

from common.params.kinds import Access
from daemons.http.call import Call
from daemons.http.problems import Problem, as_page
from daemons.http.routes import Route, Routes
from daemons.http.vapix.catalogue import Catalogue
from daemons.http.vapix.config.frame import ConfigApi, as_config


async def answer(_call: Call) -> Response:
    """Answer."""
    return Response()


def made_api(state: str = "beta") -> ConfigApi:
    """Return an API of the test's own."""
    return ConfigApi(
        "colours", "Colours", "Mixes.", 1, state, "1.0.0", Access.ADMIN, {}, Routes(), Catalogue()
    )


def test_a_tree_takes_what_lies_below_and_nothing_beside() -> None:
    """Exact paths go first; the top itself is none of it."""
    routes = Routes()
    get = frozenset({"GET"})
    routes.add(Route("/tree/{below}", get, Access.ADMIN, answer, as_page))
    routes.add(Route("/tree/leaf", get, Access.VIEWER, answer, as_page))
    found = routes.find("/tree/a/b")
    assert found is not None
    assert (found.below, found.number) == ("a/b", None)
    exact = routes.find("/tree/leaf")
    assert exact is not None
    assert exact.route.access is Access.VIEWER
    assert routes.find("/tree") is None
    assert routes.find("/treetop") is None
    with pytest.raises(ValueError, match="twice"):
        routes.add(Route("/tree/{below}", get, Access.ADMIN, answer, as_page))


def test_the_path_says_how_finished_an_api_is() -> None:
    """A released one has no suffix."""
    assert made_api().base == "/config/rest/colours/v1beta"
    assert made_api("released").base == "/config/rest/colours/v1"


def test_what_is_declared_wrongly_is_refused_at_import() -> None:
    """A method there is not, a place that is more open than its API, a place declared twice."""
    api = made_api()

    async def handler(_call: Call, _parts: object, _data: object) -> None:
        """Mix."""

    with pytest.raises(ValueError, match="does not have PUT"):
        api.on("PUT", "/red", access=Access.ADMIN, changes=True)(handler)
    with pytest.raises(ValueError, match="is open"):
        api.on("GET", "/red", access=Access.VIEWER, changes=False)(handler)
    api.on("GET", "/red", access=Access.ADMIN, changes=False)(handler)
    with pytest.raises(ValueError, match="twice"):
        api.on("GET", "/red", access=Access.ADMIN, changes=False)(handler)


@pytest.mark.parametrize(
    ("status", "code", "begin"),
    [(400, 5, "Validation error: "), (404, 1, "Resource not found: "), (403, 0, ""), (503, 0, "")],
)
def test_problems_have_the_numbers_of_the_family(status: int, code: int, begin: str) -> None:
    """Those that have been seen on a unit; the rest is 0."""
    refusal = as_config(Problem(status, "word", "why"))
    assert refusal.status_code == status
    assert bytes(refusal.body) == (
        f'{{"status":"error","error":{{"code":{code},"message":"{begin}why"}}}}'.encode()
    )
