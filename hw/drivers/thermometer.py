"""The temperature of an NTC thermistor at a channel of a converter."""

import math
from dataclasses import dataclass
from typing import Final

from common.errors import Unavailable
from hw.drivers.iio_adc import IioAdc

_KELVIN: Final = 273.15
_REFERENCE_K: Final = 25 + _KELVIN


@dataclass(frozen=True)
class Ntc:
    """A thermistor to ground, fed through a resistor."""

    ohm_at_25: float
    b_kelvin: float
    supply_v: float
    pull_up_ohm: float

    def celsius(self, volts: float) -> float:
        """Return its temperature; raises `Unavailable` where it is cut or shorted."""
        if not 0.01 < volts / self.supply_v < 0.99:
            raise Unavailable("the amplifier's thermistor is cut or shorted")
        ohm = self.pull_up_ohm * volts / (self.supply_v - volts)
        return 1 / (1 / _REFERENCE_K + math.log(ohm / self.ohm_at_25) / self.b_kelvin) - _KELVIN


class Thermometer:
    """A thermistor at a converter with that one channel."""

    def __init__(self, ntc: Ntc, adc: IioAdc) -> None:
        self._ntc = ntc
        self._adc = adc

    async def celsius(self) -> float:
        """Return the temperature; raises `Unavailable`."""
        (volts,) = await self._adc.volts()
        return self._ntc.celsius(volts)
