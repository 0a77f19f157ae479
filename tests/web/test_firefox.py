"""A smoke test in Firefox: the way from the login page to a clip that plays."""

import gc
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.suite import ROOT_PASSWORD, Unit, until
from tests.web.conftest import silent
from tests.web.sounds import peak

if TYPE_CHECKING:
    from marionette_driver.marionette import Marionette

# Of the driver's making: it lets go of sockets and files unclosed and imports old modules.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")


@pytest.fixture
def firefox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Iterator[Marionette]":
    """Firefox, driven by its own remote protocol, with everything it writes below `tmp_path`."""
    from marionette_driver.marionette import Marionette  # only here its warnings are ignored

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    browser = Marionette(
        bin="/usr/bin/firefox-esr", headless=True, port=0, gecko_log=str(tmp_path / "firefox.log")
    )
    try:
        browser.start_session({"acceptInsecureCerts": True})
        browser.timeout.implicit = 15
        yield browser
    finally:
        browser.cleanup()
        browser.instance = None
        gc.collect()


@pytest.mark.covers("M-GET-06", part="Firefox")
def test_firefox_signs_in_and_plays_a_clip(firefox: "Marionette", unit: Unit) -> None:
    """Every page opens, the theme changes, a clip plays and the front panel shows it."""
    silent(unit)
    firefox.navigate(f"{unit.https_url}/")
    firefox.find_element("css selector", "input[name=username]").send_keys("root")
    firefox.find_element("css selector", "input[name=password]").send_keys(ROOT_PASSWORD)
    firefox.find_element("css selector", "button[type=submit]").click()
    firefox.find_element("id", "device-info")

    for path, landmark in (
        ("/system/accounts", "table"),
        ("/system/plain-config", ".row"),
        ("/maintenance", ".card"),
        ("/audio/device-settings", "#output"),
        ("/audio/stream", "#stream"),
        ("/audio/listen", ".hold"),
        ("/audio/now", "#rules"),
        ("/audio/paging", "#multicast-codec"),
        ("/audio/self-test", "#run"),
        ("/system/detectors", "#sound-level"),
        ("/audio/clips", "table"),
    ):
        firefox.execute_script(f"location.hash = '{path}'")
        firefox.find_element("css selector", landmark)
    play = "//button[.//span[starts-with(text(), 'Play ')] or starts-with(@aria-label, 'Play ')]"
    firefox.find_element("xpath", play).click()
    until("the clip is heard", lambda: peak(unit.played(0.3)) > 0.01)

    firefox.execute_script("location.hash = '/front-panel'")
    firefox.find_element("css selector", "[role=meter]")
    firefox.find_element("css selector", "g[data-colour=green]")
    silent(unit)
