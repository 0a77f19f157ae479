"""No part of the schematic can be left out, and no two pins of a part be swapped, without a rule that says so."""

import dataclasses
import itertools
from collections.abc import Callable, Iterator

import pytest

from hw.hat import netlist, pins, requirements, rules, wiring
from hw.hat.netlist import Netlist
from tests.unit.hat.broken import Copy

DESIGN = netlist.load()
MAP = pins.load()
GENERAL = (
    rules.pins,
    rules.nets,
    rules.drivers,
    rules.voltages,
    rules.decoupling,
    rules.addresses,
)
SAME = {("D1", "AC1", "AC2"), ("D2", "AC1", "AC2")}
"""Pins that may be swapped: a bridge is there for that."""


def complaints(design: Netlist) -> Iterator[str]:
    """Yield what all rules say of a schematic; one that is too broken for a rule's arithmetic is seen, too."""
    yield from rules.header(design, MAP)
    for rule in (*GENERAL, *requirements.RULES, *wiring.RULES):
        try:
            yield from rule(design)
        except (KeyError, ValueError, StopIteration) as error:
            yield f"{rule.__name__}: {error!r}"


def test_the_wiring_is_that_of_the_data_sheets() -> None:
    """As it is."""
    assert list(complaints(DESIGN)) == []


@pytest.mark.parametrize("ref", sorted(DESIGN.parts.keys() - {"J1"}))
def test_no_part_can_be_left_out(ref: str) -> None:
    """Down to the last pull-up and capacitor."""
    parts = {other: part for other, part in DESIGN.parts.items() if other != ref}
    assert next(complaints(Netlist(DESIGN.nets, parts)), None), f"nobody misses {ref}"


@pytest.mark.parametrize(
    "ref", sorted(ref for ref, part in DESIGN.parts.items() if len(part.pins) > 2)
)
def test_no_two_pins_can_be_swapped(ref: str) -> None:
    """Clock and data, drain and source, red and green."""
    part = DESIGN.parts[ref]
    for one, other in itertools.combinations(part.pins, 2):
        if part.pins[one] == part.pins[other] or (ref, one, other) in SAME:
            continue
        swapped = {**part.pins, one: part.pins[other], other: part.pins[one]}
        design = Netlist(DESIGN.nets, DESIGN.parts | {ref: dataclasses.replace(part, pins=swapped)})
        assert next(complaints(design), None), f"nobody sees {ref}.{one} and {other} swapped"


def value(ref: str, text: str) -> Callable[[Copy], None]:
    """Return a change of a value."""

    def change(data: Copy) -> None:
        data.small(ref)["value"] = text

    return change


def at(ref: str, *nets: str) -> Callable[[Copy], None]:
    """Return a part between other nets."""

    def change(data: Copy) -> None:
        data.small(ref)["pins"] = list(nets)

    return change


@pytest.mark.parametrize(
    ("rule", "change", "why"),
    [
        (wiring.open_drains, at("R47", "GND", "AMP_FAULT_N"), "U10.FAULTZ is pulled up by nothing"),
        (wiring.busses, value("R62", "39k"), "between PI_3V3 and ID_SD R is 39000"),
        (wiring.sound, value("C39", "1u"), "the current is not filtered"),
        (wiring.card, at("R55", "GND", "SD_CMD"), "between P3V3_SD and SD_CMD R is 0"),
        (wiring.lamps_and_button, value("R48", "47k"), "LED1.RED does not shine"),
        (wiring.bridge, value("C54", "68n"), "AMP_FILT_P is not filtered"),
        (wiring.converters, value("L1", "1u"), "between BUCK_SW and P5V_HAT L is 1e-06"),
        (wiring.back_feed, value("R4", "470"), "between BACK_G and GND R is 470"),
        (wiring.powered_device, value("C1", "1u"), "between POE_P and POE_N C is 1e-06"),
        (wiring.quiet, value("C22", "1n"), ""),
        (wiring.quiet, value("C21", "10u"), "between ADC_IO1 and GND C is 1e-05"),
    ],
)
def test_a_wrong_value_is_seen(
    rule: Callable[[Netlist], list[str]], change: Callable[[Copy], None], why: str
) -> None:
    """And said in words; where there is nothing to say, the other value would do as well."""
    data = Copy()
    change(data)
    said = rule(data.read())
    assert why in "\n".join(said)
    assert bool(why) == bool(said)
