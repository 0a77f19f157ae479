"""Brings in what every daemon declares, so that the registry is whole."""

import importlib

from common.params.registry import PARAMETERS, Registry
from common.paths import LIBRARY


def declared() -> Registry:
    """Return the registry with the declarations of all daemons."""
    for folder in sorted((LIBRARY / "daemons").iterdir()):
        for module in ("params", "records"):
            if folder.name != "params" and (folder / f"{module}.py").is_file():
                importlib.import_module(f"daemons.{folder.name}.{module}")
    return PARAMETERS
