"""The control button as an input device of the kernel (gpio-keys): struct input_event, read from /dev/input.

One key of one device is read, in one fixed layout (Linux uAPI, linux/input.h), so no library is needed. The kernel
debounces it, and says at any time which keys are down (EVIOCGKEY): also at the start, when the unit is powered up with
the button held.
"""

import asyncio
import fcntl
import logging
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Final

from common.errors import Unavailable

log = logging.getLogger(__name__)

DEVICES: Final = Path("/dev")
SYS: Final = Path("/sys")
RETRY_INTERVAL_S: Final = 1.0

EVENT: Final = struct.Struct("@llHHi")
"""struct input_event: time in s and us, type, code, value; 24 bytes on 64-bit machines."""
EV_SYN: Final = 0
EV_KEY: Final = 1
SYN_DROPPED: Final = 3
KEY_BYTES: Final = 96
"""A bit for each key up to KEY_MAX (0x2ff)."""
EVIOCGKEY: Final = 2 << 30 | KEY_BYTES << 16 | ord("E") << 8 | 0x18
_EVENTS_AT_ONCE: Final = 64

Ioctl = Callable[[int, int, bytearray], int]


class InputButton:
    """One key of the input device with a name."""

    def __init__(
        self,
        name: str,
        key: int,
        devices: Path = DEVICES,
        sys: Path = SYS,
        ioctl: Ioctl = fcntl.ioctl,
    ) -> None:
        """`key` is a KEY_ or BTN_ code."""
        self._name = name
        self._key = key
        self._devices = devices
        self._sys = sys
        self._ioctl = ioctl

    async def run(self, moved: Callable[[bool], None]) -> None:
        """Call `moved` with whether the button is down: at the start and at each change, until cancelled."""
        said = ""
        while True:
            try:
                await self._follow(moved)
            except (OSError, Unavailable) as error:
                if str(error) != said:
                    said = str(error)
                    log.warning("the control button cannot be felt: %s, trying again", said)
            await asyncio.sleep(RETRY_INTERVAL_S)

    async def _follow(self, moved: Callable[[bool], None]) -> None:
        """Read the device until it goes."""
        descriptor = os.open(self._device(), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()
        try:
            loop.add_reader(descriptor, ready.set)
            # Asked after the device was opened: what happens from now on is an event.
            down = self._down(descriptor)
            moved(down)
            while True:
                await ready.wait()
                ready.clear()
                for now in self._changes(descriptor):
                    if now is not down:
                        down = now
                        moved(down)
        finally:
            loop.remove_reader(descriptor)
            os.close(descriptor)

    def _changes(self, descriptor: int) -> list[bool]:
        """Return what the events that are there now say of the key."""
        try:
            data = os.read(descriptor, _EVENTS_AT_ONCE * EVENT.size)
        except BlockingIOError:
            return []
        if not data:
            raise Unavailable(f"the input device {self._name} has ended")
        changes: list[bool] = []
        for _seconds, _us, kind, code, value in EVENT.iter_unpack(data):
            if (kind, code) == (EV_SYN, SYN_DROPPED):
                log.warning("%s: the kernel dropped events, asking anew", self._name)
                return [*changes, self._down(descriptor)]
            if (kind, code) == (EV_KEY, self._key) and value in (0, 1):  # 2 is a repetition
                changes.append(value == 1)
        return changes

    def _down(self, descriptor: int) -> bool:
        keys = bytearray(KEY_BYTES)
        self._ioctl(descriptor, EVIOCGKEY, keys)
        return bool(keys[self._key // 8] >> self._key % 8 & 1)

    def _device(self) -> Path:
        for entry in sorted((self._sys / "class/input").glob("event*")):
            try:
                if (entry / "device/name").read_text().strip() == self._name:
                    return self._devices / "input" / entry.name
            except OSError:
                continue  # it went meanwhile
        raise Unavailable(f"there is no input device {self._name}")
