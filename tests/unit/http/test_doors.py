"""No odd form of a path, a host or a method opens anything (class W1 of the known vulnerabilities)."""

import pytest

from common.params.kinds import Access
from daemons.http import paths
from daemons.http.routes import ROUTES, Route
from tests.unit.http.edge import Edge

SEPARATORS = ["/", "//", "/./", "%2f", "%2F", "/%2e/", "\\", "%5c", ";/", "/;/", "/.;/", "%252f"]
TAILS = [
    "/",
    "//",
    "/.",
    "/..",
    "/a.srv",
    "/index.html",
    ";",
    ";x",
    ";.cgi",
    "%00",
    "%00.html",
    "%20",
    "%09",
    "%0a",
    "%0d%0aX:1",
    ".",
    "..",
    ".html",
    "~",
    "#x",
    "%23",
    "%3f",
    "%3b",
    "%2e",
    "/%2e%2e/index.html",
    "\x00",
    "\xff",
    "%ff",
    "%c0%ae",
    "%u002f",
    "*",
    ":80",
    "@",
    "$",
    "'",
    '"',
    "|",
    "`id`",
]
HEADS = [
    "",
    "/.",
    "//",
    "/x/..",
    "/%2e",
    "/%2e%2e",
    "/index.html/..",
    "/assets/../",
    "http://192.168.0.90",
    "https://evil.example",
    "/axis-cgi/..",
    "/axis-cgi/%2e%2e",
    "/axis-cgi/../axis-cgi/..",
    "/;",
    "/%20",
    "\\",
    "*",
    "%2f",
    "/sim/..",
    "/local/../",
]
METHODS = ["HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "get", "G E T", "PROPFIND", "X"]
HEADERS = [
    {"X-HTTP-Method-Override": "GET"},
    {"X-Original-URL": "/index.html"},
    {"X-Rewrite-URL": "/index.html"},
    {"X-Forwarded-For": "127.0.0.1"},
    {"X-Forwarded-User": "root"},
    {"X-Real-IP": "127.0.0.1"},
    {"Remote-User": "root"},
    {"Authorization": ""},
    {"Authorization": "Basic"},
    {"Authorization": "Basic Og=="},
    {"Authorization": "Basic cm9vdDo="},
    {"Authorization": "Bearer x"},
    {"Authorization": "Digest"},
    {"Authorization": 'Digest username="root"'},
    {"Authorization": "Negotiate x"},
    {"Cookie": "c8210_session=root"},
    {"Cookie": "c8210_session=root.0123456789abcdef.9999999999." + "A" * 43},
    {"Host": "localhost"},
    {"Host": "127.0.0.1"},
    {"Referer": "https://192.168.0.90/"},
    {"Origin": "https://192.168.0.90"},
    {"Sec-Fetch-Site": "same-origin"},
    {"X-CSRF-Token": "x"},
    {"X-C8210-Login": "yes"},
]
CLOSED = {401, 404}


def forms(path: str) -> list[str]:
    """Return odd ways to write a path."""
    parts = path.strip("/").split("/")
    found = {head + path for head in HEADS} | {path + tail for tail in TAILS}
    found |= {"/" + separator.join(parts) for separator in SEPARATORS}
    found |= {separator + separator.join(parts) for separator in SEPARATORS}
    found |= {path.upper(), path.title(), path.swapcase(), path.replace("cgi", "CGI")}
    for number, letter in enumerate(path):
        if letter.isalpha():
            found.add(f"{path[:number]}%{ord(letter):02x}{path[number + 1 :]}")
            found.add(f"{path[:number]}%{ord(letter):02X}{path[number + 1 :]}")
            found.add(f"{path[:number]}%25{ord(letter):02x}{path[number + 1 :]}")
            found.add(path[:number] + letter.swapcase() + path[number + 1 :])
    for number in range(1, len(path)):
        found.add(f"{path[:number]}/./{path[number:]}")
        found.add(f"{path[:number]}%00{path[number:]}")
        found.add(f"{path[:number]};a=b{path[number:]}")
    return sorted(found - {path})


def is_open(route: Route) -> bool:
    """Whether a route answers without a login, by declaration."""
    return route.access is Access.ANYBODY


CLOSED_ROUTES = [route for route in ROUTES if not is_open(route)]


@pytest.mark.parametrize("route", CLOSED_ROUTES, ids=lambda route: str(route.path))
async def test_no_other_form_of_a_path_opens_it(edge: Edge, route: Route) -> None:
    """At least 200 forms of each path, as a stranger and with credentials: 401 or 404, and nothing happens."""
    path = route.path.replace("{number}", "0")
    tried = 0
    for form in forms(path):
        raw = form.encode("latin-1")
        assert (await edge.ask("GET", raw)).status in CLOSED, form
        assert (await edge.ask("POST", raw)).status in CLOSED, form
        answer = await edge.ask("GET", raw, login="root")
        assert answer.status == 404, form
        tried += 3
    for method in METHODS:
        assert (await edge.ask(method, path)).status in CLOSED, method
        tried += 1
    for headers in HEADERS:
        for method in ("GET", "POST"):
            answer = await edge.ask(method, path, headers=headers, encrypted=False)
            assert answer.status in CLOSED, headers
            tried += 1
    assert tried >= 200
    assert edge.system.restarts + edge.audio.played == []
    assert edge.system.resets == []


def test_every_path_says_who_may_use_it() -> None:
    """There is no default: a route without a role cannot be registered."""
    assert len(CLOSED_ROUTES) > 30
    with pytest.raises(ValueError, match="who may use it"):
        ROUTES.add(
            Route("/x", frozenset({"GET"}), None, CLOSED_ROUTES[0].handler, CLOSED_ROUTES[0].refuse)  # type: ignore[arg-type]
        )


def test_a_path_is_claimed_once() -> None:
    """Two handlers for one path would be a way around the stricter one."""
    with pytest.raises(ValueError, match="claimed twice"):
        ROUTES.add(CLOSED_ROUTES[0])
    numbered = next(route for route in ROUTES if "{number}" in route.path)
    with pytest.raises(ValueError, match="claimed twice"):
        ROUTES.add(numbered)


def test_what_is_open_to_everybody_is_a_short_list() -> None:
    """A new open path has to be written down here too."""
    assert {route.path for route in ROUTES if is_open(route)} == {
        "/api/session",
        "/axis-cgi/apidiscovery.cgi",
        "/axis-cgi/audio/door",
        "/axis-cgi/basicdeviceinfo.cgi",
        "/axis-cgi/systemready.cgi",
    }


async def test_who_does_not_come_through_the_web_server_hears_nothing(edge: Edge) -> None:
    """The socket is nginx's; what does not bring its fields is refused."""
    answer = await edge.ask("GET", "/axis-cgi/usergroup.cgi", login="root", through_front=False)
    assert answer.status == 400


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("192.168.0.90", 200),
        ("192.168.0.90:8443", 200),
        ("203.0.113.5", 200),
        ("[2001:db8::1]", 200),
        ("[2001:db8::1]:443", 200),
        ("localhost:8080", 200),
        ("axis-accc8e012345", 200),
        ("AXIS-ACCC8E012345.local", 200),
        ("axis-accc8e012345.local.", 200),
        ("axis-accc8e012345.office.example", 200),
        ("speaker.example", 200),
        ("evil.example", 421),
        ("axis-accc8e012345.evil.example", 421),
        ("office.example", 421),
        ("192.168.0.90.evil.example", 421),
        ("localhost.evil.example", 421),
        ("a b", 421),
        ("[::1", 421),
        ("[zz]", 421),
        ("x:y", 421),
        ("192.168.0.90:99999999", 421),
        ("é", 421),
    ],
)
@pytest.mark.covers("M-GET-07", part="API")
async def test_the_unit_answers_to_its_own_names_only(edge: Edge, host: str, status: int) -> None:
    """By address and by host name; another name that points to it is another site's."""
    edge.settings.update(
        {
            "Network.DomainName": "office.example",
            "Network.HTTP.AllowedHosts": "speaker.example,other",
        }
    )
    headers = {"Host": host}
    answer = await edge.ask("GET", "/axis-cgi/usergroup.cgi", login="root", headers=headers)
    assert answer.status == status
    if status == 421:
        assert "Network.HTTP.AllowedHosts" in answer.text


