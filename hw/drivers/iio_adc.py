"""Voltages by the kernel's industrial I/O (IIO): files of an ADC in sysfs, `raw` times `scale` in mV.

The files are readable by everybody, so no daemon needs a right for it. A conversion takes some milliseconds on the I2C
bus, in a thread of its own.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from common.errors import Unavailable

SYS: Final = Path("/sys")


@dataclass(frozen=True)
class AdcChannel:
    """One input of the converter, single-ended."""

    index: int
    """The N of in_voltageN_raw."""
    factor: float = 1.0
    """By how much a divider before the converter has made the voltage smaller."""


class IioAdc:
    """Some channels of one converter, which is found by its name."""

    def __init__(self, name: str, channels: Sequence[AdcChannel], sys: Path = SYS) -> None:
        self._name = name
        self._channels = tuple(channels)
        self._devices = sys / "bus/iio/devices"

    async def volts(self) -> tuple[float, ...]:
        """Return the voltage before the divider of each channel; raises `Unavailable`."""
        return await asyncio.to_thread(self._read)

    def _read(self) -> tuple[float, ...]:
        device = self._device()
        try:
            return tuple(self._volts(device, channel) for channel in self._channels)
        except (OSError, ValueError) as error:
            raise Unavailable(f"the converter {self._name} cannot be read: {error}") from error

    def _device(self) -> Path:
        for device in sorted(self._devices.glob("iio:device*")):
            try:
                if (device / "name").read_text().strip() == self._name:
                    return device
            except OSError:
                continue  # it went meanwhile
        raise Unavailable(f"there is no converter {self._name}")

    @staticmethod
    def _volts(device: Path, channel: AdcChannel) -> float:
        raw = int((device / f"in_voltage{channel.index}_raw").read_text())
        own = device / f"in_voltage{channel.index}_scale"
        scale = own if own.exists() else device / "in_voltage_scale"
        return raw * float(scale.read_text()) / 1000 * channel.factor
