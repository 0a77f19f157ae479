"""What a restore or a factory default means for this daemon's own files."""

import logging
from collections.abc import Sequence
from pathlib import Path

from common.params.kinds import Reset
from common.resets import ResetMark
from daemons.system.adapters.certificate import OwnCertificate
from daemons.system.adapters.keys import KeyFiles

log = logging.getLogger(__name__)


class OwnResets:
    """Follows the resets that the params daemon counts; each is applied once, also after a crash in between."""

    def __init__(self, state: Path, keys: KeyFiles, certificates: Sequence[OwnCertificate]) -> None:
        self._mark = ResetMark(state)
        self._keys = keys
        self._certificates = certificates

    def follow(self, generation: int, level: str) -> bool:
        """Wipe what resets since the last time cover; returns whether there were any."""
        missed = self._mark.missed(generation, level)
        if missed is not None:
            self._wipe(missed)
        self._mark.followed(generation)
        return missed is not None

    def _wipe(self, level: Reset) -> None:
        log.info("%s: wiping what this daemon keeps", level.value)
        # The accounts are gone on either level, and their sessions must not come back with new ones of the same name.
        self._keys.wipe()
        if level is Reset.FACTORY_DEFAULT:
            # The manual deletes certificates at factory default only. A restore keeps the address, and with it
            # whoever trusts the unit there: a new certificate would look like another unit.
            for certificate in self._certificates:
                certificate.wipe()
