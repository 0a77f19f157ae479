"""Where a daemon keeps what must last, and what must not.

Under systemd the unit's StateDirectory= and RuntimeDirectory= decide. Under the development supervisor every
daemon has a folder of its own below `C8210_STATE` and `C8210_RUNTIME`.
"""

import os
from pathlib import Path

LIBRARY = Path(__file__).resolve().parents[1]
"""The folder that holds common/, daemons/, hw/ and etc/: a work tree, or the installed library folder."""

ETC = LIBRARY / "etc"


def state_dir(daemon: str) -> Path:
    """Return the folder for `daemon`'s lasting state, made if missing."""
    return _folder("STATE_DIRECTORY", "C8210_STATE", daemon)


def runtime_dir(daemon: str) -> Path:
    """Return the folder for `daemon`'s sockets and other things that end with it."""
    return _folder("RUNTIME_DIRECTORY", "C8210_RUNTIME", daemon)


def shared_runtime_dir() -> Path:
    """Return the folder in which every daemon's runtime folder lies."""
    base = os.environ.get("C8210_RUNTIME")
    return Path(base) if base else Path("/run/c8210")


def _folder(systemd_variable: str, base_variable: str, daemon: str) -> Path:
    given = os.environ.get(systemd_variable)
    if given:
        path = Path(given.split(":", 1)[0])
    else:
        base = os.environ.get(base_variable)
        if not base:
            raise RuntimeError(f"neither {systemd_variable} nor {base_variable} is set")
        path = Path(base).resolve() / daemon
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path
