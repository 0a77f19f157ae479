"""How the parts are wired that only drivers of the kernel meet, or nobody: what their data sheets and busses ask for.

Each rule returns what breaks it, in words. The functions of GPIO 2, 3 and 18 to 27 are those of the BCM2711.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Final

from hw.hat.figures import LOGIC_V
from hw.hat.netlist import GROUND, Netlist
from hw.hat.pins import HEADER_OF_GPIO

RAILS: Final = ("PI_3V3", "P3V3A", "P3V3_SD", "VLOOP")
"""What a line can be pulled up to."""
LED_V: Final = 2.0
LED_A: Final = (0.001, 0.008)
"""Seen in a bright room, and less than a line of the Raspberry Pi gives."""
FILTER_HZ: Final = (40e3, 100e3)
"""Above what is heard, below the amplifier's 400 kHz."""
DETECTION_F: Final = (0.05e-6, 0.12e-6)
"""What a powered device has across its input (IEEE 802.3, 33.3)."""
_EVERY: Final = math.inf


def _wired(netlist: Netlist, ref: str, pins: Mapping[str, str]) -> Iterator[str]:
    for pin, net in pins.items():
        if ref not in netlist.parts:
            yield f"there is no {ref}"
            return
        if (found := netlist.parts[ref].pins[pin]) != net:
            yield f"{ref}.{pin} is on {found}, not on {net}"


def _total(netlist: Netlist, prefix: str, one: str, other: str) -> float:
    """Return the sum of what the parts of that letter between two nets have: of capacitors what they have together."""
    return sum(
        part.amount
        for part in netlist.parts.values()
        if part.ref.rstrip("0123456789") == prefix and set(part.pins.values()) == {one, other}
    )


def _within(
    netlist: Netlist, prefix: str, one: str, other: str, least: float, most: float = _EVERY
) -> Iterator[str]:
    found = _total(netlist, prefix, one, other)
    if not 0 < 0.999 * least <= found <= 1.001 * most:
        yield f"between {one} and {other} {prefix} is {found:g}"


def _line(netlist: Netlist, gpio: int) -> str:
    return netlist.parts["J1"].pins[str(HEADER_OF_GPIO[gpio])]


def open_drains(netlist: Netlist) -> list[str]:
    """What can only pull down is pulled up by a resistor, or by one behind another."""
    joined: dict[str, set[str]] = {}
    for part in netlist.parts.values():
        if part.ref.startswith("R") and len(part.pins) == 2:
            one, other = part.pins.values()
            joined.setdefault(one, set()).add(other)
            joined.setdefault(other, set()).add(one)
    wrong = []
    for part, pin, net in netlist.pins():
        if part.kind.pins[pin].kind != "od":
            continue
        near = joined.get(net, set()) - {GROUND}
        reached = near.union(*(joined[each] for each in near))
        if not reached & set(RAILS):
            wrong.append(f"{part.ref}.{pin} is pulled up by nothing")
    return wrong


def busses(netlist: Netlist) -> list[str]:
    """Data to data and clock to clock; the ID EEPROM is pulled up, and protected while its bridge is open."""
    data, clock = _line(netlist, 2), _line(netlist, 3)
    wrong = [
        *_wired(netlist, "U7", {"SDIN": data, "SCLK": clock}),
        *_wired(netlist, "U11", {"SDA": data, "SCL": clock, "ADDR": GROUND}),
    ]
    id_data, id_clock = _line(netlist, 0), _line(netlist, 1)
    grounded = dict.fromkeys(("A0", "A1", "A2"), GROUND)
    wrong += _wired(netlist, "U12", {"SDA": id_data, "SCL": id_clock, "WP": "ID_WP", **grounded})
    # HAT+ asks for 3.9 kOhm; the Raspberry Pi has its own 1.8 kOhm at the other bus.
    for line in (id_data, id_clock):
        wrong += _within(netlist, "R", "PI_3V3", line, 3_900, 3_900)
    wrong += _within(netlist, "R", "PI_3V3", "ID_WP", 1, 10e3)
    if not any(
        part.kind.name == "JUMPER" and set(part.pins.values()) == {"ID_WP", GROUND}
        for part in netlist.parts.values()
    ):
        wrong.append("nothing lets the EEPROM be written")
    return wrong


