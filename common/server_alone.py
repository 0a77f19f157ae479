"""Keeps out uvicorn's command line, which the package loads for whoever imports any of it.

Imported before uvicorn. With the command line come click and multiprocessing: 2 MB, and a tenth of a second.
"""

import sys
from types import ModuleType
from typing import Final

_COMMAND_LINE: Final = "uvicorn.main"
_SHOWN: Final = ("Server", "main", "run")
"""What the package shows of it as its own. None of it is there; the server itself is in `uvicorn.server`."""

_module = ModuleType(_COMMAND_LINE, "Not loaded.")
for _name in _SHOWN:
    setattr(_module, _name, None)
sys.modules.setdefault(_COMMAND_LINE, _module)
