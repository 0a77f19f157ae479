"""What the board lacks reads "not present" and cannot be selected."""

from typing import Any, cast

import pytest

from common.bus.connection import Connection
from daemons.audio.input.jack import InputJack
from hw.boards import load

TYPE = "AudioSource.A0.InputType"
POWER = "AudioSource.A0.MicrophonePowerType"


@pytest.fixture
def jack() -> InputJack:
    """The jack of a computer without any of our hardware."""
    return InputJack(load("host"), cast("Connection", None))


@pytest.mark.covers("M-AUD-05", "M-AUD-06", part="not present")
def test_a_board_without_line_input_and_power_says_so(jack: InputJack) -> None:
    """Every type there could be is listed, with whether it is there."""
    told = jack.describe()

    def there(what: list[dict[str, Any]]) -> dict[str, bool]:
        return {each["id"]: each["present"] for each in what}

    assert there(told["types"]) == {"mic": True, "line": False}
    assert there(told["powers"]) == {"none": True, "electret": False}
    assert jack.types == ("mic",)


def test_what_is_not_present_is_refused_in_words(jack: InputJack) -> None:
    """The reason names the thing; what is there passes."""
    assert jack.refused({TYPE: "line", POWER: "electret"}) == {
        TYPE: "Line is not present on this unit",
        POWER: "Electret is not present on this unit",
    }
    assert jack.refused({TYPE: "mic", POWER: "none"}) == {}
    jack.select("line", "none")
