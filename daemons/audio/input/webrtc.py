"""Echo canceller, noise suppression and gain control: WebRTC's audio processing, loaded when one is first needed.

Each is an instance of its own, so that switching one leaves what the others have learnt.
"""

from enum import Enum
from typing import Final

import numpy as np
from livekit.rtc.apm import AudioProcessingModule
from livekit.rtc.audio_frame import AudioFrame

from common.pcm import PERIOD_FRAMES, SAMPLE_RATE_HZ
from daemons.audio.sources import Samples

_FULL_SCALE: Final = np.float32(32_768)


class Kind(Enum):
    """What can be done, in the order in which it is."""

    ECHO_CANCELLATION = "echo cancellation"
    NOISE_SUPPRESSION = "noise suppression"
    AUTOMATIC_GAIN = "automatic gain control"


class WebRtc:
    """One kind of it; sound goes through it period by period, in 16 bits."""

    def __init__(self, kind: Kind) -> None:
        self._needs_reference = kind is Kind.ECHO_CANCELLATION
        self._module = AudioProcessingModule(
            echo_cancellation=kind is Kind.ECHO_CANCELLATION,
            noise_suppression=kind is Kind.NOISE_SUPPRESSION,
            # What is below speech is echo or noise nobody can hear; the gain control leaves it as it is.
            high_pass_filter=kind is not Kind.AUTOMATIC_GAIN,
            auto_gain_control=kind is Kind.AUTOMATIC_GAIN,
        )
        self._captured = _Frame()
        self._played = _Frame()

    def process(self, block: Samples, reference: Samples) -> Samples:
        """Return the period as it comes out, a few ms later; `reference` is what the speaker plays."""
        if self._needs_reference:
            self._played.fill(reference)
            self._module.process_reverse_stream(self._played.frame)
        self._captured.fill(block)
        self._module.process_stream(self._captured.frame)
        return self._captured.samples()


class _Frame:
    """A period in the library's form."""

    def __init__(self) -> None:
        memory = bytearray(2 * PERIOD_FRAMES)
        self.frame = AudioFrame(memory, SAMPLE_RATE_HZ, 1, PERIOD_FRAMES)
        self._values = np.frombuffer(self.frame.data, dtype=np.int16)

    def fill(self, block: Samples) -> None:
        """Put a period in, rounded to 16 bits."""
        scaled = np.rint(block * _FULL_SCALE)
        np.clip(scaled, -32_768, 32_767, out=scaled)
        self._values[:] = scaled

    def samples(self) -> Samples:
        """Return what is in it."""
        return self._values.astype(np.float32) / _FULL_SCALE
