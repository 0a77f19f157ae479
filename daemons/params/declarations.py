"""Brings in what every daemon declares, so that the registry is whole."""

import importlib

from common.params.registry import PARAMETERS, Registry
from common.paths import LIBRARY


def declared() -> Registry:
    """Return the registry with the declarations of all daemons."""
    for folder in sorted((LIBRARY / "daemons").iterdir()):
        for module in ("params", "records"):
            file = folder / f"{module}.py"
            package = folder / module / "__init__.py"
            if folder.name != "params" and (file.is_file() or package.is_file()):
                importlib.import_module(f"daemons.{folder.name}.{module}")
    return PARAMETERS
