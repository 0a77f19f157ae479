"""Keeps the web server's configuration in step with the parameters."""

import asyncio
import logging
from collections.abc import Mapping

from common.errors import ApplianceError, InvalidValue
from daemons.http.adapters.nginx import Nginx, port_problems
from daemons.http.settings import LiveSettings, Settings

log = logging.getLogger(__name__)

RETRY_S = 1.0


class WebServer:
    """What the web server is told, and when."""

    def __init__(self, nginx: Nginx, settings: LiveSettings) -> None:
        self._nginx = nginx
        self._settings = settings
        self._changed = asyncio.Event()

    def settings_changed(self) -> None:
        """Have the configuration made anew."""
        self._changed.set()

    async def refused(self, changes: Mapping[str, str]) -> dict[str, str]:
        """Return which of `changes` the web server could not live with, name -> reason."""
        wanted = self._settings.with_changes(changes)
        problems = port_problems(wanted, self._settings.now)
        if not problems:
            try:
                await self._nginx.check(wanted)
            except InvalidValue as error:
                return dict.fromkeys(changes, error.message)
        return {name: reason for name, reason in problems.items() if name in changes}

    async def follow(self) -> None:
        """Install a configuration now and after each change, for ever."""
        while True:
            self._changed.clear()
            settings: Settings = self._settings.now
            try:
                await self._nginx.install(settings)
            except (ApplianceError, OSError) as error:
                log.error("the web server keeps its configuration: %s", error)
                await asyncio.sleep(RETRY_S)
                if not self._changed.is_set() and isinstance(error, InvalidValue):
                    await self._changed.wait()
                continue
            await self._changed.wait()
