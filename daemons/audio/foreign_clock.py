"""Live PCM on somebody else's clock: resampled by a little, steered by how full the buffer is.

The sender sends when its own clock says so, which runs a few parts in a million faster or slower than the sound
card's. The buffer between them would run over or dry; instead the sound is played that little bit faster or slower.
"""

import socket
from typing import Final

import numpy as np
import soxr

from common.pcm import PERIOD_FRAMES, PcmReceiver
from daemons.audio.sources import SAMPLE_RATE_HZ, Samples

_WIDEST_RATIO: Final = 1.01
_LARGEST_CORRECTION: Final = 0.005

# A loop of the second order, critically damped, that settles in about half a minute.
_NATURAL_FREQUENCY: Final = 0.1
_PER_FRAME: Final = 2 * _NATURAL_FREQUENCY / SAMPLE_RATE_HZ
_PER_FRAME_SECOND: Final = _NATURAL_FREQUENCY**2 / SAMPLE_RATE_HZ
_SMOOTHING_S: Final = 1.0

# A sender that never pauses must not keep the engine's thread: what it has more waits in its socket.
_MOST_PACKETS: Final = 8

# An age beyond this says that the sender is late, or that somebody set the wall clock.
_OLDEST_S: Final = 2 * PERIOD_FRAMES / SAMPLE_RATE_HZ


class ClockFollower:
    """A buffer filled by one clock and emptied by another, which stays about as full as it should be."""

    def __init__(self, target_frames: int, most_frames: int | None = None) -> None:
        """Of more than `most_frames` at once all but the target is dropped; by default that is late and rare."""
        self._target = target_frames
        self._most = most_frames or 4 * target_frames + SAMPLE_RATE_HZ // 10
        self._resampler = soxr.ResampleStream(
            SAMPLE_RATE_HZ * _WIDEST_RATIO, SAMPLE_RATE_HZ, 1, dtype="float32", vr=True
        )
        self._resampler.set_io_ratio(SAMPLE_RATE_HZ, SAMPLE_RATE_HZ, 0)
        self._store: Samples = np.zeros(self._most + 2 * PERIOD_FRAMES, dtype=np.float32)
        self._fill = 0
        self._smooth_excess = 0.0
        self._offset = 0.0
        self._flowing = False
        self._ended = False
        self.correction = 0.0
        self.dropped_frames = 0

    @property
    def fill_frames(self) -> int:
        """How much waits to be played."""
        return self._fill

    def push(self, samples: Samples) -> None:
        """Take what the sender sent; what is far too much is dropped, oldest first."""
        self._store_up(self._resampler.resample_chunk(samples))

    def end(self) -> None:
        """Nothing comes any more: the rest is played out whatever there is of it."""
        self._store_up(self._resampler.resample_chunk(np.zeros(0, dtype=np.float32), last=True))
        self._ended = True

    def pull(self, buffer: Samples, since_last_s: float) -> int:
        """Give the next samples; after running dry, none before the buffer is as full as it should be.

        `since_last_s` is the age of the packet that came last: what the sender has recorded since counts as well.
        Without it the fill would be known in whole packets only.
        """
        wanted = len(buffer)
        if not self._flowing and self._fill >= self._target + wanted:
            self._flowing = True
            self._smooth_excess = 0.0
        if self._ended:
            wanted = min(wanted, self._fill)
        elif not self._flowing or self._fill < wanted:
            self._flowing = False
            return 0
        else:
            self._steer(wanted, since_last_s)
        buffer[:wanted] = self._store[:wanted]
        self._drop(wanted)
        return wanted

    def _steer(self, frames: int, since_last_s: float) -> None:
        seconds = frames / SAMPLE_RATE_HZ
        under_way = min(max(since_last_s, 0.0), _OLDEST_S) * SAMPLE_RATE_HZ
        excess = self._fill - frames + under_way - self._target - PERIOD_FRAMES / 2
        self._smooth_excess += (excess - self._smooth_excess) * seconds / _SMOOTHING_S
        self._offset += self._smooth_excess * seconds * _PER_FRAME_SECOND
        self._offset = _clamp(self._offset)
        self.correction = _clamp(self._offset + self._smooth_excess * _PER_FRAME)
        self._resampler.set_io_ratio(
            SAMPLE_RATE_HZ * (1.0 + self.correction), SAMPLE_RATE_HZ, PERIOD_FRAMES
        )

    def _store_up(self, samples: Samples) -> None:
        too_many = self._fill + len(samples) - self._most
        if too_many > 0:
            surplus = min(self._fill, self._fill + len(samples) - self._target)
            self._drop(surplus)
            self.dropped_frames += surplus
            samples = samples[-self._most :]
        self._store[self._fill : self._fill + len(samples)] = samples
        self._fill += len(samples)

    def _drop(self, frames: int) -> None:
        self._fill -= frames
        self._store[: self._fill] = self._store[frames : frames + self._fill]


class ForeignClockSource:
    """Plays PCM whose sender keeps a pace of its own, such as a call or a network stream."""

    live: Final = True
    duration_frames: Final = None

    def __init__(
        self,
        end: socket.socket,
        target_frames: int = 3 * PERIOD_FRAMES,
        most_frames: int | None = None,
    ) -> None:
        """Own the socket; keep about `target_frames` waiting, against the sender's jitter, and never `most_frames`."""
        self._receiver = PcmReceiver(end, stamped=True)
        self._arrived: Samples = np.frombuffer(self._receiver.payload, dtype=np.float32)
        self._follower = ClockFollower(target_frames, most_frames)
        self._ended = False

    @property
    def finished(self) -> bool:
        """Whether the sender has closed and everything was played."""
        return self._ended and self._follower.fill_frames == 0

    @property
    def failure(self) -> str | None:
        """What was wrong with what arrived."""
        return self._receiver.fault

    def read_into(self, buffer: Samples) -> int:
        """Take what has arrived, and give what is due."""
        for _ in range(_MOST_PACKETS):
            if self._ended:
                break
            frames = self._receiver.receive()
            if frames is None:
                self._ended = True
                self._follower.end()
            elif frames == 0:
                break
            else:
                self._follower.push(self._arrived[:frames])
        return self._follower.pull(buffer, self._receiver.age_s)

    def close(self) -> None:
        """Close; the sender finds out with its next packet."""
        self._receiver.close()


def _clamp(correction: float) -> float:
    return max(-_LARGEST_CORRECTION, min(_LARGEST_CORRECTION, correction))
