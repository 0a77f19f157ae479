"""Recordings of the audio input around a moment, as the rest of the daemon asks for them (M-BTW-05).

The recorder behind them is there only while a rule needs it and the audio input is on. With it goes what it has heard:
of an input that was switched off nothing is kept.
"""

import asyncio
import contextlib
import itertools
import logging
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from common.bus.audio import AudioInterface
from common.bus.connection import Connection
from common.bus.suite import AUDIO
from common.clock import SystemClock, wall_time
from common.errors import ApplianceError, Conflict, InvalidValue, StorageFull, Unavailable
from common.params.client import ParamsClient
from daemons.events.recording import protocol
from daemons.events.recording.cut import LONGEST_POST_S, LONGEST_PRE_S
from daemons.events.recording.formats import DEFAULT, format_of
from daemons.events.recording.process import RecorderProcess, started
from daemons.events.recording.protocol import Report

log = logging.getLogger(__name__)

INPUT_SWITCH: Final = "AudioSource.A0.AudioSupport"
MOST_AT_ONCE: Final = 16
_CLOCK: Final = SystemClock()
_TAP: Final = "input"
_LONGEST_TITLE: Final = 128
_START_S: Final = 10.0
_LATE_S: Final = 60.0
"""How long after its last sample a recording may be finished on a slow disk."""
_CAPTURE_RETRY_S: Final = 0.2
_FIRST_RESTART_S: Final = 0.2
_LAST_RESTART_S: Final = 5.0
_LIVED_LONG_S: Final = 10.0


@dataclass(frozen=True, eq=False)
class Ongoing:
    """A recording that is being made."""

    job: int
    outcome: asyncio.Future[Path | ApplianceError]


