"""An input device that the kernel makes without hardware: a key, and a keyboard's lights as LEDs of the LED class."""

import fcntl
import os
import struct
from pathlib import Path
from typing import Final

from hw.drivers.input_button import EV_KEY, EV_SYN, EVENT

_DEVICE: Final = Path("/dev/uinput")
_INPUT: Final = Path("/sys/class/input")
_EV_LED: Final = 0x11
LIGHTS: Final = ("numlock", "capslock", "scrolllock", "compose")
"""LED_NUML to LED_COMPOSE, as the kernel names the LEDs that it makes of them."""

# linux/uinput.h
_SETUP: Final = struct.Struct("@HHHH80sI")
_UI_DEV_CREATE: Final = ord("U") << 8 | 1
_UI_DEV_DESTROY: Final = ord("U") << 8 | 2
_UI_DEV_SETUP: Final = 1 << 30 | _SETUP.size << 16 | ord("U") << 8 | 3
_UI_SET_EVBIT: Final = 1 << 30 | 4 << 16 | ord("U") << 8 | 100
_UI_SET_KEYBIT: Final = 1 << 30 | 4 << 16 | ord("U") << 8 | 101
_UI_SET_LEDBIT: Final = 1 << 30 | 4 << 16 | ord("U") << 8 | 105
_BUS_VIRTUAL: Final = 6


class KernelInput:
    """One such device, from its making to `remove`."""

    def __init__(self, name: str, key: int) -> None:
        self._key = key
        self._descriptor = os.open(_DEVICE, os.O_RDWR | os.O_CLOEXEC)
        for request, value in (
            (_UI_SET_EVBIT, EV_KEY),
            (_UI_SET_KEYBIT, key),
            (_UI_SET_EVBIT, _EV_LED),
            *((_UI_SET_LEDBIT, light) for light in range(len(LIGHTS))),
        ):
            fcntl.ioctl(self._descriptor, request, value)
        setup = _SETUP.pack(_BUS_VIRTUAL, 0, 0, 0, name.encode(), 0)
        fcntl.ioctl(self._descriptor, _UI_DEV_SETUP, setup)
        fcntl.ioctl(self._descriptor, _UI_DEV_CREATE)
        (self.input,) = (
            entry.name
            for entry in _INPUT.glob("input*")
            if (entry / "name").read_text().strip() == name
        )

    def press(self, pressed: bool) -> None:
        """Move the key."""
        events = (EV_KEY, self._key, int(pressed)), (EV_SYN, 0, 0)
        os.write(self._descriptor, b"".join(EVENT.pack(0, 0, *event) for event in events))

    def remove(self) -> None:
        """Take it away."""
        fcntl.ioctl(self._descriptor, _UI_DEV_DESTROY)
        os.close(self._descriptor)
