"""The process that knows cryptography, started for each request; and the certificates that nobody has installed."""

import asyncio
import logging
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from common.certificates import LONGEST_ALIAS, OWN, Certificate
from common.errors import ApplianceError, HardwareFault, InvalidValue
from common.paths import LIBRARY
from daemons.system.certificates import work

log = logging.getLogger(__name__)

WORK_TIMEOUT_S = 35.0
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
"""Whom the unit trusts from the start, as Debian keeps it."""
_COMMON_NAME = re.compile(r"(?:^|,)(?:CN|O)=((?:[^,\\]|\\.)+)")


class WorkerProcess:
    """One process for each request, and not two at a time."""

    def __init__(self) -> None:
        self._one_at_a_time = asyncio.Lock()

    async def __call__(self, request: work.Request) -> work.Answer:
        """Return the answer; raises `InvalidValue` for what was refused."""
        async with self._one_at_a_time:
            answer = await self._asked(request)
        if answer.refusal:
            raise InvalidValue(answer.refusal)
        return answer

    async def _asked(self, request: work.Request) -> work.Answer:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-P", "-m", "daemons.system.certificates.worker"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={"PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONPATH": str(LIBRARY)},
        )
        try:
            async with asyncio.timeout(WORK_TIMEOUT_S):
                said, _ = await process.communicate(msgspec.json.encode(request))
        except TimeoutError:
            raise InvalidValue("it takes too long to read this") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode != 0:
            raise HardwareFault(f"the certificate cannot be handled (exit {process.returncode})")
        return msgspec.json.decode(said, type=work.Answer)


class FixedCertificates:
    """The unit's own, read anew when its file is another one, and those of the system."""

    def __init__(
        self, worker: WorkerProcess, own_file: Path, authorities: Path = AUTHORITIES
    ) -> None:
        self._worker = worker
        self._own_file = own_file
        self._authorities = authorities
        self._own: tuple[str, Certificate] | None = None
        self._surveyed: tuple[int, list[Certificate]] | None = None

    async def own(self) -> Certificate | None:
        """Return the one of the web server."""
        try:
            text = self._own_file.read_text()
            if self._own is None or self._own[0] != text:
                found = (await self._worker(work.Read(text))).found[0]
                certificate = Certificate(
                    OWN,
                    "client",
                    found.certificate,
                    found.details,
                    removable=False,
                    used_by=("the web server",),
                )
                self._own = (text, certificate)
        except (OSError, UnicodeDecodeError, ApplianceError) as error:
            log.warning("the unit's own certificate cannot be read: %s", error)
            return None
        return self._own[1]

    async def preinstalled(self) -> Sequence[Certificate]:
        """Return those of the authorities that the system brings along."""
        try:
            made_ns = self._authorities.stat().st_mtime_ns
        except OSError:
            return []
        if self._surveyed is None or self._surveyed[0] != made_ns:
            found = (await self._worker(work.Survey(str(self._authorities)))).found
            self._surveyed = (made_ns, _named(found))
        return self._surveyed[1]


def _named(found: Sequence[work.Found]) -> list[Certificate]:
    known: dict[str, Certificate] = {}
    for each in found:
        match = _COMMON_NAME.search(each.details.subject)
        name = re.sub(r"[^A-Za-z0-9.~-]+", "_", match[1] if match else "authority").strip("._")
        alias = name[: LONGEST_ALIAS - 4] or "authority"
        number = 1
        while alias in known:
            number += 1
            alias = f"{name[: LONGEST_ALIAS - 4]}-{number}"
        known[alias] = Certificate(
            alias, "authority", each.certificate, each.details, removable=False
        )
    return sorted(known.values(), key=lambda each: each.alias.lower())