async def test_a_client_without_a_host_is_an_old_one(edge: Edge) -> None:
    """HTTP/1.0 has no such field; a browser always sends it."""
    answer = await edge.ask("GET", "/axis-cgi/usergroup.cgi", login="root", headers={"Host": ""})
    assert answer.status == 200


async def test_a_path_that_leads_nowhere_is_a_page(edge: Edge) -> None:
    """Clients take it for older firmware (VAPIX page 1.8)."""
    answer = await edge.ask("GET", "/axis-cgi/nothing.cgi", login="root")
    assert answer.status == 404
    assert answer.header("content-type") == "text/html; charset=ISO-8859-1"
    assert answer.text == (
        "<HTML><HEAD><TITLE>404 Not Found</TITLE></HEAD>\n<BODY><H1>404 Not Found</H1>\n"
        "The requested URL /axis-cgi/nothing.cgi was not found on this server.\n</BODY></HTML>\n"
    )


async def test_a_bug_leaks_nothing(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is no error of the suite is logged, and answered without a word of it."""

    async def broken() -> str:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(edge.audio, "clips", broken)
    answer = await edge.ask("GET", "/api/clips", login="root")
    assert answer.status == 500
    assert "secret" not in answer.text


def test_plain_paths_are_plain() -> None:
    """The one form that is accepted."""
    for good in (b"/a", b"/axis-cgi/param.cgi", b"/api/clips/0/original", b"/a-b_c~d.e/f"):
        assert paths.is_plain(good)
    for bad in (b"", b"/", b"a", b"//", b"/a/", b"/.a", b"/a/../b", b"/" + b"a" * 300, b"/a\n"):
        assert not paths.is_plain(bad)
