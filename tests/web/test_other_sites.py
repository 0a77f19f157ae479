"""Another web site in a real browser, whose user is logged in to the unit, changes nothing (class W12)."""

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, Response

from tests.suite import ROOT_PASSWORD, Unit
from tests.web.conftest import WAIT_MS

PARAMETER = "Network.HTTP.AllowedHosts"
UPDATE = f"/axis-cgi/param.cgi?action=update&{PARAMETER}=evil.example"
DONE = "done"


def attack(base: str) -> str:
    """Return a page that tries every way a page has to send a request somewhere else.

    Each has a frame of its own: of a navigation that another one overtakes, the browser never says that it ended.
    """
    target = f"{base}{UPDATE}"
    return f"""<!doctype html><title>cats</title>
<img src="{target}"><script src="{target}"></script><link rel="stylesheet" href="{target}">
<iframe src="{target}"></iframe><video src="{target}"></video>
<iframe name="posted"></iframe><iframe name="got"></iframe>
<form id="form" method="post" target="posted" action="{base}/axis-cgi/param.cgi">
<input name="action" value="update"><input name="{PARAMETER}" value="evil.example"></form>
<form id="get" method="get" target="got" action="{base}/axis-cgi/param.cgi">
<input name="action" value="update"><input name="{PARAMETER}" value="evil.example"></form>
<a id="link" href="{target}">cats</a>
<script>
const ways = [
  fetch("{target}", {{mode: "no-cors", credentials: "include"}}),
  fetch("{base}/axis-cgi/param.cgi", {{method: "POST", mode: "no-cors", credentials: "include",
    body: "action=update&{PARAMETER}=evil.example"}}),
  fetch("{base}/api/parameters", {{method: "PATCH", credentials: "include",
    body: JSON.stringify({{changes: {{"{PARAMETER}": "evil.example"}}}})}}),
];
navigator.sendBeacon("{base}/axis-cgi/param.cgi", "action=update&{PARAMETER}=evil.example");
document.getElementById("form").submit();
document.getElementById("get").submit();
Promise.allSettled(ways).then(() => {{ document.title = "{DONE}"; }});
</script>"""


@contextmanager
def another_site(page: str) -> Iterator[str]:
    """Serve a page from another origin, and return its address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Referrer-Policy", "no-referrer")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *_arguments: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def visitor(chromium: Browser, unit: Unit) -> Iterator[Page]:
    """A browser that has a session on the unit, and sends its password wherever the unit asks for it."""
    context = chromium.new_context(
        ignore_https_errors=True,
        http_credentials={"username": "root", "password": ROOT_PASSWORD},
    )
    context.set_default_timeout(WAIT_MS)
    page = context.new_page()
    page.goto(f"{unit.https_url}/")
    page.evaluate(
        """([user, password]) => fetch("/api/session",
            {method: "POST", body: JSON.stringify({user, password})}).then((got) => got.json())""",
        ["root", ROOT_PASSWORD],
    )
    page.goto("about:blank")
    try:
        yield page
    finally:
        context.close()


class Requests:
    """What a page asks of the unit, and what comes of it."""

    def __init__(self, page: Page, base: str) -> None:
        self._page = page
        self._port = urlsplit(base).port
        self._ended = 0
        self.sent = 0
        self.answers: list[int] = []
        page.on("request", self._sent)
        page.on("response", self._answered)
        page.on("requestfinished", self._end)
        page.on("requestfailed", self._end)

    def settle(self) -> None:
        """Wait until everything that was sent has come to an end."""
        waited_ms = 0
        while self._ended < self.sent and waited_ms < WAIT_MS:
            self._page.wait_for_timeout(50)
            waited_ms += 50
        assert self._ended >= self.sent > 0

    def _is_ours(self, url: str) -> bool:
        return urlsplit(url).port == self._port

    def _sent(self, request: Request) -> None:
        self.sent += self._is_ours(request.url)

    def _answered(self, response: Response) -> None:
        if self._is_ours(response.url):
            self.answers.append(response.status)

    def _end(self, request: Request) -> None:
        self._ended += self._is_ours(request.url)


def allowed_hosts(unit: Unit) -> str:
    """Return the value that the other site is after."""
    with unit.admin() as admin:
        query = {"action": "list", "group": PARAMETER}
        text: str = admin.get("/axis-cgi/param.cgi", params=query).text
        return text.partition("=")[2].strip()


@pytest.mark.covers(
    "M-API-01", "M-API-02", "M-API-03", part="refused for other sites, in a browser"
)
@pytest.mark.parametrize("over", ["https", "http"])
def test_no_request_of_another_site_changes_anything(
    chromium: Browser, unit: Unit, over: str
) -> None:
    """Images, scripts, frames, forms, fetch, beacons and links; the person's own typing works."""
    base = unit.https_url if over == "https" else unit.http_url
    with visitor(chromium, unit) as page, another_site(attack(base)) as evil:
        requests = Requests(page, base)
        page.goto(evil)
        page.wait_for_function(f"document.title === '{DONE}'")
        requests.settle()
        assert allowed_hosts(unit) == ""
        page.click("#link")
        requests.settle()
        assert requests.sent >= 10
        assert 200 not in requests.answers
        assert allowed_hosts(unit) == ""
        page.goto(f"{unit.https_url}{UPDATE}")
        assert page.inner_text("body") == "OK"
        assert allowed_hosts(unit) == "evil.example"
        page.goto(f"{unit.https_url}/axis-cgi/param.cgi?action=update&{PARAMETER}=")
        assert allowed_hosts(unit) == ""
