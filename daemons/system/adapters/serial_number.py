"""The unit's serial number: read from the nameplate on the first boot, the same for ever after."""

import asyncio
import logging
from pathlib import Path

from common.errors import InvalidValue, Unavailable
from common.files import replace_file
from daemons.system.identity import Identity
from hw.ports import Nameplate

log = logging.getLogger(__name__)

RETRY_INTERVAL_S = 0.2
INTERFACE_WITHIN_S = 15.0
"""Much less than the service has for its start."""


async def read_identity(
    state: Path, nameplate: Nameplate, interface: Path | None = None
) -> Identity:
    """Return who the unit is, waiting for the nameplate on the first boot.

    `interface` is where the kernel shows the interface whose address is on the label, where a board has one. The
    number is kept because passwords are only valid for the one they were set under, and a computer's network cards
    come and go.
    """
    kept = state / "serial_number"
    try:
        return Identity(kept.read_text().strip())
    except FileNotFoundError:
        pass
    except InvalidValue as error:
        log.error("%s is damaged (%s), reading the nameplate", kept.name, error)
    if interface is not None:
        await _appeared(interface)
    while True:
        try:
            identity = Identity(await nameplate.serial_number())
        except Unavailable as error:
            log.debug("the nameplate cannot be read now: %s", error)
            await asyncio.sleep(RETRY_INTERVAL_S)
        else:
            replace_file(kept, identity.serial_number.encode() + b"\n")
            return identity


async def _appeared(interface: Path) -> None:
    """Wait for an interface: its driver is loaded while services start, and another one may be there before it."""
    try:
        async with asyncio.timeout(INTERFACE_WITHIN_S):
            while not await asyncio.to_thread(interface.exists):
                await asyncio.sleep(RETRY_INTERVAL_S)
    except TimeoutError:
        log.error("there is no %s, the serial number is that of another interface", interface.name)
