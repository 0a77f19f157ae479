"""Who may call what: the matrix of `etc/dbus/calls.toml`, checked against the caller's owned bus name.

The D-Bus policy is generated from the same matrix (`common.bus.policy`), but it can only tell users apart; the
check here works everywhere, also where every daemon runs as one user.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path

from common.bus.suite import BY_BUS_NAME
from common.paths import ETC

EVERYBODY = "*"
"""In the matrix: any daemon of the suite."""

Matrix = Mapping[str, Mapping[str, frozenset[str]]]
"""Interface name -> member (method) -> bus names that may call it."""


def load_matrix(path: Path = ETC / "dbus" / "calls.toml") -> Matrix:
    """Read the matrix; short names in it (`Http`) stand for `org.c8210.Http`."""
    with path.open("rb") as file:
        table = tomllib.load(file)
    return {
        f"org.c8210.{interface}": {
            method: frozenset(_bus_names(callers, path, interface))
            for method, callers in methods.items()
        }
        for interface, methods in table.items()
    }


def _bus_names(callers: list[str], path: Path, interface: str) -> list[str]:
    if callers == [EVERYBODY]:
        return list(BY_BUS_NAME)
    names = [f"org.c8210.{caller}" for caller in callers]
    unknown = [name for name in names if name not in BY_BUS_NAME]
    if unknown:
        raise ValueError(f"{path}: {interface} names unknown callers {unknown}")
    return names
