"""Whether the unit has just got its power, or this daemon alone starts anew."""

import logging
from pathlib import Path

from common.boot import boot_id
from common.files import replace_file

log = logging.getLogger(__name__)


def power_came(runtime: Path) -> bool:
    """Return whether this is the first start since the unit's; asked again, it no longer is.

    A note in the runtime folder tells: it goes with the power, and names the start it is of, since in development the
    suite starts more often than the machine. The kernel does not tell a restart from power-up, so both count. Where
    no note can be made the answer is no, so that nobody loses settings by a hold that was none.
    """
    note = runtime / "boot"
    try:
        boot = boot_id()
        if note.exists() and note.read_text() == boot:
            return False
        replace_file(note, boot.encode())
    except (OSError, UnicodeDecodeError) as error:
        log.warning("%s: %s; a hold since power-up is not noticed", note, error)
        return False
    return True
