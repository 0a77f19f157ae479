"""Whether the version that runs does what it is for: bus, settings, web server, sound."""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Sequence
from typing import Any, Final

from common import pcm
from common.bus.audio import AudioInterface
from common.bus.connection import Connection
from common.bus.suite import AUDIO
from common.errors import ApplianceError, HardwareFault, Unavailable
from common.params.client import ParamsClient
from common.update import Check
from daemons.system.readiness import Readiness

PROBE_PERIODS: Final = 100
"""One second of silence: what is heard of it is that nothing is heard."""
PASSED_PERIODS: Final = 50
WORK_TIMEOUT_S: Final = 15.0
_SETTINGS = ("Properties.Firmware", "System", "HTTPS", "Network")


class UnitHealth:
    """Asks the parts of the unit."""

    def __init__(
        self,
        connection: Connection,
        params: ParamsClient,
        readiness: Readiness,
        *,
        has_loudspeaker: bool,
    ) -> None:
        """`has_loudspeaker` is whether the board has an output stage, so that silence is a fault of the version."""
        self._params = params
        self._readiness = readiness
        self._audio = connection.proxy(AudioInterface, AUDIO)
        self._has_loudspeaker = has_loudspeaker

    async def started(self) -> Sequence[Check]:
        """Return whether every daemon is there and the settings can be read."""
        return [
            await _check("daemons", self._daemons()),
            await _check("settings", self._settings()),
        ]

    async def whole(self) -> Sequence[Check]:
        """Return that, and whether the web server answers and sound passes."""
        checks = list(await self.started())
        checks.append(await _check("web server", self._web_server()))
        if self._has_loudspeaker:
            checks.append(await _check("sound", self._sound()))
        return checks

    async def _daemons(self) -> None:
        away = [name for name, there in self._readiness.daemons().items() if not there]
        if away:
            raise Unavailable(f"not there: {', '.join(away)}")

    async def _settings(self) -> None:
        values = await self._params.values(_SETTINGS)
        missing = [
            group for group in _SETTINGS if not any(name.startswith(group) for name in values)
        ]
        if missing:
            raise HardwareFault(f"cannot be read: {', '.join(missing)}")

    async def _web_server(self) -> None:
        values = await self._params.values(["HTTPS", "System.BoaPort"])
        scheme = "https" if values.get("HTTPS.Enabled") == "yes" else "http"
        port = (
            os.environ.get(f"C8210_{scheme.upper()}_PORT")
            or values["HTTPS.Port" if scheme == "https" else "System.BoaPort"]
        )
        probe = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "daemons.system.https_probe", scheme, port),
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(WORK_TIMEOUT_S):
                said, _ = await probe.communicate()
        finally:
            if probe.returncode is None:
                probe.kill()
                await probe.wait()
        if probe.returncode != 0:
            raise Unavailable(said.decode(errors="replace") or "it could not be asked")

    async def _sound(self) -> None:
        """Play silence, and see that the sound device takes it."""
        before = await self._engine()
        descriptor, _playback = await self._audio.open_playback("music", 0, "start-up check")
        sender = pcm.AsyncPlaybackSender(pcm.adopt(descriptor))
        try:
            async with asyncio.timeout(WORK_TIMEOUT_S):
                for _period in range(PROBE_PERIODS):
                    await sender.write(bytes(pcm.PERIOD_BYTES))
        finally:
            await sender.close(play_out=False)
        after = await self._engine()
        if after.get("device_lost") or after.get("device_stuck"):
            raise HardwareFault("the sound device is gone")
        passed = int(after["periods"]) - int(before["periods"])
        if passed < PASSED_PERIODS:
            raise HardwareFault(f"only {passed} of {PROBE_PERIODS} periods came through")

    async def _engine(self) -> dict[str, Any]:
        status: dict[str, Any] = json.loads(await self._audio.status())
        return status


async def _check(name: str, work: Awaitable[None]) -> Check:
    try:
        await work
    except ApplianceError as error:
        return Check(name, False, error.message)
    except TimeoutError:
        return Check(name, False, "it takes too long")
    return Check(name, True)
