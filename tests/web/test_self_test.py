"""The page Audio > Self test: from the speaker to the microphone and what it came to."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.suite import Unit, until
from tests.web.conftest import WAIT_MS, open_page, silent
from tests.web.settings import room, sound_as_it_comes

MINUS = "\N{MINUS SIGN}"


@pytest.fixture
def self_test(signed_in: Page, unit: Unit) -> Iterator[Page]:
    """The page, in a room where the microphone hears the speaker."""
    silent(unit)
    with sound_as_it_comes(unit):
        echo = {"coupling_db": -20, "delay_ms": 5, "reverb_ms": 200, "noise_dbfs": None}
        unit.client.post("/sim/room", json=echo).raise_for_status()
        open_page(signed_in, unit, "/audio/self-test", "Self test")
        signed_in.get_by_role("button", name="Run the test").wait_for()
        yield signed_in
        unit.client.post("/sim/room", json={**echo, "coupling_db": None}).raise_for_status()
        room(unit, None)


def shorter(page: Page) -> None:
    """Let the page ask for the shortest test there is."""
    page.route(
        "**/api/selftest",
        lambda route: (
            route.continue_(post_data={"calibrate": False, "speech_s": 4})
            if route.request.method == "POST"
            else route.continue_()
        ),
    )


def test_a_test_is_run_and_its_result_drawn(self_test: Page, unit: Unit) -> None:
    """One button; progress while it runs, then figures, the response and, from the second on, the trend."""
    with unit.admin() as admin:
        before = len(admin.get("/api/selftest").json()["results"])
        shorter(self_test)
        self_test.get_by_role("button", name="Run the test").click()
        expect(self_test.get_by_role("progressbar")).to_be_visible()
        expect(self_test.get_by_role("progressbar")).to_have_count(0, timeout=5 * WAIT_MS)
        results = admin.get("/api/selftest").json()["results"]
    assert len(results) == before + 1
    last = self_test.get_by_role("region", name="Last result")
    expect(last).to_contain_text(f"{results[-1]['level_db']:.1f} dB".replace("-", MINUS))
    expect(last).to_contain_text(f"{results[-1]['sti']:.2f}")
    drawn = self_test.get_by_role("img", name=re.compile("Frequency response of the last test"))
    expect(drawn).to_be_visible()


RESULT = {
    "at": "2026-01-01T10:00:00Z",
    "verdict": "ok",
    "message": "All is as it was.",
    "level_db": -20.0,
    "delay_ms": 31.0,
    "delay_with_devices": False,
    "sti": 0.7,
    "sti_band": "B",
    "response": [{"hz": 250, "db": 0.0}, {"hz": 1000, "db": 1.0}, {"hz": 4000, "db": -2.0}],
}
UNHEARD = {
    **RESULT,
    **{"at": "2026-01-03T10:00:00Z", "verdict": "no sound heard", "message": "Is it connected?"},
    **{"level_db": None, "delay_ms": None, "sti": None, "sti_band": None, "response": []},
}


def test_the_trend_is_drawn_and_holes_in_it_are_told(self_test: Page, unit: Unit) -> None:
    """Level, speech transmission index and delay over all tests; what was not measured is no zero."""
    later = {**RESULT, "at": "2026-01-02T10:00:00Z", "level_db": -23.5}
    answer = {
        **{"running": False, "progress": 0, "available": True, "why": None},
        **{"reference": RESULT, "results": [RESULT, later, UNHEARD]},
    }
    self_test.route("**/api/selftest", lambda route: route.fulfill(json=answer))
    last = self_test.get_by_role("region", name="Last result")
    expect(last).to_contain_text("No sound heard")
    expect(last).to_contain_text("Is it connected?")
    trend = self_test.get_by_role("region", name="Trend")
    level = trend.get_by_role(
        "img",
        name=f"Level of 3 tests, the oldest first: {MINUS}20 dB, {MINUS}23.5 dB, not measured",
    )
    expect(level.locator("circle")).to_have_count(2)
    trend.get_by_text("All results as a table").click()
    expect(trend.get_by_role("row")).to_have_count(4)
    response = self_test.get_by_role("region", name="Frequency response")
    expect(response.get_by_role("img", name="Frequency response").locator("path")).to_have_count(2)


def test_a_unit_that_cannot_test_says_why(self_test: Page) -> None:
    """There is nothing to press, and the unit's reason stands there."""
    answer = {
        **{"running": False, "progress": 0, "available": False, "why": "There is no microphone."},
        **{"reference": None, "results": []},
    }
    self_test.route("**/api/selftest", lambda route: route.fulfill(json=answer))
    expect(self_test.get_by_text("There is no microphone.")).to_be_visible()
    expect(self_test.get_by_role("button", name="Run the test")).to_be_disabled()
    until("no older result is shown", lambda: self_test.locator("#last").count() == 0)