def sound(netlist: Netlist) -> list[str]:
    """The codec's lines are at the pins of the Raspberry Pi's PCM block, and its clock is the oscillator's."""
    lines = {"BCLK": 18, "DACLRC": 19, "ADCDAT": 20, "DACDAT": 21}
    pins = {pin: _line(netlist, gpio) for pin, gpio in lines.items()}
    wrong = [
        *_wired(netlist, "U7", {**pins, "HP_L": "DAC_OUT", "VMID": "VMID"}),
        *_wired(netlist, "X1", {"OE": "P3V3A", "OUT": "MCLK_R"}),
        *_within(netlist, "R", "MCLK_R", netlist.parts["U7"].pins["MCLK"], 10, 100),
    ]
    # Above 50 kHz nothing is left of the amplifier's switching.
    resistor = _total(netlist, "R", "CUR_OUT", "CUR_FILT")
    corner = 2 * math.pi * resistor * netlist.farad("CUR_FILT")
    if not corner or not 50e3 < 1 / corner < 2e6:
        wrong.append("the current is not filtered")
    for line in ("JACK_TIP", "JACK_RING"):
        if not any(
            part.kind.name == "ESD5" and set(part.pins.values()) == {line, GROUND}
            for part in netlist.parts.values()
        ):
            wrong.append(f"{line} has no suppressor")
    return wrong


def card(netlist: Netlist) -> list[str]:
    """The user's card is at the pins of the sdhost controller; what it drives is pulled up to its own supply."""
    lines = {"CMD": 23, "DAT0": 24, "DAT1": 25, "DAT2": 26, "DAT3": 27}
    pins = {pin: _line(netlist, gpio) for pin, gpio in lines.items()}
    wrong = list(_wired(netlist, "J5", {**pins, "VDD": "P3V3_SD"}))
    wrong += _within(netlist, "R", _line(netlist, 22), netlist.parts["J5"].pins["CLK"], 10, 50)
    wrong += _within(netlist, "R", _line(netlist, 15), netlist.parts["J5"].pins["CD"], 1, 1e3)
    for line in pins.values():
        wrong += _within(netlist, "R", "P3V3_SD", line, 10e3, 100e3)
    return wrong


def lamps_and_button(netlist: Netlist) -> list[str]:
    """Each colour shines at its own line, with a current that is seen; the button pulls its line down, slowly."""
    wrong: list[str] = []
    for ref, lamp in (("LED1", "STATUS"), ("LED2", "SPEAKER")):
        wrong += _wired(netlist, ref, {"K": GROUND})
        for colour in ("RED", "GREEN"):
            anode = netlist.parts[ref].pins[colour]
            ohm = _total(netlist, "R", f"LED_{lamp}_{colour}", anode)
            if not ohm or not LED_A[0] < (LOGIC_V - LED_V) / ohm < LED_A[1]:
                wrong.append(f"{ref}.{colour} does not shine at LED_{lamp}_{colour}")
    wrong += _wired(netlist, "SW1", {"1": "BUTTON_SW", "2": GROUND})
    wrong += _within(netlist, "R", "BUTTON_SW", "BUTTON_N", 100, 1e3)
    wrong += _within(netlist, "R", "PI_3V3", "BUTTON_N", 5e3, 50e3)
    wrong += _within(netlist, "C", "BUTTON_N", GROUND, 10e-9, 1e-6)
    return wrong


def bridge(netlist: Netlist) -> list[str]:
    """The amplifier is set by its pins as meant, its unused half is quiet, and its output is filtered."""
    out = {f"{kind}{end}": f"AMP_{kind}{end}" for kind in ("OUT", "BS") for end in _ENDS}
    settings = {"PLIMIT": "AMP_PLIMIT", "GAIN_SLV": "AMP_GAIN", "GVDD": "AMP_GVDD"}
    inputs = {pin: f"AMP_{pin}" for pin in ("RINP", "RINN")} | {"LINN": "AMP_INN"}
    low = dict.fromkeys(("MODSEL", "AM0", "AM1", "AM2"), GROUND)
    wrong = list(_wired(netlist, "U10", out | settings | inputs | low))
    for end in _ENDS:
        wrong += _within(netlist, "C", f"AMP_BS{end}", f"AMP_OUT{end}", 0.2e-6, 0.5e-6)
    for unused in ("AMP_RINP", "AMP_RINN"):
        wrong += _within(netlist, "C", unused, GROUND, 1e-6)
    for inside, outside in (("AMP_OUTPL", "AMP_FILT_P"), ("AMP_OUTNL", "SPK_N")):
        product = _total(netlist, "L", inside, outside) * netlist.farad(outside)
        if not product or not FILTER_HZ[0] < 1 / (2 * math.pi * math.sqrt(product)) < FILTER_HZ[1]:
            wrong.append(f"{outside} is not filtered")
    return wrong


