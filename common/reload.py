"""Having the web server load its configuration and certificate again.

Whoever has changed either of them says so afterwards, by a file in one folder. Who reloads takes the files away first:
so a change that falls into a reload makes another, and none is lost.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from common.paths import shared_runtime_dir

Ask = Callable[[], None]


def reload_dir(runtime: Path | None = None) -> Path:
    """Return the folder; on a device it is made before anything starts, for those who may write to it."""
    return (runtime or shared_runtime_dir()) / "reload"


def asking(what: str) -> Ask:
    """Return what says that `what`, a plain word, has changed."""
    return partial(_ask, reload_dir() / what)


def _ask(wanted: Path) -> None:
    wanted.parent.mkdir(mode=0o700, exist_ok=True)
    wanted.touch()
