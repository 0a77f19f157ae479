"""What the schematic has to be for this product: the connectors' limits, and the figures that software counts on.

Each rule returns what breaks it, in words. Figures of the software are those of hw/boards/c8210_hat.py.
"""

import math
from collections.abc import Iterable
from typing import Final

from hw.boards import c8210_hat as board
from hw.hat.figures import LOGIC_V, Figures
from hw.hat.netlist import GROUND, Netlist

OUTSIDE_V: Final = 30.0
"""The most that may be at a terminal from outside."""
THRESHOLD_V: Final = 1.0
"""Above it a terminal is open."""
OUTLET_V: Final = 12.0
OUTLET_A: Final = 0.050
OUTLET_MOST_A: Final = 0.060
SINK_A: Final = 0.100
RATED_W: Final = 15.0
RATED_OHM: Final = 8.0
RASPBERRY_V: Final = (5.0, 5.25)
"""What a Raspberry Pi takes at its 5 V pins."""
FUSE_OHM: Final = 5.0
"""What a terminal's fuse has at most before it trips."""
_TERMINALS: Final = (1, 2)


def _differ(what: str, found: float, wanted: float, tolerance: float = 0.01) -> Iterable[str]:
    if not math.isclose(found, wanted, rel_tol=tolerance):
        yield f"{what} is {found:.4g}, not {wanted:.4g}"


def _joined(netlist: Netlist, ref: str, **nets: str) -> Iterable[str]:
    for pin, net in nets.items():
        found = netlist.parts[ref].pins[pin.lstrip("_")]
        if found != net:
            yield f"{ref}.{pin.lstrip('_')} is on {found}, not on {net}"


def supplies(netlist: Netlist) -> list[str]:
    """The Raspberry Pi gets its 5 V, and the 12 V regulator more than it gives."""
    figures = Figures(netlist)
    wrong = []
    if not RASPBERRY_V[0] <= figures.raspberry_v <= RASPBERRY_V[1]:
        wrong.append(f"the Raspberry Pi gets {figures.raspberry_v:.2f} V")
    if figures.before_outlet_v < figures.outlet_v + 0.5:
        wrong.append(
            f"{figures.before_outlet_v:.1f} V are too little to make {figures.outlet_v:.1f} V"
        )
    return wrong


def power_over_ethernet(netlist: Netlist) -> list[str]:
    """All four taps of the socket are rectified, whichever pairs carry the power and whichever way round."""
    bridged = [
        {part.pins["AC1"], part.pins["AC2"]}
        for part in netlist.parts.values()
        if part.kind.name == "BRIDGE" and (part.pins["POS"], part.pins["NEG"]) == ("POE_P", "POE_N")
    ]
    wrong = [
        f"the pairs of {one} and {other} are not rectified"
        for one, other in (("POE_TR0", "POE_TR1"), ("POE_TR2", "POE_TR3"))
        if {one, other} not in bridged
    ]
    wrong += _joined(netlist, "J2", TR0="POE_TR0", TR1="POE_TR1", TR2="POE_TR2", TR3="POE_TR3")
    wrong += _joined(netlist, "U1", VIN_P="POE_P", VIN_N="POE_N", VOUT_P="P24", VOUT_N=GROUND)
    return wrong


def jack(netlist: Netlist) -> list[str]:
    """Tip is the signal, ring the bias, sleeve the ground."""
    wrong = list(_joined(netlist, "J4", TIP="JACK_TIP", RING="JACK_RING", SLEEVE=GROUND))
    wrong += _joined(netlist, "C36", _1="JACK_TIP", _2="MIC_IN")
    wrong += _joined(netlist, "U7", LINPUT1="MIC_IN", LINPUT3="LINE_IN", MICBIAS="MICBIAS")
    wrong += _differ("the line's divider", netlist.ratio("JACK_TIP", "LINE_DIV"), 0.5)
    bias_ohm = netlist.ohm("MICBIAS", "JACK_RING")
    if not 1_000 <= bias_ohm <= 3_000:
        wrong.append(f"{bias_ohm:g} ohm feed no electret microphone")
    return wrong


def speaker(netlist: Netlist) -> list[str]:
    """Pin 1 is -, pin 2 is +, behind filter and shunt; 15 W into 8 ohm, and not much more."""
    wrong = list(_joined(netlist, "J6", _1="SPK_N", _2="SPK_P"))
    wrong += _joined(netlist, "L2", _1="AMP_OUTPL", _2="AMP_FILT_P")
    wrong += _joined(netlist, "L3", _1="AMP_OUTNL", _2="SPK_N")
    wrong += _joined(netlist, "U10", OUTPL="AMP_OUTPL", OUTNL="AMP_OUTNL", LINP="AMP_INP")
    figures = Figures(netlist)
    watt = figures.full_scale_v**2 / 2 / RATED_OHM
    if watt < RATED_W:
        wrong.append(f"full scale is {watt:.1f} W into {RATED_OHM:g} ohm")
    if not figures.full_scale_v < figures.output_limit_v < 1.1 * figures.full_scale_v:
        wrong.append(f"the amplifier's limiter is at {figures.output_limit_v:.1f} V")
    if netlist.nets["P24"] < figures.output_limit_v + 2:
        wrong.append("the supply is too low for full scale")
    wrong += _differ("full scale of the output, in V,", figures.full_scale_v, board.FULL_SCALE_V)
    return wrong


