"""Who may call what: the matrix of `etc/dbus/calls.toml`, checked against the caller's owned bus name.

What is read here and the D-Bus policy are generated from it (`common.bus.policy`). The policy can only tell users
apart; the check here works everywhere, also where every daemon runs as one user.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from common.paths import ETC

Matrix = Mapping[str, Mapping[str, frozenset[str]]]
"""Interface name -> member (method) -> bus names that may call it."""


def load_matrix(path: Path = ETC / "dbus" / "calls.json") -> Matrix:
    """Read the matrix as `common.bus.policy` has written it out for the daemons."""
    return {
        interface: {method: frozenset(callers) for method, callers in methods.items()}
        for interface, methods in json.loads(path.read_bytes()).items()
    }
