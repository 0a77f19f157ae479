"""What the schematic's values amount to: thresholds, limits, gains and supplies, by the resistors that set them."""

import math
from typing import Final

from hw.hat.netlist import GROUND, Netlist

LOGIC_V: Final = 3.3
"""The Raspberry Pi's 3.3 V, to which outputs of comparators are pulled up."""
AMPLIFIER_GAINS: Final = {
    (5.6e3, math.inf): (20.0, 60e3),
    (20e3, 100e3): (26.0, 30e3),
    (39e3, 100e3): (32.0, 15e3),
    (47e3, 75e3): (36.0, 9e3),
}
"""The TPA3118D2's gain in dB and input impedance in ohm, by GAIN's resistors to ground and to GVDD (its table 1)."""


class Figures:
    """The figures of one schematic."""

    def __init__(self, netlist: Netlist) -> None:
        self._netlist = netlist

    def _of(self, kind: str, figure: str) -> float:
        parts = self._netlist.parts.values()
        return next(part.kind for part in parts if part.kind.name == kind).figures[figure]

    # --- supplies -----------------------------------------------------------------------------

    @property
    def raspberry_v(self) -> float:
        """What the Raspberry Pi is fed with, before the blocking transistor."""
        return self._of("LMR33630", "reference_v") / self._netlist.ratio("P5V_HAT", "BUCK_FB")

    @property
    def before_outlet_v(self) -> float:
        """What the regulator of the DC output is fed with."""
        return self._of("LMR33630", "reference_v") / self._netlist.ratio("P13", "BUCK13_FB")

    @property
    def outlet_v(self) -> float:
        """The DC output at pin 2 of the I/O connector."""
        return self._of("TPS7B7701", "reference_v") / self._netlist.ratio("P12OUT", "LIM12_FB")

    @property
    def outlet_limit_a(self) -> float:
        """Above which current that output gives way."""
        per_ohm = self._of("TPS7B7701", "limit_ratio") * self._of("TPS7B7701", "reference_v")
        return per_ohm / self._netlist.ohm("LIM12_LIM", GROUND)

    # --- terminals, counted from 1 ------------------------------------------------------------

    @property
    def loop_v(self) -> float:
        """What the loops at the terminals are fed with."""
        return self._of("TL431", "reference_v") / self._netlist.ratio("VLOOP", "VLOOP_REF")

    def loop_ohm(self, terminal: int) -> float:
        """Return the resistor through which a loop is fed."""
        return self._netlist.ohm("VLOOP", f"IO{terminal}_P")

    def divider(self, terminal: int) -> float:
        """Return by how much the voltage at a terminal is divided before the ADC."""
        return 1 / self._netlist.ratio(f"IO{terminal}_P", f"ADC_IO{terminal}")

    def opens_above_v(self, terminal: int) -> float:
        """Return above which voltage a terminal that read closed reads open."""
        return self._reference_v * (1 + self._feedback(terminal))

    def closes_below_v(self, terminal: int) -> float:
        """Return below which voltage a terminal that read open reads closed."""
        return self.opens_above_v(terminal) - LOGIC_V * self._feedback(terminal)

    @property
    def _reference_v(self) -> float:
        return self.loop_v * self._netlist.ratio("VLOOP", "VREF_1V")

    def _feedback(self, terminal: int) -> float:
        input_ohm = self._netlist.ohm(f"IO{terminal}_P", f"IO{terminal}_CMP")
        return input_ohm / self._netlist.ohm(f"IO{terminal}_IN", f"IO{terminal}_CMP")

    def loop_power_w(self, outside_v: float, terminal: int) -> float:
        """Return what the loop's resistor turns into heat with a voltage from outside at the terminal."""
        return (outside_v - self.loop_v) ** 2 / self.loop_ohm(terminal)

    # --- amplifier ----------------------------------------------------------------------------

    @property
    def full_scale_v(self) -> float:
        """The peak at the loudspeaker's terminals for a sample of full scale."""
        net = self._netlist
        gain_db, input_ohm = AMPLIFIER_GAINS[
            (net.ohm("AMP_GAIN", GROUND), net.ohm("AMP_GVDD", "AMP_GAIN"))
        ]
        low = 1 / (1 / net.ohm("DAC_DIV", GROUND) + 1 / input_ohm)
        passed = low / (low + net.ohm("DAC_AC", "DAC_DIV"))
        peak = self._of("WM8960", "full_scale_vrms") * math.sqrt(2)
        return peak * passed * float(10 ** (gain_db / 20))

    @property
    def output_limit_v(self) -> float:
        """The peak at which the amplifier clips by its own limiter."""
        limit = self._of("TPA3118D2", "gate_supply_v") * self._netlist.ratio(
            "AMP_GVDD", "AMP_PLIMIT"
        )
        return limit * self._of("TPA3118D2", "output_per_limit")

    @property
    def trip_a(self) -> float:
        """The current at which the amplifier trips, typically."""
        return self._of("TPA3118D2", "trip_a")

    @property
    def full_scale_a(self) -> float:
        """The peak current for a sample of full scale of the ADC."""
        volt_per_a = self._netlist.ohm("AMP_FILT_P", "SPK_P") * self._of("INA240A1", "gain")
        return self._of("WM8960", "full_scale_vrms") * math.sqrt(2) / volt_per_a

    # --- the rest of the ADC ------------------------------------------------------------------

    @property
    def rail_divider(self) -> float:
        """By how much the 24 V rail is divided before the ADC."""
        return 1 / self._netlist.ratio("P24", "ADC_24V")
