"""What is done to the sound of the input, period by period.

Echo canceller, noise suppression, gain control, then gain and mute. Each can be switched at any time without a click.
"""

import importlib.util
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from common.pcm import PERIOD_FRAMES, PcmReceiver
from daemons.audio.gain import GainRamp
from daemons.audio.input.protocol import Configure
from daemons.audio.input.reference import Reference
from daemons.audio.input.stage import Processor, Stage
from daemons.audio.preload import preload
from daemons.audio.sources import Samples


def _load(step: str) -> Processor:
    library = importlib.util.find_spec("livekit.rtc")
    if library is not None and library.origin is not None:
        preload(Path(library.origin).parent / "resources" / "liblivekit_ffi.so")
    from daemons.audio.input.webrtc import Kind, WebRtc  # 30 MB: not before one is wanted

    return WebRtc(Kind[step.upper()])


class Chain:
    """The processing; `prepare` is called by one thread, everything else by the capture thread."""

    STEPS: Final = ("echo_cancellation", "noise_suppression", "automatic_gain")
    """In the order in which sound goes through them, by their names in `Configure`."""

    def __init__(
        self, report: Callable[[str], None], load: Callable[[str], Processor] = _load
    ) -> None:
        self._report = report
        self._load = load
        self._stages: Final = {step: Stage() for step in self.STEPS}
        self._wanted: dict[str, bool] = dict.fromkeys(self.STEPS, False)
        # Silent until it is told how loud: it may have been muted before it was started again.
        self._gain: Final = GainRamp(0.0, PERIOD_FRAMES)
        self._reference: Final = Reference()

    @property
    def quiet(self) -> bool:
        """Whether nothing that the speaker plays can be heard."""
        return self._reference.quiet

    def prepare(self, settings: Configure) -> Callable[[], None]:
        """Return what the capture thread carries out to live by other settings; what they need is built here.

        What cannot be built stays off, and `report` is told.
        """
        factor = 0.0 if settings.gain_db is None else float(10.0 ** (settings.gain_db / 20.0))
        switches: list[Callable[[], None]] = []
        for step, stage in self._stages.items():
            wanted = bool(getattr(settings, step))
            if wanted and not self._wanted[step]:
                processor = self._build(step)
                wanted = processor is not None
                if processor is not None:
                    switches.append(partial(stage.switch_on, processor))
            elif not wanted and self._wanted[step]:
                switches.append(stage.switch_off)
            self._wanted[step] = wanted

        def apply() -> None:
            self._gain.aim(factor, PERIOD_FRAMES)
            for switch in switches:
                switch()

        return apply

    def _build(self, step: str) -> Processor | None:
        try:
            return self._load(step)
        except Exception as error:  # a library that cannot be loaded must not take the input along
            self._report(f"no {step.replace('_', ' ')}: {error}")
            return None

    def set_reference(self, receiver: PcmReceiver) -> None:
        """Take what the speaker plays from `receiver`."""
        self._reference.connect(receiver)

    def process(self, raw: Samples) -> Samples:
        """Return the period as listeners hear it."""
        reference = self._reference.next()
        block = raw
        for stage in self._stages.values():
            block = stage.process(block, reference)
        if block is raw:
            block = raw.copy()
        self._gain.apply(block)
        np.clip(block, -1.0, 1.0, out=block)
        return block
