"""The HAT's schematic keeps the rules of any schematic, and each rule sees what breaks it."""

from collections.abc import Callable

import pytest

from hw.hat import netlist, pins, rules
from hw.hat.netlist import Netlist
from tests.unit.hat.broken import Copy

RULES = (
    rules.pins,
    rules.nets,
    rules.drivers,
    rules.voltages,
    rules.decoupling,
    rules.addresses,
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_schematic_keeps_the_rule(rule: Callable[[Netlist], list[str]]) -> None:
    """Nothing of the design breaks it."""
    wrong = rule(netlist.load())
    assert not wrong, "\n".join(wrong)


def test_the_header_is_the_pin_map() -> None:
    """Each line of the Raspberry Pi is where the pin map has it, each GPIO once."""
    assert not rules.header(netlist.load(), pins.load())


def forgotten_pin(data: Copy) -> None:
    """A pin of the codec that nobody thought of."""
    del data.part("U7")["pins"]["VMID"]


def invented_pin(data: Copy) -> None:
    """A pin that the part does not have."""
    data.part("U8")["pins"]["REF3"] = "GND"


def floating_input(data: Copy) -> None:
    """An address input that is left open."""
    data.part("U11")["pins"]["ADDR"] = "-"


def used_no_connect(data: Copy) -> None:
    """A signal at a pin that has to be open."""
    data.part("U7")["pins"]["ADCLRC"] = "I2S_LRCLK"


def lifted_ground(data: Copy) -> None:
    """A ground pin at a rail."""
    data.part("U9")["pins"]["GND"] = "PI_3V3"


@pytest.mark.parametrize(
    "change", [forgotten_pin, invented_pin, floating_input, used_no_connect, lifted_ground]
)
def test_the_rule_of_pins_sees(change: Callable[[Copy], None]) -> None:
    """One wrong pin is one complaint."""
    data = Copy()
    change(data)
    assert len(rules.pins(data.read())) == 1


def test_the_rule_of_nets_sees_a_misspelt_net() -> None:
    """The misspelt one is not declared and has one pin; the other one loses its second."""
    data = Copy()
    data.part("TP1")["pins"]["1"] = "CONSOLE_TXT"
    wrong = "\n".join(rules.nets(data.read()))
    assert "CONSOLE_TXT is not declared" in wrong
    assert "only J1.8 is on the net CONSOLE_TXD" in wrong


def test_the_rule_of_nets_sees_what_is_left_over() -> None:
    """A net that nothing uses any more."""
    data = Copy()
    data.nets["nets"]["OLD"] = 3.3
    assert rules.nets(data.read()) == ["the net OLD joins nothing"]


def test_the_rule_of_drivers_sees_two_outputs_on_one_net() -> None:
    """The oscillator against the codec."""
    data = Copy()
    data.part("X1")["pins"]["OUT"] = "I2S_DIN"
    assert len(rules.drivers(data.read())) == 1


@pytest.mark.parametrize("pin", ["SCLK", "SDIN", "MCLK"])
def test_the_rule_of_voltages_sees_12_v_at_a_pin_for_3_3_v(pin: str) -> None:
    """The codec would not live."""
    data = Copy()
    data.part("U7")["pins"][pin] = "P12OUT"
    assert rules.voltages(data.read()) == [f"U7.{pin} stands 3.6 V, but P12OUT carries 12.3 V"]


def test_the_rule_of_voltages_sees_a_terminal_at_the_raspberry_pi() -> None:
    """30 V from outside may come no further than to the comparator."""
    data = Copy()
    data.part("J1")["pins"]["29"] = "IO1_CMP"
    assert len(rules.voltages(data.read())) == 1


def test_the_rule_of_voltages_sees_a_capacitor_that_is_too_weak() -> None:
    """16 V at the 24 V rail."""
    data = Copy()
    data.kinds["C10U50"]["rated_v"] = 16
    assert len(rules.voltages(data.read())) == 5


def test_the_rule_of_decoupling_sees_a_bare_supply_pin() -> None:
    """Without its capacitor, with one that is on another rail, and with one at no pin at all."""
    gone, elsewhere, nowhere = Copy(), Copy(), Copy()
    del gone.nets["two_terminal"]["C30"]
    elsewhere.small("C30")["pins"] = ["P5V", "GND"]
    nowhere.small("C30")["near"] = "U7.AVCC"
    assert len(rules.decoupling(gone.read())) == 1
    assert len(rules.decoupling(elsewhere.read())) == 1
    assert len(rules.decoupling(nowhere.read())) == 2


def test_the_rule_of_addresses_sees_a_clash_and_a_stranger() -> None:
    """Two at 0x48, and one that tells no address."""
    clash, stranger = Copy(), Copy()
    clash.part("U7")["i2c"] = 0x48
    del stranger.part("U11")["i2c"]
    assert rules.addresses(clash.read()) == ["U7 and U11 share address 0x48 on I2C_SDA"]
    assert len(rules.addresses(stranger.read())) == 1


def test_the_rule_of_the_header_sees_swapped_lines() -> None:
    """Bit clock and frame clock the wrong way round."""
    data = Copy()
    header = data.part("J1")["pins"]
    header["12"], header["35"] = header["35"], header["12"]
    assert len(rules.header(data.read(), pins.load())) == 2


def test_the_rule_of_the_header_sees_a_pin_map_with_a_gap() -> None:
    """A GPIO that the pin map has forgotten."""
    assert rules.header(netlist.load(), pins.load()[1:]) == [
        "the pin map does not have each GPIO once"
    ]
