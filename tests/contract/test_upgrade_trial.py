"""What is seen of an upgrade on its way, and a version that is not well, not confirmed, or loses its power."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.contract.upgrade_rig import AMBER_FLASHING, BACK_S, GREEN, RED_SLOWLY, Rig, upgradable
from tests.firmware import image
from tests.suite import until

SHORTEST_MIN = 1
LARGE = 200_000_000


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """One unit for all tests of this file, in their order."""
    with upgradable(tmp_path_factory.mktemp("trial")) as rig:
        yield rig


class Watch:
    """Somebody who looks at the page and at the unit while it is upgraded."""

    def __init__(self, rig: Rig) -> None:
        self.leds: list[list[tuple[str, int]]] = []
        self.steps: list[tuple[str, int]] = []
        self._rig = rig
        self._over = threading.Event()

    def look(self) -> None:
        """Look until told to stop."""
        with self._rig.unit.admin() as client:
            while not self._over.wait(0.02):
                with suppress(httpx.HTTPError, KeyError, ValueError):
                    told = client.get("/api/maintenance/upgrade").json()
                    self.steps.append((told["step"], told["percent"]))
                    self.leds.append(self._rig.led())

    def stop(self) -> None:
        """Look no more."""
        self._over.set()


@contextmanager
def watching(rig: Rig) -> Iterator[Watch]:
    """Look for as long as the block runs."""
    watch = Watch(rig)
    eyes = threading.Thread(target=watch.look, name="eyes")
    eyes.start()
    try:
        yield watch
    finally:
        watch.stop()
        eyes.join()


@contextmanager
def silenced(rig: Rig) -> Iterator[None]:
    """Kill the audio daemon whenever it lives, so that the version that runs is not well."""
    over = threading.Event()

    def kill() -> None:
        while not over.wait(0.5):
            with suppress(KeyError, ProcessLookupError):
                rig.unit.kill("audio")

    hand = threading.Thread(target=kill, name="killer")
    hand.start()
    try:
        yield
    finally:
        over.set()
        hand.join()


def last(rig: Rig) -> dict[str, Any]:
    """Return how the last upgrade ended."""
    found: dict[str, Any] = rig.progress()["last"]
    return found


def settled(rig: Rig) -> dict[str, Any]:
    """Wait until nothing happens any more, and return how it is."""
    until("nothing happens", lambda: rig.progress()["step"] == "idle", BACK_S)
    return rig.progress()


@pytest.mark.covers("M-LED-03", part="upgrade, on the wire")
@pytest.mark.covers("M-LED-01", part="after an upgrade")
def test_the_led_and_the_progress_tell_of_an_upgrade(rig: Rig) -> None:
    """Amber, flashing, until the new version starts; green when it is confirmed."""
    until("it is green", lambda: rig.led() == GREEN)
    before = rig.boot_id()
    bundle = image(rig.folder, rig.trusted, "12.9.1", size=LARGE)
    with watching(rig) as watch:
        assert rig.upgrade(bundle)["data"] == {"firmwareVersion": "12.9.1"}
    assert AMBER_FLASHING in watch.leds
    assert RED_SLOWLY not in watch.leds
    order = ["idle", "receiving", "checking", "installing", "installed", "restarting"]
    steps = [step for step, _percent in watch.steps]
    assert {"receiving", "installing"} <= set(steps) <= set(order)
    assert steps == sorted(steps, key=order.index)
    percents = [percent for step, percent in watch.steps if step == "installing"]
    assert percents == sorted(percents)
    assert any(0 < percent < 100 for percent in percents), percents
    rig.wait_for_start(before)
    assert settled(rig)["committed"]
    until("it is green", lambda: rig.led() == GREEN)
    assert (last(rig)["what"], last(rig)["result"]) == ("upgrade", "done")


@pytest.mark.covers("M-LED-05", part="on the wire")
@pytest.mark.covers("M-MNT-09", part="the status LED tells of it")
def test_the_led_tells_of_an_image_that_was_refused(rig: Rig) -> None:
    """Red, slowly; a good one after it is taken."""
    dummy = rig.folder / "dummy.bin"
    dummy.write_bytes(b"DUMMY_FIRMWARE_BYTES")
    assert rig.upgrade(dummy)["error"]["code"] == 421
    until("the LED tells of it", lambda: rig.led() == RED_SLOWLY)
    assert last(rig)["result"] == "failed"
    before = rig.boot_id()
    assert "data" in rig.upgrade(image(rig.folder, rig.trusted, "12.9.2"), autoCommit="boot")
    rig.wait_for_start(before)
    assert settled(rig)["version"] == "12.9.2"
    until("it is green", lambda: rig.led() == GREEN)


@pytest.mark.covers("M-MNT-09", "M-MNT-11", part="the power goes while an image is installed")
@pytest.mark.covers("M-LED-05", part="after a power cut")
def test_a_power_cut_while_an_image_is_written_leaves_the_version_before(rig: Rig) -> None:
    """The unit starts as if nothing had been, says what was, and takes the same image."""
    rig.set_interval("6")
    bundle = image(rig.folder, rig.trusted, "12.9.3", size=LARGE)
    before = rig.boot_id()

    def send() -> None:
        # It never hears an answer.
        with rig.unit.admin() as other, suppress(httpx.HTTPError, ValueError, AssertionError):
            Rig(rig.unit, other, rig.house, rig.folder).upgrade(bundle)

    sender = threading.Thread(target=send, name="sender")
    sender.start()
    until("it is being installed", lambda: rig.progress()["step"] == "installing")
    assert rig.unit.client.post("/sim/power", json={"button_held": False}).status_code == 204
    sender.join()
    rig.wait_for_start(before)
    told = settled(rig)
    assert (told["version"], told["committed"], told["inactive_version"]) == ("12.9.2", True, None)
    assert (told["last"]["result"], told["last"]["version"]) == ("failed", "12.9.3")
    assert "interrupted" in told["last"]["message"]
    until("the LED tells of it", lambda: rig.led() == RED_SLOWLY)
    assert rig.spooled() == []
    assert rig.interval() == "6"
    before = rig.boot_id()
    assert "data" in rig.upgrade(bundle)
    rig.wait_for_start(before)
    assert settled(rig)["version"] == "12.9.3"


@pytest.mark.timeout(300)
@pytest.mark.covers("M-MNT-07", "M-MNT-09")
@pytest.mark.covers("M-MNT-10", part="a rollback brings back the settings from before")
def test_of_two_versions_one_is_confirmed_in_time_and_the_other_goes_back(rig: Rig) -> None:
    """The first is confirmed by hand. The second is not, nor by itself, for its sound does not come."""
    settled(rig)
    before = rig.boot_id()
    bundle = image(rig.folder, rig.trusted, "12.9.4")
    assert "data" in rig.upgrade(bundle, autoCommit="never", autoRollback=str(SHORTEST_MIN))
    rig.wait_for_start(before)
    assert rig.status()["timeToRollback"] <= 60 * SHORTEST_MIN
    assert rig.call("commit")["data"] == {"firmwareVersion": "12.9.4"}
    rig.set_interval("8")
    before = rig.boot_id()
    bundle = image(rig.folder, rig.trusted, "12.9.5")
    with silenced(rig):
        assert "data" in rig.upgrade(bundle, autoCommit="started", autoRollback=str(SHORTEST_MIN))
        until("it is down", lambda: rig.boot_id() != before, BACK_S)

        def on_trial() -> bool:
            with suppress(httpx.HTTPError, ValueError, KeyError):
                return bool(rig.progress()["step"] == "trial")
            return False

        until("the new version runs", on_trial, BACK_S)
        began = time.monotonic()
        assert rig.status()["activeFirmwareVersion"] == "12.9.5"
        assert 0 < rig.status()["timeToRollback"] <= 60 * SHORTEST_MIN
        rig.set_interval("5")

        def ill() -> bool:
            return any(not check["well"] for check in rig.progress()["checks"])

        until("it is seen to be ill", ill, 30)
        until("it goes back", lambda: not on_trial(), 60 * SHORTEST_MIN + 20)
        assert time.monotonic() - began > 60 * SHORTEST_MIN - 10
    until("the version before runs", lambda: is_back(rig), BACK_S)
    told = settled(rig)
    assert (told["version"], told["committed"], told["inactive_version"]) == ("12.9.4", True, None)
    assert (told["last"]["result"], told["last"]["version"]) == ("rolled_back", "12.9.5")
    assert "audio" in told["last"]["message"]
    assert rig.interval() == "8"
    until("it tells of it", lambda: rig.led() == RED_SLOWLY)


def is_back(rig: Rig) -> bool:
    """Whether the version before runs and is ready."""
    with suppress(httpx.HTTPError, ValueError, KeyError):
        return bool(rig.boot_id() and rig.progress()["version"] == "12.9.4")
    return False


def test_nothing_of_an_image_is_left_on_the_unit(rig: Rig) -> None:
    """Whatever became of it."""
    for folder in ("update", "slots"):
        for path in Path(rig.unit.state / "system" / folder).iterdir():
            assert path.stat().st_size < 100_000, path
