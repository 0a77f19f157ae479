"""One self test from its first to its last sample: play, record beside it, evaluate."""

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

from common.pcm import PlaybackSender
from daemons.audio.selftest import response, signals
from daemons.audio.selftest.intelligibility import speech_transmission_index
from daemons.audio.selftest.protocol import Failed, Measured, Message, PathFound, Progress, Ready
from daemons.audio.selftest.recording import Recorder, frames_between
from daemons.audio.selftest.signals import RATE_HZ, Plan

Signal = npt.NDArray[np.float64]

LEAD_S: Final = 0.1
"""By how much what is written may be ahead of what is rendered, at most."""
_INPUT_START_S: Final = 10.0
_CHUNK_FRAMES: Final = RATE_HZ // 10
_PROGRESS_CHUNKS: Final = 5
_FULL_SCALE: Final = 0.999
_SILENT_DBFS: Final = -200.0


def warm_up() -> None:
    """Make numpy load what it loads late: where nothing can be opened any more it could not."""
    sweep = signals.sweep(0.5)
    response.measure([(sweep, sweep)], 0.1)
    sound = signals.speech(2.0)
    speech_transmission_index(sound, sound)


class _NothingToEvaluate(Exception):
    pass


class Performance:
    """Plays a plan and says what came of it."""

    def __init__(
        self,
        plan: Plan,
        sender: PlaybackSender,
        recorder: Recorder,
        tell: Callable[[Message], None],
    ) -> None:
        self._plan = plan
        self._sender = sender
        self._recorder = recorder
        self._tell = tell
        self._written = 0
        self._lost = 0
        self._overloaded = False
        self._sweep = np.concatenate((signals.sweep(plan.sweep_s), signals.silence(plan.rest_s)))
        speech_s = plan.settle_s + plan.speech_s
        self._speech = np.concatenate((signals.speech(speech_s), signals.silence(plan.tail_s)))

    def perform(self) -> Message:
        """Do it all, with a recorder that runs. Raises `Unavailable` when the playback is stopped from outside."""
        try:
            return self._perform()
        except _NothingToEvaluate as reason:
            return Failed(str(reason))
        finally:
            self._recorder.stop()
            self._sender.close(play_out=False)

    def _perform(self) -> Message:
        if not self._recorder.wait_until_heard(1, _INPUT_START_S):
            raise _NothingToEvaluate("the audio input gives no sound")
        self._tell(Ready())
        self._write(signals.silence(self._plan.quiet_s))
        begins = [self._write(self._sweep) for _ in range(self._plan.sweeps)]
        shift = self._evaluable(begins[-1] + len(self._sweep))
        sweeps = [(self._played(begin), self._heard(begin, shift)) for begin in begins]
        whole = [
            pair for begin, pair in zip(begins, sweeps, strict=True) if self._is_whole(begin, shift)
        ]
        if not whole:
            raise _NothingToEvaluate(
                "parts of the recording were lost, as the unit is busy: try again"
            )
        found = response.measure(whole, self._plan.rest_s - LEAD_S)
        quiet = round((self._plan.quiet_s - 0.2) * RATE_HZ)
        levels = {
            "played_dbfs": _level_dbfs(np.concatenate([played for played, _heard in whole])),
            "heard_dbfs": _level_dbfs(np.concatenate([heard for _played, heard in whole])),
            "noise_dbfs": _level_dbfs(
                self._recorder.heard.cut(begins[0] + int(shift) - quiet, quiet)
            ),
        }
        path = None
        if found is not None:
            path = PathFound(
                delay_s=found.delay_s - (shift % 1) / RATE_HZ,
                level_db=found.level_db,
                response=list(found.response),
                sti=self._intelligibility(found.delay_s),
            )
        return Measured(path=path, overloaded=self._overloaded, lost_frames=self._lost, **levels)

    def _write(self, samples: signals.Samples) -> int:
        """Play samples; returns a position in what was played that is before the first of them."""
        begin = self._recorder.played.end
        total = self._plan.total_s * RATE_HZ
        for number, first in enumerate(range(0, len(samples), _CHUNK_FRAMES)):
            chunk = samples[first : first + _CHUNK_FRAMES]
            self._sender.write(chunk.data)
            self._written += len(chunk)
            if number % _PROGRESS_CHUNKS == 0:
                self._tell(Progress(min(self._written / total, 1.0)))
            if self._recorder.broken.is_set():
                raise _NothingToEvaluate("the audio input has stopped")
        return begin

    def _evaluable(self, played_to: int) -> float:
        """Wait until what was played has been heard; returns how positions of the one become those of the other."""
        shift = frames_between(self._recorder.played, self._recorder.heard)
        if shift is None or not self._recorder.wait_until_heard(played_to + int(shift), 2.0):
            raise _NothingToEvaluate("the audio input gives too little sound")
        return shift

    def _played(self, begin: int) -> Signal:
        return self._recorder.played.cut(begin, len(self._sweep))

    def _heard(self, begin: int, shift: float) -> Signal:
        sound = self._recorder.heard.cut(begin + int(np.floor(shift)), len(self._sweep))
        self._overloaded |= bool(np.max(np.abs(sound)) >= _FULL_SCALE)
        return sound

    def _is_whole(self, begin: int, shift: float) -> bool:
        frames = len(self._sweep)
        gaps = self._recorder.played.gaps(begin, frames)
        gaps += self._recorder.heard.gaps(begin + int(np.floor(shift)), frames)
        self._lost += sum(last - first for first, last in gaps)
        return not gaps

    def _intelligibility(self, delay_s: float) -> float:
        begin = self._write(self._speech)
        begin += round((LEAD_S + self._plan.settle_s) * RATE_HZ)
        frames = round((self._plan.speech_s - LEAD_S) * RATE_HZ)
        delay = round(delay_s * RATE_HZ)
        shift = int(self._evaluable(begin + frames + delay)) + delay
        played = self._recorder.played.cut(begin, frames)
        heard = self._recorder.heard.cut(begin + shift, frames)
        self._overloaded |= bool(np.max(np.abs(heard)) >= _FULL_SCALE)
        gaps = self._recorder.played.gaps(begin, frames)
        gaps += self._recorder.heard.gaps(begin + shift, frames)
        for first, last in gaps:
            # From both, so that what was lost is no modulation of its own.
            played[first:last] = heard[first:last] = 0
            self._lost += last - first
        return speech_transmission_index(played, heard)


def _level_dbfs(sound: Signal) -> float:
    power = float(np.mean(sound**2)) if len(sound) else 0.0
    return max(10 * float(np.log10(power)) if power > 0 else _SILENT_DBFS, _SILENT_DBFS)
