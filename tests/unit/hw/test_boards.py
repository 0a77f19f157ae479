"""The boards there are, and what they honestly have."""

import pytest

from hw.boards import BOARDS, load


@pytest.mark.parametrize("name", BOARDS)
def test_every_board_loads_under_its_name(name: str) -> None:
    """One file each, with a sound device in any case."""
    board = load(name)
    assert board.name == name
    assert board.sound.playback


def test_the_environment_names_the_board(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the unit file or the supervisor sets it."""
    monkeypatch.setenv("C8210_BOARD", "host")
    assert load().name == "host"


@pytest.mark.parametrize("name", ["", "pi", "../simulated", "hw.boards.host"])
def test_a_board_that_does_not_exist_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Nothing is guessed: a real device must not come up as a simulated one."""
    monkeypatch.setenv("C8210_BOARD", name)
    with pytest.raises(RuntimeError, match="simulated, host, c8210_hat"):
        load()


def test_boards_say_what_they_lack() -> None:
    """A PC has no lamps and no button; the HAT's are not driven yet; losing a laptop's Wi-Fi is no fault."""
    simulated, host, hat = (load(name) for name in BOARDS)
    assert simulated.leds is not None
    assert simulated.button is not None
    assert (host.leds, host.button, hat.leds, hat.button) == (None, None, None, None)
    assert (simulated.interface, host.interface, hat.interface) == (None, None, "eth0")
    assert not hat.development
