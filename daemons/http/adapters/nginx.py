"""Tests configurations of the web server with the web server itself, and installs the good ones."""

import asyncio
import errno
import logging
import re
import socket
import tempfile
from pathlib import Path

from common.errors import InvalidValue, Unavailable
from common.files import replace_file
from common.reload import Ask
from daemons.http import params
from daemons.http.front import Place, candidate, configuration
from daemons.http.settings import Settings

log = logging.getLogger(__name__)

TEST_TIMEOUT_S = 8.0
_PROGRAM = "nginx"
_COMPLAINT = re.compile(r"\[emerg\] [0-9#]+: (.*?)(?: in [^ ]+:[0-9]+)?$", re.MULTILINE)
_NO_CIPHER = "no cipher match"


class Nginx:
    """The web server's configuration file."""

    def __init__(self, place: Place, installed: Path, ask_reload: Ask = lambda: None) -> None:
        """`ask_reload` has the web server load it again."""
        self._place = place
        self._installed = installed
        self._ask_reload = ask_reload

    async def check(self, settings: Settings) -> None:
        """Raise `InvalidValue`, with the reason, when the web server would not take these settings."""
        folder = await asyncio.to_thread(tempfile.TemporaryDirectory, dir=self._installed.parent)
        try:
            path = Path(folder.name)
            text = candidate(settings, self._place, path)
            await asyncio.to_thread((path / "nginx.conf").write_text, text)
            await _test(path)
        finally:
            await asyncio.to_thread(folder.cleanup)

    async def install(self, settings: Settings) -> None:
        """Put the configuration for these settings in place, once it has been found good."""
        await self.check(settings)
        text = configuration(settings, self._place).encode()
        if not self._installed.exists() or self._installed.read_bytes() != text:
            await asyncio.to_thread(replace_file, self._installed, text, 0o644)
            self._ask_reload()
            log.info("the web server has a new configuration")


async def _test(folder: Path) -> None:
    try:
        process = await asyncio.create_subprocess_exec(
            *(_PROGRAM, "-t", "-q", "-e", "stderr", "-p", str(folder)),
            *("-c", str(folder / "nginx.conf")),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
    except FileNotFoundError:
        raise Unavailable("the web server nginx is not installed") from None
    try:
        async with asyncio.timeout(TEST_TIMEOUT_S):
            _out, said = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise Unavailable("the web server did not test its configuration in time") from None
    if process.returncode != 0:
        raise InvalidValue(_reason(said.decode(errors="replace")))


def _reason(said: str) -> str:
    if _NO_CIPHER in said:
        return "names no cipher that the web server knows"
    complaint = _COMPLAINT.search(said)
    return complaint[1] if complaint else "the web server refuses it"


def port_problems(settings: Settings, before: Settings) -> dict[str, str]:
    """Return which new ports cannot be, name -> reason."""
    if settings.https_enabled and settings.http_port == settings.https_port:
        return dict.fromkeys(
            (params.HTTP_PORT.name, params.HTTPS_PORT.name),
            "must not be the port of the other protocol",
        )
    ours = {before.http_port, before.https_port}
    return {
        parameter.name: f"{port} is taken by another service"
        for parameter, port in (
            (params.HTTP_PORT, settings.http_port),
            (params.HTTPS_PORT, settings.https_port),
        )
        if port not in ours and _is_taken(port)
    }


def _is_taken(port: int) -> bool:
    """Whether something else listens there, as far as we can see: the daemon itself may have no network."""
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("", port))
    except OSError as error:
        return error.errno == errno.EADDRINUSE
    return False
