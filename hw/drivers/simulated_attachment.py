"""Whether the simulated sound card is there."""

from contextlib import AbstractContextManager
from typing import Final

from common.paths import shared_runtime_dir
from hw.sim.fifo import MICROPHONE_FIFO, SPEAKER_FIFO, far_end_held

_FIFOS: Final = {"c8210_speaker": SPEAKER_FIFO, "c8210_microphone": MICROPHONE_FIFO}


def attached(device: str) -> AbstractContextManager[None]:
    """Hold the far end of a simulated device while it is opened."""
    return far_end_held(shared_runtime_dir() / "sim" / _FIFOS[device])
