"""Keeps out what a daemon never uses and libraries load in case: imported first, before they are.

To Python a module whose place is held by `None` is not there (The import system, 5.3.1), and each of these libraries
does without. What never imports this file has everything: workers, and the http daemon, whose server needs TLS.
"""

import sys
from types import ModuleType
from typing import Final, cast

KEPT_OUT: Final = {
    "ssl": "asyncio and paho load it, for connections with TLS",
    "_hashlib": "hashlib loads it, for hashes by OpenSSL; Python has all of ours itself",
    "typing_extensions": "msgspec loads it, for names that are in typing since Python 3.11",
}
"""What is kept out, and who would load it for what: together 2 MB in each daemon."""

_ABSENT: Final = cast(ModuleType, None)

for _name in KEPT_OUT:
    sys.modules.setdefault(_name, _ABSENT)


def let_in(name: str) -> None:
    """Have a module there after all, for those who import it from here on."""
    if sys.modules.get(name, _ABSENT) is _ABSENT:
        sys.modules.pop(name, None)
