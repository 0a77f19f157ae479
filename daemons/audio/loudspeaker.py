"""The speaker as the rest of the daemon sees it: its gain, equaliser and automatic volume, and how it fares."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from common import journal
from common.params.registry import PARAMETERS
from daemons.audio.automatic_volume import AutomaticVolume, VolumeSettings
from daemons.audio.engine import Engine
from daemons.audio.equaliser import FLAT, build
from daemons.audio.equaliser_curve import curve
from daemons.audio.params.output import EQUALISERS
from daemons.audio.playback import SourceClass
from hw.ports import Protection

log = logging.getLogger(__name__)

_STEP_S: Final = 0.5
_STUCK_S: Final = 2.0


@dataclass(frozen=True)
class OutputSettings:
    """What can be set while sound plays."""

    level_db: float = 0.0
    """The gain; while it is muted, the one to which it comes back."""
    mute: bool = False
    equaliser: str = FLAT
    volume: VolumeSettings = field(default_factory=VolumeSettings)

    @classmethod
    def of(cls, values: Mapping[str, str]) -> "OutputSettings":
        """Return the settings in `values`; what is not there has its declared default."""

        def value(name: str) -> str:
            return values.get(name, PARAMETERS.parameters[name].default)

        gain = value("AudioSource.A0.OutputGain")
        mute = gain == "mute"
        return cls(
            level_db=float(value("Audio.Output.Level") if mute else gain),
            mute=mute,
            equaliser=value("Audio.Output.Equaliser"),
            volume=VolumeSettings(
                enabled=value("Audio.Output.AutomaticVolume.Enabled") == "yes",
                range_db=float(value("Audio.Output.AutomaticVolume.Range")),
                reference_dbfs=float(value("Audio.Output.AutomaticVolume.Reference")),
            ),
        )


@dataclass(frozen=True, slots=True)
class Noise:
    """What the audio input knows of the noise around the unit."""

    listening: bool = False
    """Whether the audio input is on."""
    ambient_dbfs: float | None = None


class Loudspeaker:
    """Looks after the output of an engine."""

    def __init__(self, engine: Engine, listen: Callable[[], Noise]) -> None:
        """`listen` asks the audio input for the noise."""
        self._engine = engine
        self._listen = listen
        self._volume = AutomaticVolume()
        self._settings = OutputSettings()
        self._equaliser = FLAT
        self._equaliser_wanted = asyncio.Event()
        self._volume_wanted = asyncio.Event()
        self._protection: Protection | None = None
        self._protection_since: datetime | None = None
        self.stuck = False
        """Whether the sound device has stopped taking samples, and neither gives them back nor fails."""

    def take(self, values: Mapping[str, str]) -> None:
        """Live by other parameters."""
        self._settings = settings = OutputSettings.of(values)
        self._volume.settings = settings.volume
        self._volume_wanted.set()
        self._equaliser_wanted.set()
        self._set_gain(0.0)

    def protection_changed(self, protection: Protection) -> None:
        """Note what the amplifier's protection does."""
        if protection is not self._protection:
            self._protection = protection
            self._protection_since = datetime.now(UTC)

    def levels(self) -> dict[str, float | None]:
        """Return how loud the output was since the last time, for whoever has the engine's meter watched."""
        levels = self._engine.meter.read()
        return {
            "peak_dbfs": levels.peak_dbfs,
            "rms_dbfs": levels.rms_dbfs,
            "limiter_db": levels.limiter_db,
            "gain_db": None if self._settings.mute else self._settings.level_db,
            "avc_db": round(self._volume.gain_db, 1),
            "ambient_dbfs": self._listen().ambient_dbfs,
        }

    def describe(self) -> dict[str, Any]:
        """Return the settings of the output and how it fares."""
        status = self._engine.status()
        settings = self._settings
        noise = self._listen()
        since = self._protection_since
        return {
            "type": "speaker",
            "gain_db": settings.level_db,
            "mute": settings.mute,
            "equaliser": settings.equaliser,
            "equalisers": [
                {"id": id_, "label": label, "response": _drawn(id_)} for id_, label in EQUALISERS
            ],
            "automatic_volume": {
                "enabled": settings.volume.enabled,
                "range_db": settings.volume.range_db,
                "gain_db": round(self._volume.gain_db, 1),
                "ambient_dbfs": noise.ambient_dbfs,
                "why": _why_not(settings.volume, noise),
            },
            "amplifier": {
                "state": "unknown" if self._protection is None else self._protection.value,
                "since": None if since is None else since.isoformat(timespec="seconds"),
            },
            "device": status.device,
            "device_lost": status.device_lost,
            "device_stuck": self.stuck,
            "realtime": status.realtime,
            "xruns": status.xruns,
        }

    async def run(self) -> None:
        """Carry out what takes time, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._equalise(), name="equaliser")
            tasks.create_task(self._follow_noise(), name="automatic volume")
            tasks.create_task(self._watch_progress(), name="progress of the engine")

    def _set_gain(self, over_s: float) -> None:
        gain_db = None if self._settings.mute else self._settings.level_db + self._volume.gain_db
        self._engine.set_output(gain_db, over_s=over_s)

    async def _equalise(self) -> None:
        while True:
            await self._equaliser_wanted.wait()
            self._equaliser_wanted.clear()
            wanted = self._settings.equaliser
            if wanted == self._equaliser:
                continue
            period = self._engine.config.period_frames
            try:
                filters = await asyncio.to_thread(build, wanted, period)
            except ImportError as error:
                log.error("no equaliser: %s", error)
                continue
            self._engine.set_equaliser(filters)
            self._equaliser = wanted

    async def _follow_noise(self) -> None:
        while True:
            if self._volume.at_rest:
                await self._volume_wanted.wait()
            self._volume_wanted.clear()
            if not self._volume.at_rest:
                await asyncio.sleep(_STEP_S)
                self._step()

    def _step(self) -> None:
        noise = self._listen()
        before = self._volume.gain_db
        now = self._volume.step(
            noise.ambient_dbfs,
            _STEP_S,
            deaf=not noise.listening,
            may_fall=not self._emergency(),
        )
        if now != before:
            self._set_gain(_STEP_S)

    def _emergency(self) -> bool:
        playing = self._engine.now_playing()
        return any(each.class_ is SourceClass.EMERGENCY for each in playing)

    async def _watch_progress(self) -> None:
        """Notice a device that keeps the engine's thread waiting for ever: that thread cannot say so itself."""
        before = None
        while True:
            await asyncio.sleep(_STUCK_S)
            now = self._engine.progress
            stuck = now is not None and now == before
            if stuck != self.stuck:
                self.stuck = stuck
                if stuck:
                    log.error(
                        "the sound device %s takes no samples",
                        self._engine.status().device,
                        extra=journal.SOUND_DEVICE_LOST,
                    )
                else:
                    log.warning("the sound device takes samples again")
            before = now


def _drawn(preset: str) -> list[dict[str, float]]:
    return [{"hz": hz, "db": db} for hz, db in curve(preset)]


def _why_not(settings: VolumeSettings, noise: Noise) -> str | None:
    if not settings.enabled:
        return None
    if not noise.listening:
        return "the audio input is off: there is nothing to hear the noise with"
    if noise.ambient_dbfs is None:
        return "the noise is not known yet: it is measured while nothing plays"
    return None
