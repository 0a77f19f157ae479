"""The control button at the pace of the clock, and whether the power has just come."""

from pathlib import Path

import pytest

from common.clock import ManualClock
from daemons.ioports.adapters.power_up import power_came
from daemons.ioports.button import Button
from daemons.ioports.cloud import CloudConnect
from daemons.ioports.contact import SETTLE_S
from daemons.ioports.gesture_table import Gesture
from daemons.ioports.gestures import Gestures


class Desk:
    """A button on a desk, and what came of it."""

    def __init__(self, *, power_came: bool = False) -> None:
        self.clock = ManualClock()
        self.moves: list[tuple[bool, float]] = []
        self.shown: list[str | None] = []
        self.meant: list[Gesture] = []
        self.button = Button(
            self.clock,
            Gestures(power_came, self.clock.monotonic()),
            moved=lambda pressed, at: self.moves.append((pressed, at - self.begin)),
            show=self.shown.append,
            meant=self.meant.append,
        )
        self.begin = self.clock.time()

    def feel(self, pressed: bool, *, then_s: float) -> None:
        """Feel the contact, and let time pass in steps as short as a look."""
        self.button.feel(pressed)
        self.button.look()
        for _ in range(round(then_s / 0.01)):
            self.clock.advance(0.01)
            self.button.look()


def test_moves_are_told_with_their_own_time_and_without_bounces() -> None:
    """When the contact closed for good, not when it had settled."""
    desk = Desk()
    desk.feel(False, then_s=1.0)
    for pressed in (True, False, True):
        desk.feel(pressed, then_s=0.01)
    desk.feel(True, then_s=0.49)
    desk.feel(False, then_s=0.5)
    assert [pressed for pressed, _at in desk.moves] == [True, False]
    assert [at for _pressed, at in desk.moves] == pytest.approx([1.02, 1.52])
    assert desk.meant == [Gesture.CLOUD_CONNECT]
    assert not desk.button.pressed


def test_the_whole_hold_since_power_up() -> None:
    """As the table has it; the move itself is told, too."""
    desk = Desk(power_came=True)
    desk.feel(True, then_s=11.0)
    assert desk.button.pressed
    assert desk.shown == ["power_up_press", "power_up_hold", "power_up_release"]
    assert desk.meant == []
    desk.feel(False, then_s=2 * SETTLE_S)
    assert desk.shown[-1] is None
    assert desk.meant == [Gesture.FACTORY_DEFAULT]
    assert [pressed for pressed, _at in desk.moves] == [True, False]


def test_the_power_comes_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For the first start of the daemon; then not before the unit starts anew."""
    monkeypatch.setenv("C8210_BOOT_ID", "first")
    assert power_came(tmp_path)
    assert not power_came(tmp_path)
    monkeypatch.setenv("C8210_BOOT_ID", "second")
    assert power_came(tmp_path)
    assert not power_came(tmp_path)


def test_on_a_device_the_kernel_tells_its_starts_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the note went with the power anyway."""
    monkeypatch.delenv("C8210_BOOT_ID", raising=False)
    assert power_came(tmp_path)
    assert not power_came(tmp_path)


def test_where_nothing_can_be_noted_no_hold_resets_the_unit(tmp_path: Path) -> None:
    """The next start could not be told from this one."""
    (tmp_path / "boot").mkdir()
    assert not power_came(tmp_path)
    assert not power_came(tmp_path / "away")
    assert not (tmp_path / "away").exists()


async def test_a_wish_that_nobody_answers_is_told_once_and_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """One that is answered is not."""
    told: list[str] = []
    assert not await CloudConnect(lambda: told.append("wish"), lambda: False).ask(0.2)
    assert told == ["wish"]
    assert "not available on this unit" in caplog.text
    caplog.clear()
    assert await CloudConnect(lambda: told.append("wish"), lambda: len(told) == 2).ask(0.2)
    assert "not available" not in caplog.text
