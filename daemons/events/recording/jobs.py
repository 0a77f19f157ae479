"""The recordings at work, in a thread of their own: sound that is heard meanwhile waits in memory."""

import errno
import os
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from common.clock import SystemClock, wall_time
from common.pcm import SAMPLE_RATE_HZ
from daemons.events.recording.cut import Cut, frames_of
from daemons.events.recording.formats import FORMATS
from daemons.events.recording.heard import Heard
from daemons.events.recording.protocol import Done, Failed, Finish, Record, Report
from daemons.events.recording.sound_file import SoundFile

_TURN_S: Final = 0.2
_HELD_BACK: Final = 2 * SAMPLE_RATE_HZ
"""What is not yet written of a recording that goes on: word of its end comes after the end."""
_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass
class _Job:
    order: Record
    cut: Cut
    start_s: float
    """The moment of its first frame, by the monotonic clock."""
    cursor: int
    """The frame that is written next."""
    file: SoundFile | None = None
    dropped: str = ""
    """Why it shall not go on."""


class Jobs:
    """Writes what was heard to files, as far as it was heard."""

    def __init__(self, heard: Heard, folder: Path, tell: Callable[[Report], None]) -> None:
        self._heard = heard
        self._folder = folder
        self._tell = tell
        self._jobs: dict[int, _Job] = {}
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._live, name="jobs", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def add(self, order: Record) -> None:
        """Begin a recording."""
        cut = self._heard.cut(order.at, order.pre_s, order.post_s) if self._heard.anything else None
        if cut is None:
            self._tell(Failed(order.job, "nothing was heard at the time to be recorded"))
            return
        start_s = self._heard.moment_of(cut.start)
        with self._changed:
            self._jobs[order.job] = _Job(order, cut, start_s, cut.start)
            self._changed.notify()

    def finish(self, order: Finish) -> None:
        """Let one end that goes on."""
        with self._changed:
            job = self._jobs.get(order.job)
            if job is not None and job.cut.open:
                job.cut.end(self._heard.frame_at(order.at), frames_of(order.post_s))

    def abandon(self, number: int) -> None:
        """Stop one and let nothing be left of it."""
        with self._changed:
            if number in self._jobs:
                self._jobs[number].dropped = "it was stopped"

    def abandon_all(self, reason: str) -> None:
        """Stop all."""
        with self._changed:
            for job in self._jobs.values():
                job.dropped = reason

    def _live(self) -> None:
        try:
            while True:
                with self._changed:
                    self._changed.wait(_TURN_S if self._jobs else None)
                    jobs = list(self._jobs.values())
                for job in jobs:
                    self._work_on(job)
        except Exception:
            traceback.print_exc()
            os._exit(1)  # another recorder does better than one that writes nothing

    def _work_on(self, job: _Job) -> None:
        number = job.order.job
        report: Done | Failed | None
        try:
            report = Failed(number, job.dropped) if job.dropped else self._write(job)
        except OSError as error:
            report = Failed(number, _reason(error), error.errno in _FULL)
        if report is None:
            return
        if isinstance(report, Failed) and job.file is not None:
            _discard(job.file)
        with self._changed:
            del self._jobs[number]
        self._tell(report)

    def _write(self, job: _Job) -> Done | None:
        """Write what there is; tell of the file once that is all."""
        if job.file is None:
            job.file = self._begun(job)
        while True:
            heard = self._heard.end
            with self._changed:
                last = job.cut.stop
                end = min(last, heard - _HELD_BACK if job.cut.open and heard < last else heard)
            if job.cursor >= end:
                break
            stop = min(end, job.cursor + SAMPLE_RATE_HZ)
            block, silences = self._heard.read(job.cursor, stop)
            job.cut.add_silences(silences)
            job.file.write(block)
            job.cursor = stop
        return Done(job.order.job, job.file.finish(job.cut.note())) if end == last else None

    def _begun(self, job: _Job) -> SoundFile:
        start = datetime.fromtimestamp(wall_time(SystemClock(), job.start_s), UTC)
        trigger_s = (job.cut.trigger - job.cut.start) / SAMPLE_RATE_HZ
        tags = {
            "title": job.order.title,
            "date": start.isoformat(timespec="milliseconds"),
            "creation_time": start.isoformat(),
            "TRIGGER_OFFSET": f"{trigger_s:.3f}",
        }
        return SoundFile(self._folder, f"{start:%Y%m%dT%H%M%SZ}", FORMATS[job.order.format], tags)


def _discard(file: SoundFile) -> None:
    try:
        file.discard()
    except OSError:
        traceback.print_exc()


def _reason(error: OSError) -> str:
    if error.errno in _FULL:
        return "no room is left for the recording"
    return f"the recording cannot be written: {error.strerror}"