def amplifier_lines(netlist: Netlist) -> list[str]:
    """Shutdown and mute follow their lines, no faster than the amplifier bears; at rest it is mute."""
    wrong: list[str] = []
    most = netlist.only("TPA3118D2").kind.figures["slew_v_per_s"]
    for line, inside, pin in (
        ("AMP_RESET_N", "AMP_SDZ", "SDZ"),
        ("AMP_MUTE", "AMP_MUTE_IN", "MUTE"),
    ):
        wrong += _joined(netlist, "U10", **{pin: inside})
        constant_s = netlist.ohm(line, inside) * netlist.farad(inside)
        if most * constant_s < LOGIC_V:
            wrong.append(f"{pin} of the amplifier changes too fast")
        if constant_s > 0.002:
            wrong.append(f"{pin} of the amplifier follows {line} too late")
        try:
            netlist.ohm("PI_3V3", line)
        except ValueError as error:
            wrong.append(str(error))
    return wrong + list(_joined(netlist, "U10", FAULTZ="AMP_FAULT_N"))


def current_sense(netlist: Netlist) -> list[str]:
    """The shunt's amplifier reaches the ADC's full scale above the current at which the amplifier trips."""
    wrong = list(_joined(netlist, "RS1", _1="AMP_FILT_P", _2="SPK_P"))
    wrong += _joined(netlist, "U8", IN_P="AMP_FILT_P", IN_N="SPK_P", REF1="P3V3A", REF2=GROUND)
    wrong += _joined(netlist, "U7", RINPUT1="CUR_IN")
    figures = Figures(netlist)
    if not figures.trip_a < figures.full_scale_a < 1.5 * figures.trip_a:
        wrong.append(
            f"the ADC is full at {figures.full_scale_a:.2f} A, the trip is at {figures.trip_a:g} A"
        )
    wrong += _differ("full scale of the current, in A,", figures.full_scale_a, board.FULL_SCALE_A)
    return wrong


def connector(netlist: Netlist) -> list[str]:
    """Pin 1 is ground, pin 2 the DC output, pins 3 and 4 are the terminals."""
    return list(_joined(netlist, "J3", _1=GROUND, _2="P12OUT", _3="IO1", _4="IO2"))


def outlet(netlist: Netlist) -> list[str]:
    """12 V; 50 mA are to be had and 60 mA are not; nothing flows in, and 30 V from outside are endured."""
    figures = Figures(netlist)
    wrong = list(_differ("the DC output, in V,", figures.outlet_v, OUTLET_V, 0.03))
    if not OUTLET_A < figures.outlet_limit_a <= OUTLET_MOST_A:
        wrong.append(f"the DC output gives way at {figures.outlet_limit_a * 1000:.0f} mA")
    # Besides its regulator, which blocks reverse current, only its divider, its capacitor and its clamp are there.
    on_it = {part.kind.name: part.kind for part, _, net in netlist.pins() if net == "P12OUT"}
    if strangers := on_it.keys() - {"TPS7B7701", "R0603", "C10U50", "TVS33", "TERMINAL4"}:
        wrong.append(f"{', '.join(sorted(strangers))} could be fed from the DC output's pin")
    # The neighbours bear 30 V, so a wire in the wrong hole must not be the end of this one.
    if min(kind.rated_v for kind in on_it.values()) < OUTSIDE_V:
        wrong.append(f"the DC output's capacitor does not stand {OUTSIDE_V:g} V from outside")
    clamp = on_it.get("TVS33")
    if clamp is None or clamp.figures["stands_off_v"] < OUTSIDE_V:
        wrong.append("the DC output is not clamped")
    return wrong


def threshold(netlist: Netlist) -> list[str]:
    """A terminal opens above 1 V, closes a little below, and reads open while nothing is connected."""
    figures = Figures(netlist)
    wrong = []
    for terminal in _TERMINALS:
        opens, closes = figures.opens_above_v(terminal), figures.closes_below_v(terminal)
        if abs(opens - THRESHOLD_V) > 0.03:
            wrong.append(f"terminal {terminal} opens above {opens:.2f} V")
        if not 0.85 * THRESHOLD_V < closes < opens - 0.02:
            wrong.append(f"terminal {terminal} closes below {closes:.2f} V")
        wrong += _joined(netlist, "U9", **{f"IN{terminal}_P": f"IO{terminal}_CMP"})
        wrong += _joined(netlist, "U9", **{f"IN{terminal}_N": "VREF_1V"})
        wrong += _joined(netlist, "U9", **{f"OUT{terminal}": f"IO{terminal}_IN"})
    if figures.loop_v < 2 * THRESHOLD_V:
        wrong.append("a terminal with nothing connected does not read open")
    return wrong


