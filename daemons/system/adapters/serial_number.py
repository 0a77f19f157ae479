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


async def read_identity(state: Path, nameplate: Nameplate) -> Identity:
    """Return who the unit is, waiting for the nameplate on the first boot.

    It is kept because passwords are only valid for the serial number they were set under, and a computer's network
    cards come and go.
    """
    kept = state / "serial_number"
    try:
        return Identity(kept.read_text().strip())
    except FileNotFoundError:
        pass
    except InvalidValue as error:
        log.error("%s is damaged (%s), reading the nameplate", kept.name, error)
    while True:
        try:
            identity = Identity(await nameplate.serial_number())
        except Unavailable as error:
            log.debug("the nameplate cannot be read now: %s", error)
            await asyncio.sleep(RETRY_INTERVAL_S)
        else:
            replace_file(kept, identity.serial_number.encode() + b"\n")
            return identity
