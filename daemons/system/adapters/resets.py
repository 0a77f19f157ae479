"""What a restore or a factory default means for this daemon's own files."""

import logging
from pathlib import Path

from common.files import replace_file
from common.params.kinds import Reset
from daemons.system.adapters.certificate import OwnCertificate
from daemons.system.adapters.keys import KeyFiles

log = logging.getLogger(__name__)


class OwnResets:
    """Follows the resets that the params daemon counts; each is applied once, also after a crash in between."""

    def __init__(self, state: Path, keys: KeyFiles, certificate: OwnCertificate) -> None:
        self._seen = state / "generation"
        self._keys = keys
        self._certificate = certificate

    def follow(self, generation: int, level: str) -> bool:
        """Wipe what resets since the last time cover; returns whether there were any."""
        seen = self._read()
        if seen == generation:
            return False
        if seen is not None:
            missed = generation - seen
            # Only the last level is known: of several resets, one may have been the thorough one.
            self._wipe(Reset(level) if missed == 1 else Reset.FACTORY_DEFAULT)
        replace_file(self._seen, str(generation).encode())
        return seen is not None

    def _wipe(self, level: Reset) -> None:
        log.info("%s: wiping what this daemon keeps", level.value)
        # The accounts are gone on either level, and their sessions must not come back with new ones of the same name.
        self._keys.wipe()
        if level is Reset.FACTORY_DEFAULT:
            # The manual deletes certificates at factory default only. A restore keeps the address, and with it
            # whoever trusts the unit there: a new certificate would look like another unit.
            self._certificate.wipe()

    def _read(self) -> int | None:
        try:
            return int(self._seen.read_text())
        except (FileNotFoundError, ValueError):
            return None