class Recordings:
    """Sound files around moments; the sound before them is ready in memory."""

    def __init__(self, connection: Connection, folder: Path) -> None:
        """Files are put into `folder`, which is nobody else's; whoever asked for one moves or removes it.

        What lies there when the daemon starts is removed: nobody who asked for it is there any more.
        """
        self._params = ParamsClient(connection)
        self._audio = connection.proxy(AudioInterface, AUDIO)
        self._folder = folder
        self._pre_s: float | None = None
        self._on: bool | None = None
        """Whether the audio input is switched on; None as long as nobody has told."""
        self._wanted_changed = asyncio.Event()
        self._process: RecorderProcess | None = None
        self._deaf = asyncio.Event()
        """The recorder needs another capture."""
        self._hearing = asyncio.Event()
        """The recorder has sound, though perhaps none at this moment."""
        self._numbers = itertools.count(1)
        self._ongoing: dict[int, Ongoing] = {}
        self._fault = ""

    # --- for the rest of the daemon --------------------------------------------------------------

    def set_needed(self, longest_pre_s: float | None) -> None:
        """Be ready for recordings that begin up to so long before their moment (0..60 s); None where no rule has any.

        What is being recorded goes on.
        """
        if longest_pre_s is not None:
            _check("time before", longest_pre_s, LONGEST_PRE_S)
        self._pre_s = longest_pre_s
        self._wanted_changed.set()
        if self._process is not None:
            self._keep_enough(self._process)

    async def record(
        self, pre_s: float, post_s: float, at: float, format_: str = DEFAULT, title: str = ""
    ) -> Path:
        """Write what is heard from `pre_s` before to `post_s` after `at` (seconds since 1970); return the file.

        Returns once all of it was heard. Where something could not be heard there is silence, and where the memory
        does not reach back so far the file begins later; its comment says so. `title` is the rule's name.
        InvalidValue for a duration or format that there is not, Conflict while 16 are being made, Unavailable while
        the input is off or cannot be heard, StorageFull.
        """
        _check("time after", post_s, LONGEST_POST_S)
        if pre_s + post_s == 0:
            raise InvalidValue("a recording needs some time before or after the event")
        return await self._outcome(await self._begin(pre_s, post_s, at, format_, title), post_s)

    async def start(
        self, pre_s: float, at: float, format_: str = DEFAULT, title: str = ""
    ) -> Ongoing:
        """Begin a recording that goes on until `finish` or `abandon`, 600 s at most; else as `record`."""
        return await self._begin(pre_s, None, at, format_, title)

    async def finish(self, ongoing: Ongoing, post_s: float, at: float) -> Path:
        """Let it end `post_s` after `at`; else as `record`."""
        _check("time after", post_s, LONGEST_POST_S)
        if self._process is not None and ongoing.job in self._ongoing:
            self._process.tell(protocol.Finish(ongoing.job, _monotonic(at), post_s))
        return await self._outcome(ongoing, post_s)

    def abandon(self, ongoing: Ongoing) -> None:
        """Let nothing be left of a recording that is still being made."""
        if self._ongoing.pop(ongoing.job, None) is None:
            return
        self._wanted_changed.set()
        if self._process is not None:
            with contextlib.suppress(Unavailable):  # nothing is left then, either
                self._process.tell(protocol.Abandon(ongoing.job))

    async def run(self) -> None:
        """Have the recorder there while it is wanted, until cancelled."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left in self._folder.iterdir():
            left.unlink()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow_switch(), name="switch of the audio input")
            await self._keep()

    # --- one recording ---------------------------------------------------------------------------

    async def _begin(
        self, pre_s: float, post_s: float | None, at: float, format_: str, title: str
    ) -> Ongoing:
        _check("time before", pre_s, LONGEST_PRE_S)
        format_of(format_)
        plain = "".join(filter(str.isprintable, title))[:_LONGEST_TITLE]
        moment = _monotonic(at)
        process = await self._ready()
        if len(self._ongoing) >= MOST_AT_ONCE:
            raise Conflict(f"{MOST_AT_ONCE} recordings are being made already")
        job = next(self._numbers)
        process.tell(protocol.Record(job, moment, pre_s, post_s, format_, plain))
        ongoing = Ongoing(job, asyncio.get_running_loop().create_future())
        self._ongoing[job] = ongoing
        return ongoing

    async def _ready(self) -> RecorderProcess:
        """Wait for a recorder that has sound."""
        if self._wanted():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_START_S):
                    await self._hearing.wait()
        if self._process is None or not self._hearing.is_set():
            raise Unavailable(self._why_not())
        return self._process

    async def _outcome(self, ongoing: Ongoing, post_s: float) -> Path:
        try:
            async with asyncio.timeout(post_s + _LATE_S):
                outcome = await ongoing.outcome
        except TimeoutError:
            if self._process is not None:
                self._process.kill()
            raise Unavailable("the recorder does not answer any more") from None
        finally:
            self.abandon(ongoing)
        if isinstance(outcome, ApplianceError):
            raise outcome
        return outcome

    def _end(self, job: int, outcome: Path | ApplianceError) -> None:
        ongoing = self._ongoing.pop(job, None)
        self._wanted_changed.set()
        if ongoing is not None and not ongoing.outcome.done():
            ongoing.outcome.set_result(outcome)
        elif isinstance(outcome, Path):  # abandoned at the last moment
            outcome.unlink(missing_ok=True)

    def _why_not(self) -> str:
        if self._on is None:
            return "it is not known yet whether the audio input is on"
        if not self._on:
            return "the audio input is off"
        if self._pre_s is None:
            return "no rule needs recordings"
        return self._fault or "the audio input cannot be heard"

    # --- the process -----------------------------------------------------------------------------

    def _wanted(self) -> bool:
        return self._on is True and (self._pre_s is not None or bool(self._ongoing))

    async def _follow_switch(self) -> None:
        while True:
            await self._params.wait()
            try:
                self._switched(await self._params.watch([INPUT_SWITCH], self._switched))
            except ApplianceError as error:  # it was there a moment ago
                log.debug("the parameters cannot be read now: %s", error.message)
            else:
                return

    def _switched(self, values: Mapping[str, str], _removed: frozenset[str] = frozenset()) -> None:
        self._on = values.get(INPUT_SWITCH) == "yes"
        self._wanted_changed.set()
        # At once, that nothing is kept should it be on again in the next moment.
        if not self._on and self._process is not None:
            self._process.kill()

    async def _keep(self) -> None:
        restart_s = _FIRST_RESTART_S
        while True:
            while not self._wanted():
                self._wanted_changed.clear()
                await self._wanted_changed.wait()
            begun = time.monotonic()
            await self._live_once()
            if not self._wanted() or time.monotonic() - begun > _LIVED_LONG_S:
                restart_s = _FIRST_RESTART_S
            if self._wanted():
                log.warning("the recorder is gone, starting it again in %g s", restart_s)
                await asyncio.sleep(restart_s)
                restart_s = min(restart_s * 2, _LAST_RESTART_S)

    async def _live_once(self) -> None:
        """Run one process until it dies or nobody wants it any more."""
        try:
            async with started(self._folder) as process:
                try:
                    await self._live_with(process)
                finally:
                    self._process = None
                    self._hearing.clear()
                    self._deaf.clear()
        except Unavailable as error:
            self._fault = error.message
            log.warning("%s", error.message)
        finally:
            reason = "the recorder has died" if self._on else "the audio input is off"
            for job in list(self._ongoing):
                self._end(job, Unavailable(reason))

    async def _live_with(self, process: RecorderProcess) -> None:
        self._process = process
        self._keep_enough(process)
        async with asyncio.TaskGroup() as tasks:
            living = [
                tasks.create_task(self._take_reports(process), name="recorder reports"),
                tasks.create_task(self._supply(process), name="recorder capture"),
                tasks.create_task(self._until_unwanted(), name="recorder wanted"),
            ]
            await asyncio.wait(living, return_when=asyncio.FIRST_COMPLETED)
            for task in living:
                task.cancel()

    def _keep_enough(self, process: RecorderProcess) -> None:
        with contextlib.suppress(Unavailable):  # the next one is told when it starts
            process.tell(protocol.Keep(self._pre_s or 0.0))

    async def _until_unwanted(self) -> None:
        while self._wanted():
            self._wanted_changed.clear()
            await self._wanted_changed.wait()

    async def _supply(self, process: RecorderProcess) -> None:
        """Open a capture whenever the recorder needs one; returns when it takes none."""
        while True:
            await self._deaf.wait()
            self._deaf.clear()
            descriptor = await self._open_capture()
            try:
                process.tell(protocol.Hear(), descriptor)
            except Unavailable:
                return
            finally:
                os.close(descriptor)

    async def _open_capture(self) -> int:
        while True:
            try:
                return await self._audio.open_capture(_TAP)
            except ApplianceError as error:
                self._fault = error.message
                await asyncio.sleep(_CAPTURE_RETRY_S)

    async def _take_reports(self, process: RecorderProcess) -> None:
        async for report in process.reports():
            self._take(report)

    def _take(self, report: Report) -> None:
        match report:
            case protocol.Hearing():
                self._fault = ""
                self._hearing.set()
            case protocol.Deaf():
                self._deaf.set()
            case protocol.Lost():
                self._hearing.clear()
                log.warning(
                    "the audio input cannot be heard: the sound before an event is not kept"
                )
            case protocol.Done(job, name):
                self._end(job, self._folder / name)
            case protocol.Failed(job, reason, full):
                self._end(job, StorageFull(reason) if full else Unavailable(reason))


def _check(what: str, seconds: float, longest_s: float) -> None:
    if not 0 <= seconds <= longest_s:
        raise InvalidValue(f"the {what} must be 0 to {longest_s:g} s, not {seconds:g}")


def _monotonic(at: float) -> float:
    """Return the moment of a time in seconds since 1970; one that the clock cannot mean is now, or as old as may be."""
    moment = at - wall_time(_CLOCK, 0.0)
    now = _CLOCK.monotonic()
    return min(max(moment, now - LONGEST_PRE_S), now)