_ENDS: Final = ("PL", "NL", "PR", "NR")


def converters(netlist: Netlist) -> list[str]:
    """Both switching converters have inductor, bootstrap and output capacitors; the linear ones wait for the 3.3 V."""
    wrong: list[str] = []
    for ref, buck, out, farad in (
        ("U2", "BUCK", "P5V_HAT", 44e-6),
        ("U13", "BUCK13", "P13", 44e-6),
    ):
        nets = {pin: f"{buck}_{pin}" for pin in ("SW", "BOOT", "FB", "VCC")}
        wrong += _wired(netlist, ref, {"VIN": "P24", "EN": "P24", **nets})
        wrong += _within(netlist, "L", nets["SW"], out, 8e-6, 22e-6)
        wrong += _within(netlist, "C", nets["BOOT"], nets["SW"], 0.1e-6, 0.1e-6)
        wrong += _within(netlist, "C", out, GROUND, farad)
    for ref in ("U4", "U5", "U6"):
        wrong += _wired(netlist, ref, {"EN": "PI_3V3"})
    limits = {"FB": "LIM12_FB", "LIM": "LIM12_LIM", "SENSE": "LIM12_SENSE", "SENSE_EN": GROUND}
    wrong += _wired(netlist, "U6", limits)
    wrong += _wired(netlist, "Z1", {"K": "VLOOP", "REF": "VLOOP_REF"})
    wrong += _wired(netlist, "D4", {"A": "P5V", "K": "LOOP_FEED"})
    return wrong


def back_feed(netlist: Netlist) -> list[str]:
    """No current from the Raspberry Pi's own supply back into the HAT: the circuit of the HAT design guide."""
    pair = {"E1": "P5V_HAT", "B1": "BACK_B", "C1": "BACK_B", "E2": "P5V", "B2": "BACK_B"}
    return [
        *_wired(netlist, "Q1", {"S": "P5V", "D": "P5V_HAT", "G": "BACK_G"}),
        *_wired(netlist, "U3", {**pair, "C2": "BACK_G"}),
        *_within(netlist, "R", "BACK_B", GROUND, 10e3, 10e3),
        *_within(netlist, "R", "BACK_G", GROUND, 47e3, 47e3),
    ]


def powered_device(netlist: Netlist) -> list[str]:
    """What the port sees is a powered device, and its output is held up while a loudspeaker takes peaks."""
    wrong = list(_within(netlist, "C", "POE_P", "POE_N", *DETECTION_F))
    wrong += _wired(netlist, "D3", {"K": "POE_P", "A": "POE_N"})
    for ref in ("C2", "C3"):
        wrong += _wired(netlist, ref, {"POS": "P24", "NEG": GROUND})
    own = [
        part
        for part in netlist.parts.values()
        if part.kind.name == "C10U50" and part.near is None and "P24" in part.pins.values()
    ]
    if not own:
        wrong.append("the module has no ceramic capacitor at its output")
    return wrong


def quiet(netlist: Netlist) -> list[str]:
    """What is measured or compared is smoothed, in less than half a second and more than 5 us."""
    return [
        line
        for net, least in _SMOOTHED.items()
        for line in _within(netlist, "C", net, GROUND, least, 1e-6)
    ]


_SMOOTHED: Final = {
    **dict.fromkeys(("ADC_IO1", "ADC_IO2", "ADC_TEMP", "ADC_24V", "VREF_1V"), 50e-9),
    **dict.fromkeys(("IO1_CMP", "IO2_CMP"), 50e-12),
}

RULES: Final = (
    open_drains,
    busses,
    sound,
    card,
    lamps_and_button,
    bridge,
    converters,
    back_feed,
    powered_device,
    quiet,
)