def supervision(netlist: Netlist) -> list[str]:
    """Loops are fed, and their voltages divided, as the software counts on."""
    figures = Figures(netlist)
    wrong = list(_differ("the loops' supply, in V,", figures.loop_v, board.SUPERVISION.supply_v))
    for terminal in _TERMINALS:
        feed = figures.loop_ohm(terminal)
        wrong += _differ(f"loop {terminal}, in ohm,", feed, board.SUPERVISION.pull_up_ohm)
        divider = figures.divider(terminal)
        wrong += _differ(f"the divider of terminal {terminal}", divider, board.TERMINAL_DIVIDER)
        # The divider draws from the loop too: it may not make a cut look like an open contact.
        drawn = divider * netlist.ohm(f"ADC_IO{terminal}", GROUND)
        if drawn < 50 * feed:
            wrong.append(f"the divider of terminal {terminal} loads the loop")
    return wrong


def survival(netlist: Netlist) -> list[str]:
    """30 V at a terminal are endured, surges are clamped below what the MOSFET stands, and a fuse is before all."""
    figures = Figures(netlist)
    wrong = []
    for terminal in _TERMINALS:
        inside = f"IO{terminal}_P"
        heat = figures.loop_power_w(OUTSIDE_V, terminal)
        resistor = next(
            part for part in netlist.parts.values() if set(part.pins.values()) == {"VLOOP", inside}
        )
        if heat > resistor.kind.figures.get("power_w", 0.1):
            wrong.append(f"{resistor.ref} turns {heat:.2f} W into heat")
        at_adc = OUTSIDE_V / figures.divider(terminal)
        if at_adc > LOGIC_V:
            wrong.append(f"terminal {terminal} brings {at_adc:.1f} V to the ADC")
        clamps = [
            part.kind.figures
            for part in netlist.parts.values()
            if part.kind.name == "TVS33" and (part.pins["K"], part.pins["A"]) == (inside, GROUND)
        ]
        if not clamps or clamps[0]["stands_off_v"] < OUTSIDE_V:
            wrong.append(f"terminal {terminal} is not clamped above {OUTSIDE_V:g} V")
        elif clamps[0]["clamps_v"] > netlist.only_on(inside, "LOWSIDE").kind.figures["drain_v"]:
            wrong.append(f"the MOSFET of terminal {terminal} breaks before the clamp holds")
        outer = {part.kind.name for part, _, net in netlist.pins() if net == f"IO{terminal}"}
        if outer != {"PTC", "TERMINAL4"}:
            wrong.append(f"the fuse of terminal {terminal} is not before all else")
    return wrong


def open_drain(netlist: Netlist) -> list[str]:
    """100 mA to ground, still read as closed; open while nobody drives the line."""
    wrong: list[str] = []
    for terminal in _TERMINALS:
        mosfet = netlist.only_on(f"IO{terminal}_P", "LOWSIDE")
        gate = f"IO{terminal}_GATE"
        wrong += _joined(netlist, mosfet.ref, IN=gate, S=GROUND)
        fuse = netlist.only_on(f"IO{terminal}_P", "PTC")
        if fuse.kind.figures["hold_a"] < 1.5 * SINK_A:
            wrong.append(
                f"the fuse of terminal {terminal} trips at {SINK_A * 1000:g} mA when it is hot"
            )
        closed_v = SINK_A * (mosfet.kind.figures["on_ohm"] + FUSE_OHM)
        if closed_v > THRESHOLD_V:
            wrong.append(f"terminal {terminal} has {closed_v:.1f} V while it is closed")
        try:
            down, series = netlist.ohm(gate, GROUND), netlist.ohm(f"IO{terminal}_OUT", gate)
        except ValueError as error:
            wrong.append(str(error))
        else:
            if down < 20 * series:
                wrong.append(f"the gate of terminal {terminal} does not get the line's level")
    return wrong


def measuring(netlist: Netlist) -> list[str]:
    """Temperature and rail are at the channels, and by the resistors, that the software counts on."""
    figures = Figures(netlist)
    channels = {
        board.ADC_IO1: "ADC_IO1",
        board.ADC_IO2: "ADC_IO2",
        board.ADC_TEMPERATURE: "ADC_TEMP",
        board.ADC_SUPPLY: "ADC_24V",
    }
    adc = netlist.only("ADS1015").ref
    wrong = [
        line
        for channel, net in channels.items()
        for line in _joined(netlist, adc, **{f"AIN{channel}": net})
    ]
    wrong += _differ("the rail's divider", figures.rail_divider, board.RAIL_DIVIDER)
    ntc = board.AMPLIFIER_NTC
    wrong += _differ(
        "the thermistor's feed, in ohm,", netlist.ohm("PI_3V3", "ADC_TEMP"), ntc.pull_up_ohm
    )
    wrong += _differ("the thermistor, in ohm,", netlist.only("NTC").amount, ntc.ohm_at_25)
    return wrong


RULES: Final = (
    supplies,
    power_over_ethernet,
    jack,
    speaker,
    amplifier_lines,
    current_sense,
    connector,
    outlet,
    threshold,
    supervision,
    survival,
    open_drain,
    measuring,
)
