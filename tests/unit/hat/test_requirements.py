"""The HAT's schematic is what this product needs, and each rule sees a schematic that is not.

This proves the design. No board has been built.
"""

from collections.abc import Callable

import pytest

from hw.hat import netlist, requirements
from hw.hat.netlist import Netlist
from tests.unit.hat.broken import Copy

Rule = Callable[[Netlist], list[str]]


def holds(*rules: Rule) -> None:
    """Fail with what breaks the rules."""
    design = netlist.load()
    wrong = [line for rule in rules for line in rule(design)]
    assert not wrong, "\n".join(wrong)


def test_every_supply_is_what_its_users_need() -> None:
    """5.1 V for the Raspberry Pi, 13.1 V before the regulator of the 12 V."""
    holds(requirements.supplies)


@pytest.mark.covers("M-HW-04", part="the wiring; the power in test_budget.py")
def test_power_comes_by_the_network_s_socket() -> None:
    """Over either pairs, either way round."""
    holds(requirements.power_over_ethernet)


@pytest.mark.covers("M-HW-05")
def test_audio_in_is_tip_ring_and_sleeve() -> None:
    """Tip to both inputs of one channel, ring by 2.2 kOhm from the bias, sleeve to ground; nothing else listens."""
    holds(requirements.jack)


@pytest.mark.covers("M-HW-06")
def test_the_speaker_has_minus_at_pin_1_and_plus_at_pin_2() -> None:
    """15 W into 8 ohm, and the current is measured to where the amplifier trips."""
    holds(requirements.speaker, requirements.current_sense)


def test_the_amplifier_bears_its_lines() -> None:
    """Its inputs want slow edges; while nobody drives the lines it runs, and is mute."""
    holds(requirements.amplifier_lines)


@pytest.mark.covers("M-HW-07")
def test_the_io_connector_has_ground_and_12_v_out_and_two_terminals() -> None:
    """50 mA are to be had, 60 mA are not, and nothing on the board could be fed through pin 2."""
    holds(requirements.connector, requirements.outlet)


@pytest.mark.covers("M-HW-08")
def test_a_terminal_is_an_input_for_0_to_30_v() -> None:
    """At ground it reads closed, floating it reads open; 30 V for ever and the wrong polarity do it no harm."""
    holds(requirements.threshold, requirements.supervision, requirements.survival)


@pytest.mark.covers("M-HW-09")
def test_a_terminal_is_an_open_drain_for_100_ma() -> None:
    """To ground when active, floating when not; a clamp stands where somebody forgets the diode at a relay."""
    holds(requirements.open_drain, requirements.survival)


def test_everything_measured_is_where_the_software_looks() -> None:
    """Channels of the converter, dividers, thermistor."""
    holds(requirements.measuring)


def resistor(ref: str, value: str) -> Callable[[Copy], None]:
    """Return a change of a value."""

    def change(data: Copy) -> None:
        data.small(ref)["value"] = value

    return change


def moved(ref: str, pin: str, net: str) -> Callable[[Copy], None]:
    """Return a change of one pin's net."""

    def change(data: Copy) -> None:
        data.part(ref)["pins"][pin] = net

    return change


def swapped(ref: str, one: str, other: str) -> Callable[[Copy], None]:
    """Return two pins the wrong way round."""

    def change(data: Copy) -> None:
        pins = data.part(ref)["pins"]
        pins[one], pins[other] = pins[other], pins[one]

    return change


def figure(kind: str, name: str, value: float) -> Callable[[Copy], None]:
    """Return another figure in a data sheet."""

    def change(data: Copy) -> None:
        data.kinds[kind]["figures"][name] = value

    return change


def without(ref: str) -> Callable[[Copy], None]:
    """Return a part left out."""

    def change(data: Copy) -> None:
        parts = data.nets["two_terminal"] if ref in data.nets["two_terminal"] else data.nets["part"]
        del parts[ref]

    return change


def lamp_at_the_outlet(data: Copy) -> None:
    """Something that a voltage at pin 2 would feed."""
    data.part("U4")["pins"]["IN"] = "P12OUT"


def small_resistor(data: Copy) -> None:
    """A loop fed through 0.1 W."""
    data.small("R14")["type"] = "R0603"


def small_capacitor(data: Copy) -> None:
    """A capacitor for 12 V, and no more, at pin 2."""
    data.kinds["C10U50"]["rated_v"] = 25


def unfused(data: Copy) -> None:
    """The clamp at the connector's side of the fuse."""
    data.part("D7")["pins"]["K"] = "IO1"


