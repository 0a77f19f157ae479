"""What a unit takes from its PoE+ port, by the budget, and that the budget is about this schematic."""

import tomllib

import pytest

from hw.hat import budget, eeprom, netlist
from hw.hat.figures import Figures

BUDGET = budget.load()
FIGURES = Figures(netlist.load())


def test_the_port_is_one_of_802_3at() -> None:
    """Class 4: 25.5 W arrive at the device."""
    assert BUDGET.available_w == 25.5


@pytest.mark.covers("M-HW-04")
@pytest.mark.parametrize("name", [name for name, each in BUDGET.scenarios.items() if each.fits])
def test_a_unit_lives_on_its_network_s_socket(name: str) -> None:
    """Full power at the loudspeaker, all cores at work, or nothing going on: the port has something left.

    The socket is the Raspberry Pi's own; that the HAT takes its power from there, test_requirements.py proves.
    """
    assert BUDGET.left_w(name) >= BUDGET.reserve_w


def test_what_does_not_fit_is_named() -> None:
    """A sine at full power and four busy cores at once are beyond the port, and nobody pretends otherwise."""
    (name,) = (name for name, each in BUDGET.scenarios.items() if not each.fits)
    assert BUDGET.left_w(name) < 0


def test_the_sum_is_made_along_the_rails() -> None:
    """1 W at the card is 1 / (0.645 x 0.9 x 0.9 x 0.995) W at the port."""
    data = tomllib.loads(budget.BUDGET.read_text())
    data["scenario"] = {"one": {"text": "", "fits": True, "loads": {"card": 1.0}}}
    assert budget.parse(data).taken_w("one") == pytest.approx(1 / (0.645 * 0.9 * 0.9 * 0.995))
    data["rail"]["P24"]["efficiency"] = 0.45
    assert budget.parse(data).taken_w("one") == pytest.approx(2 / (0.645 * 0.9 * 0.9 * 0.995))
    data["scenario"]["one"]["loads"] = {"kettle": 1.0}
    with pytest.raises(KeyError, match="kettle"):
        budget.parse(data).taken_w("one")


def test_the_budget_is_of_this_schematic() -> None:
    """Power at full scale, the DC output at its limit, and linear regulators by their voltages."""
    rated = BUDGET.scenarios["rated"].loads
    assert rated["amplifier"] == pytest.approx(FIGURES.full_scale_v**2 / 16, rel=0.01)
    assert rated["amplifier"] >= 15
    assert rated["outlet"] == pytest.approx(0.05 * FIGURES.outlet_v, rel=0.02)
    linear = {
        "P12OUT": FIGURES.outlet_v / FIGURES.before_outlet_v,
        "P3V3A": 3.3 / FIGURES.raspberry_v,
        "P3V3_SD": 3.3 / FIGURES.raspberry_v,
    }
    for rail, ratio in linear.items():
        assert BUDGET.rails[rail].efficiency == pytest.approx(ratio, rel=0.01)


def test_the_eeprom_promises_what_the_budget_has() -> None:
    """The Raspberry Pi is told how much it may draw: as much as it is counted with."""
    promised_w = eeprom.parse(eeprom.TEXT.read_text()).current_supply / 1000 * FIGURES.raspberry_v
    assert promised_w == pytest.approx(BUDGET.scenarios["busy"].loads["raspberry"], rel=0.01)
