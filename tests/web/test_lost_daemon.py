"""What the pages say while a daemon is away, and that they go on by themselves when it is back."""

import json
import signal

import pytest
from playwright.sync_api import Page, Route, WebSocketRoute, expect

from tests.suite import Unit, until
from tests.web.conftest import PAGES, open_page, sign_in
from tests.web.settings import input_on, room, sound_as_it_comes
from tests.web.sounds import EAVESDROP

AUDIO_PAGES = [
    "/audio/device-settings",
    "/audio/stream",
    "/audio/clips",
    "/audio/listen",
    "/audio/now",
    "/audio/paging",
    "/audio/self-test",
    "/system/detectors",
]
ASKED = (
    "**/api/audio/**",
    "**/api/clips",
    "**/api/impedance",
    "**/api/multicast",
    "**/api/multicast/page",
    "**/api/playing",
    "**/api/selftest",
    "**/config/rest/**",
)
"""What only audio can answer."""
ERROR = {"code": "unavailable", "message": "the audio daemon does not answer now"}
TOLD = "A part of the unit does not answer."


def refuse(route: Route) -> None:
    """Answer as http does while it cannot reach audio."""
    route.fulfill(status=503, json={"error": ERROR})


def refuse_socket(socket: WebSocketRoute) -> None:
    """The same for a WebSocket."""
    socket.send(json.dumps({"error": ERROR}))
    socket.close(code=1000)


@pytest.mark.parametrize("path", AUDIO_PAGES)
def test_a_page_without_audio_says_so_and_goes_on(signed_in: Page, unit: Unit, path: str) -> None:
    """Opened while audio is away, a page tells it with what to do, throws no error, and fills itself later."""
    heading, landmark = PAGES[path]
    with sound_as_it_comes(unit):
        input_on(unit)
        signed_in.route_web_socket("**/api/audio/levels", refuse_socket)
        for pattern in ASKED:
            signed_in.route(pattern, refuse)
        open_page(signed_in, unit, path, heading)
        told = signed_in.get_by_role("status").filter(has_text=TOLD)
        expect(told).to_contain_text("the audio daemon does not answer now")
        expect(told).to_contain_text("restart the unit under Maintenance")
        expect(signed_in.get_by_text("The speaker is silent.")).to_have_count(0)
        for pattern in ASKED:
            signed_in.unroute(pattern)
        expect(told).to_have_count(0)
        signed_in.locator(landmark).first.wait_for()
        expect(signed_in.get_by_role("alert")).to_have_count(0)


def test_an_interrupted_sound_is_heard_again(page: Page, unit: Unit) -> None:
    """Who listens while audio is killed goes on listening once it is back."""
    page.add_init_script(EAVESDROP)
    with sound_as_it_comes(unit):
        input_on(unit)
        sign_in(page, unit)
        open_page(page, unit, "/audio/listen", "Listen and record")
        page.get_by_role("button", name="Listen", exact=True).click()
        room(unit, -30.0)
        until("the browser sounds", lambda: page.evaluate("loudest()") > 0.01)
        unit.kill("audio", signal.SIGKILL)
        until("the browser is silent", lambda: page.evaluate("loudest()") < 0.001)
        until("the browser sounds again", lambda: page.evaluate("loudest()") > 0.01, 30.0)
        expect(page.get_by_text("You hear what the audio input hears.")).to_be_visible()
        page.get_by_role("button", name="Stop listening").click()
