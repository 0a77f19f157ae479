"""Log entries that an operator searches for: each has an id in the journal and a text in `units/catalog/`.

`log.info("...", extra=journal.RESTART)`; outside systemd the id is simply not printed.
"""

from collections.abc import Mapping
from typing import Final

Entry = Mapping[str, str]


def _entry(id_: str) -> Entry:
    return {"MESSAGE_ID": id_}


READY: Final = _entry("5d1c7f4e0b8f4c6a9e21d3a87c6b4f12")
RESTART: Final = _entry("113d493d035b44f0911256e67566054e")
RESET: Final = _entry("237a389305de475e8273eb4a70d73129")
DAEMON_DIED: Final = _entry("3194bc8e5b044aa0b5a3a7935d25b1bf")
SOUND_DEVICE_LOST: Final = _entry("855d02223bac47829803c4b2f9f8ae77")
SETTINGS_DAMAGED: Final = _entry("c0e8a52f28a94a52bf87d75a36218541")
AMPLIFIER_TRIPPED: Final = _entry("79062071d01c464191af516b2fcc8a2e")
UPGRADE: Final = _entry("6c1f0d3b7e9a4f18b2d5a0c47e83f961")
