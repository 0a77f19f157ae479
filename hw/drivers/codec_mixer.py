"""The switches and volumes of a codec, by ALSA's mixer: which input the jack leads to, and everything else once.

Names are those of alsa-lib's simple mixer: the kernel's without ` Switch`, ` Volume`, ` Playback` and ` Capture`.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import alsaaudio

log = logging.getLogger(__name__)

RETRY_INTERVAL_S: Final = 1.0

Mixer = Callable[..., Any]


@dataclass(frozen=True)
class Switch:
    """A path through the codec, or a pin of the board; off saves its power, and a bias with it."""

    control: str
    on: bool = True

    def set(self, mixer: Any) -> None:
        """Set it."""
        mixer.setmute(int(not self.on))


@dataclass(frozen=True)
class CaptureSwitch:
    """Whether an input amplifier lets anything through."""

    control: str
    on: bool = True
    channel: int = alsaaudio.MIXER_CHANNEL_ALL
    """0 is left, 1 is right."""

    def set(self, mixer: Any) -> None:
        """Set it."""
        mixer.setrec(int(self.on), self.channel)


@dataclass(frozen=True)
class Volume:
    """A gain in steps of the chip, as its data sheet counts them."""

    control: str
    step: int
    channel: int = alsaaudio.MIXER_CHANNEL_ALL
    """0 is left, 1 is right."""
    capture: bool = False

    def set(self, mixer: Any) -> None:
        """Set it."""
        direction = alsaaudio.PCM_CAPTURE if self.capture else alsaaudio.PCM_PLAYBACK
        mixer.setvolume(self.step, self.channel, direction, alsaaudio.VOLUME_UNITS_RAW)


Setting = Switch | CaptureSwitch | Volume


class CodecMixer:
    """An input selector that sets a codec's controls."""

    def __init__(
        self,
        card: str,
        fixed: Sequence[Setting],
        selections: Mapping[tuple[str, str], Sequence[Setting]],
        mixer: Mixer = alsaaudio.Mixer,
    ) -> None:
        """`fixed` is set first, once; `selections` says what each type and power of input means."""
        self._device = f"hw:{card}"
        self._fixed = tuple(fixed)
        self._selections = dict(selections)
        self._mixer = mixer
        self._selected: tuple[str, str] | None = None
        self._wake = asyncio.Event()

    def select(self, type_: str, power: str) -> None:
        """Listen to that type of input with that power, from now on; returns at once."""
        if self._selected != (type_, power):
            self._selected = type_, power
            self._wake.set()

    async def run(self) -> None:
        """Keep the input as it was last told, until cancelled."""
        await self._keep_trying(self._fixed)
        while True:
            await self._wake.wait()
            self._wake.clear()
            if self._selected is not None:
                await self._keep_trying(self._selections[self._selected])

    async def _keep_trying(self, settings: Sequence[Setting]) -> None:
        said = ""
        while not self._wake.is_set() or settings is self._fixed:
            try:
                await asyncio.to_thread(self._set, settings)
                return
            except alsaaudio.ALSAAudioError as error:
                if str(error) != said:
                    said = str(error)
                    log.warning("the codec cannot be set: %s, trying again", said)
                await asyncio.sleep(RETRY_INTERVAL_S)

    def _set(self, settings: Sequence[Setting]) -> None:
        for setting in settings:
            mixer = self._mixer(control=setting.control, device=self._device)
            try:
                setting.set(mixer)
            finally:
                mixer.close()
