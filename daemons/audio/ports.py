"""What the engine needs from outside: a device that takes samples at its own pace."""

from collections.abc import Callable
from typing import Protocol

from daemons.audio.sources import Samples


class OutputDevice(Protocol):
    """An open sound device. It is used by the engine thread alone."""

    @property
    def description(self) -> str:
        """What was opened and how, for a person to read."""
        ...

    def write(self, block: Samples) -> bool:
        """Hand over one period, waiting until there is room; returns whether the device had run dry.

        Raises `common.errors.HardwareFault` when the device is gone.
        """
        ...

    def close(self) -> None:
        """Play out what was handed over, and close."""
        ...


DeviceFactory = Callable[[], OutputDevice]
"""Opens the device; raises `common.errors.HardwareFault` when there is none."""
