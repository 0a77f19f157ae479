"""The boards there are, and what they honestly have."""

import subprocess
import sys
from pathlib import Path

import pytest

from hw.boards import BOARDS, detected, load
from hw.boards import c8210_hat as hat

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("name", BOARDS)
def test_every_board_loads_under_its_name(name: str) -> None:
    """One file each, with a sound device in any case."""
    board = load(name)
    assert board.name == name
    assert board.sound.playback


def test_the_folder_of_the_boards_has_boards_only() -> None:
    """The supervisor, which loads no hardware, knows them by their files."""
    assert {path.stem for path in (ROOT / "hw/boards").glob("[!_]*.py")} == set(BOARDS)


def test_the_environment_names_the_board(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the unit file or the supervisor sets it."""
    monkeypatch.setenv("C8210_BOARD", "host")
    assert load().name == "host"


@pytest.mark.parametrize("name", ["pi", "../simulated", "hw.boards.host"])
def test_a_board_that_does_not_exist_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Nothing is guessed: a real device must not come up as a simulated one."""
    monkeypatch.setenv("C8210_BOARD", name)
    with pytest.raises(RuntimeError, match="simulated, host, c8210_hat"):
        load()


def test_boards_say_what_they_lack() -> None:
    """A PC has no lamps, button or amplifier; losing a laptop's Wi-Fi is no fault."""
    simulated, host, hat = (load(name) for name in BOARDS)
    parts = ("leds", "button", "amplifier", "input_selector", "terminals")
    assert all(getattr(simulated, part) is not None for part in parts)
    assert all(getattr(host, part) is None for part in parts)
    assert all(getattr(hat, part) is not None for part in parts)
    assert host.link is None
    assert hat.link is not None
    assert not hat.development


OURS = {
    "vendor": hat.HAT_VENDOR,
    "product": hat.HAT_PRODUCT,
    "product_id": f"0x{hat.HAT_PRODUCT_ID:04x}",
    "product_ver": "0x0001",
}


def plugged(folder: Path, properties: dict[str, str]) -> Path:
    """Return a device tree with a HAT in it, each text ended by NUL as the firmware does."""
    (folder / "hat").mkdir()
    for name, text in properties.items():
        (folder / "hat" / name).write_bytes(text.encode() + b"\0")
    return folder


def test_our_hat_is_found_by_its_eeprom(tmp_path: Path) -> None:
    """Whatever its version is."""
    assert detected(plugged(tmp_path, OURS | {"product_ver": "0x0007"})) == "c8210_hat"


@pytest.mark.parametrize(
    "properties",
    [
        OURS | {"vendor": "Somebody else"},
        OURS | {"product_id": "0x0001"},
        OURS | {"product_id": "new"},
        {"vendor": hat.HAT_VENDOR},
        {},
    ],
)
def test_another_hat_is_none_of_ours(tmp_path: Path, properties: dict[str, str]) -> None:
    """Nor is one that does not say what it is: no line of it is touched."""
    assert detected(plugged(tmp_path, properties)) == "host"


def test_another_hat_is_named_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """So that somebody who wonders finds out."""
    detected(plugged(tmp_path, OURS | {"vendor": "Pimoroni", "product": "Blinkt"}))
    assert "'Blinkt' of Pimoroni" in caplog.text


def test_without_a_hat_it_is_a_computer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Raspberry Pi without one, and a PC, which has no device tree at all; never a simulated unit."""
    assert detected(tmp_path) == "host"
    assert detected(tmp_path / "none") == "host"
    monkeypatch.setattr("hw.boards.detected", lambda: "host")
    for given in ("", None):
        if given is None:
            monkeypatch.delenv("C8210_BOARD")
        else:
            monkeypatch.setenv("C8210_BOARD", given)
        assert load().name == "host"


def test_a_board_loads_nothing_that_its_daemons_may_not_need() -> None:
    """The ioports daemon has no sound, and audio's workers no lines: libraries come with the parts."""
    heavy = "numpy", "alsaaudio", "gpiod"
    script = f"import sys, hw.boards.c8210_hat; print([m for m in {heavy} if m in sys.modules])"
    answer = subprocess.run(
        [sys.executable, "-P", "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert answer.stdout.strip() == "[]"