@pytest.mark.parametrize(
    ("rule", "change", "why"),
    [
        (requirements.supplies, resistor("R2", "22k"), "gets 5.55 V"),
        (requirements.supplies, resistor("R66", "10k"), "too little"),
        (requirements.power_over_ethernet, without("D2"), "POE_TR2 and POE_TR3"),
        (requirements.power_over_ethernet, swapped("D1", "POS", "NEG"), "POE_TR0 and POE_TR1"),
        (requirements.jack, swapped("J4", "TIP", "RING"), "J4.TIP is on JACK_RING"),
        (requirements.jack, resistor("R34", "22"), "22 ohm feed no"),
        (requirements.jack, resistor("R36", "1k"), "the line's divider"),
        (requirements.speaker, swapped("J6", "1", "2"), "J6.1 is on SPK_P"),
        (requirements.speaker, resistor("R39", "4.7k"), "full scale is"),
        (requirements.speaker, resistor("R39", "8.2k"), "full scale of the output"),
        (requirements.speaker, resistor("R44", "100k"), "limiter"),
        (requirements.amplifier_lines, resistor("R67", "1k"), "SDZ of the amplifier changes"),
        (requirements.amplifier_lines, without("C64"), "MUTE of the amplifier changes"),
        (requirements.amplifier_lines, resistor("R68", "100k"), "follows AMP_MUTE too late"),
        (requirements.amplifier_lines, without("R46"), "no resistor joins PI_3V3 and AMP_MUTE"),
        (requirements.amplifier_lines, swapped("U10", "SDZ", "MUTE"), "U10.SDZ is on AMP_MUTE_IN"),
        (requirements.current_sense, resistor("RS1", "0.02"), "the trip is at 7.5 A"),
        (requirements.current_sense, resistor("RS1", "0.0085"), "full scale of the current"),
        (requirements.current_sense, figure("INA240A1", "gain", 50), "the ADC is full at"),
        (requirements.connector, swapped("J3", "1", "2"), "J3.2 is on GND"),
        (requirements.outlet, resistor("R5", "100k"), "the DC output, in V"),
        (requirements.outlet, resistor("R7", "2.2k"), "gives way at 111 mA"),
        (requirements.outlet, resistor("R7", "5.1k"), "gives way at 48 mA"),
        (requirements.outlet, lamp_at_the_outlet, "LP5907 could be fed"),
        (requirements.outlet, small_capacitor, "does not stand 30 V from outside"),
        (requirements.outlet, without("D9"), "the DC output is not clamped"),
        (requirements.threshold, resistor("R12", "10k"), "opens above 1.69 V"),
        (requirements.threshold, resistor("R18", "470k"), "closes below"),
        (requirements.threshold, swapped("U9", "IN1_P", "IN1_N"), "U9.IN1_P is on VREF_1V"),
        (requirements.threshold, figure("TL431", "reference_v", 1.24), "nothing connected"),
        (requirements.supervision, resistor("R10", "10k"), "the loops' supply"),
        (requirements.supervision, resistor("R22", "10k"), "loop 2, in ohm"),
        (requirements.supervision, resistor("R15", "100k"), "the divider of terminal 1"),
        (requirements.survival, small_resistor, "R14 turns 0.15 W"),
        (requirements.survival, resistor("R24", "100k"), "to the ADC"),
        (requirements.survival, without("D8"), "terminal 2 is not clamped"),
        (requirements.survival, unfused, "is not before all else"),
        (requirements.survival, figure("LOWSIDE", "drain_v", 40), "breaks before"),
        (requirements.open_drain, without("R21"), "no resistor joins IO1_GATE"),
        (requirements.open_drain, resistor("R28", "4.7k"), "does not get the line's level"),
        (requirements.open_drain, figure("PTC", "hold_a", 0.1), "trips at 100 mA"),
        (requirements.open_drain, figure("LOWSIDE", "on_ohm", 7), "while it is closed"),
        (requirements.measuring, swapped("U11", "AIN0", "AIN2"), "U11.AIN0 is on ADC_TEMP"),
        (requirements.measuring, resistor("R30", "4.7k"), "the thermistor's feed"),
        (requirements.measuring, resistor("R31", "47k"), "the rail's divider"),
        (requirements.measuring, resistor("RT1", "100k"), "the thermistor, in ohm"),
    ],
)
def test_a_schematic_that_is_wrong_is_seen(
    rule: Rule, change: Callable[[Copy], None], why: str
) -> None:
    """One change, and the rule that it breaks says so."""
    data = Copy()
    change(data)
    assert why in "\n".join(rule(data.read()))


def test_no_rule_is_untried() -> None:
    """A rule that nobody shows something wrong may see nothing."""
    (marks,) = (
        mark
        for mark in test_a_schematic_that_is_wrong_is_seen.pytestmark  # type: ignore[attr-defined]
        if mark.name == "parametrize"
    )
    assert {case[0] for case in marks.args[1]} == set(requirements.RULES)
