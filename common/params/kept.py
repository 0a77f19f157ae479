"""The last known parameters of a daemon that must work while the params daemon is away."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import msgspec

from common.bus.connection import Connection
from common.bus.params import ParamsInterface
from common.bus.suite import PARAMS
from common.errors import ApplianceError
from common.files import replace_file
from common.params.client import RETRY_INTERVAL_S, ParamsClient

log = logging.getLogger(__name__)

Changed = Callable[[Mapping[str, str]], None]
"""Called with every value known, each time one of them has changed."""


class KeptParameters:
    """Values of some groups: from the params daemon while it is there, else as they were last on disk."""

    def __init__(
        self, connection: Connection, groups: Iterable[str], file: Path, changed: Changed
    ) -> None:
        self._connection = connection
        self._params = ParamsClient(connection)
        self._groups = tuple(groups)
        self._file = file
        self._changed = changed
        self._values = _read(file)
        self._wake = asyncio.Event()
        self._missed = False
        self._heard = 0
        if self._values:
            changed(self._values)

    async def run(self) -> None:
        """Follow the params daemon, until cancelled."""
        await self._connection.subscribe(ParamsInterface.changed, PARAMS, self._signalled)
        self._connection.watch(PARAMS, self._appeared)
        written = dict(self._values)
        while True:
            await self._wake.wait()
            self._wake.clear()
            if self._missed and not await self._asked():
                await asyncio.sleep(RETRY_INTERVAL_S)
                self._wake.set()
            if self._values != written:
                written = dict(self._values)
                await asyncio.to_thread(_write, self._file, written)

    def _appeared(self, present: bool) -> None:
        self._missed = present
        self._wake.set()

    async def _asked(self) -> bool:
        """Read everything: changes may have been missed while one of us was away."""
        heard = self._heard
        try:
            values = await self._params.values(self._groups)
        except ApplianceError as error:
            log.debug("the parameters cannot be read now: %s", error)
            return False
        if heard != self._heard:
            return False  # a signal sent after this answer may have been handled before it
        self._missed = False
        self._take(values)
        return True

    def _signalled(self, _revision: int, values: dict[str, str], removed: list[str]) -> None:
        self._heard += 1
        kept = {
            name: value
            for name, value in self._values.items()
            if not any(_within(name, group) for group in removed)
        }
        mine = {
            name: value
            for name, value in values.items()
            if any(_within(name, group) for group in self._groups)
        }
        self._take(kept | mine)

    def _take(self, values: dict[str, str]) -> None:
        if values != self._values:
            self._values = values
            self._changed(values)
            self._wake.set()


def _within(name: str, group: str) -> bool:
    return name == group or name.startswith(group + ".")


def _read(file: Path) -> dict[str, str]:
    try:
        return msgspec.json.decode(file.read_bytes(), type=dict[str, str])
    except FileNotFoundError:
        return {}
    except (msgspec.DecodeError, UnicodeDecodeError, OSError) as error:
        log.warning("%s cannot be read (%s), using defaults", file.name, error)
        return {}


def _write(file: Path, values: dict[str, str]) -> None:
    try:
        replace_file(file, msgspec.json.encode(values))
    except OSError as error:
        log.warning("%s cannot be written (%s), ignoring", file.name, error)
