"""Plays clips and the locate sound on the engine, and says what happens to all that plays."""

import asyncio
import logging
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from common import journal
from common.errors import ApplianceError, HardwareFault, InvalidValue, NotFound
from common.topics import Event
from daemons.audio import topics
from daemons.audio.clip_source import Feeder, read_head
from daemons.audio.clips.catalogue import ClipInfo
from daemons.audio.clips.levelling import levelled
from daemons.audio.clips.store import ClipStore
from daemons.audio.engine import Engine
from daemons.audio.playback import EngineEvent, EventKind, PlaybackSpec, SourceClass
from daemons.audio.settings import Settings
from daemons.audio.sources import SAMPLE_RATE_HZ, MemorySource, Samples, Source

log = logging.getLogger(__name__)

LARGEST_VOLUME_PERCENT = 1000.0
HIGHEST_PRIORITY = 100
OUTPUT = 1
"""VAPIX numbers outputs from 1; there is one."""
DEVICE_OUTPUT = "AudioDevice0Output0"
CLIPS = "VAPIXMediaClip"
TALKERS = "VAPIXAudio"
CALLS = "SIP"
"""What VAPIX calls the unit's own sources in the multicast controller's list (page 6.4)."""

Announce = Callable[[Event], None]


@dataclass(frozen=True)
class _ClipPlayback:
    info: ClipInfo
    class_: SourceClass
    priority: int
    volume: float
    """The factor its caller asked for; the levelling comes on top."""


class Player:
    """What plays, by id."""

    def __init__(
        self,
        engine: Engine,
        feeder: Feeder,
        store: ClipStore,
        tasks: asyncio.TaskGroup,
        announce: Announce,
    ) -> None:
        self._engine = engine
        self._feeder = feeder
        self._store = store
        self._tasks = tasks
        self._announce = announce
        self._heads: dict[int, tuple[str, Samples]] = {}
        self._clips: dict[str, _ClipPlayback] = {}
        self._sounding: set[str] = set()
        self._locate: str | None = None
        self.settings = Settings()
        self.changed: Callable[[], None] = lambda: None
        self.name_of: Callable[[ClipInfo], str] = lambda info: info.file_name
        self.place_of: Callable[[str], int | None] = lambda _internal: None
        """Where the multicast controller's list has clips, talkers and calls (VAPIX page 6.4), while it decides."""
        self.live: Callable[[], Mapping[str, str]] = dict
        """The playbacks of talkers and calls that the list counts, each with its name there."""
        engine.on_event(self._on_engine_event)

    # -- clips --

    async def play_clip(
        self, clip: int, volume_percent: float, repeat: int, class_name: str, priority: int
    ) -> str:
        """Start a clip; one of the same class and priority that plays makes room for it (VAPIX page 5.1)."""
        if not 0 <= volume_percent <= LARGEST_VOLUME_PERCENT:
            raise InvalidValue(f"volume must be from 0 to {LARGEST_VOLUME_PERCENT:g} percent")
        if repeat < -1:
            raise InvalidValue("repeat must be -1 (for ever), 0 (once) or more")
        class_, priority = class_of(class_name), checked_priority(priority)
        info, source = await self._open(clip, repeat)
        playback = _ClipPlayback(info, class_, priority, volume_percent / 100)
        replaced = [
            id_
            for id_, other in self._clips.items()
            if (other.class_, other.priority) == (class_, priority)
        ]
        place = self.place_of(CLIPS) if class_ is not SourceClass.EMERGENCY else None
        spec = PlaybackSpec(self.name_of(info), class_, priority, self._volume(playback), place)
        id_ = self._engine.play(source, spec)
        self._clips[id_] = playback
        for old in replaced:
            self._engine.stop(old)
        self._announce(
            topics.CLIP_CURRENTLY_PLAYING.event(
                {"AudioOutput": OUTPUT}, {"FileName": info.location}
            )
        )
        return id_

    def stop_clips(self) -> int:
        """Stop every clip; returns how many there were."""
        playing = list(self._clips)
        for id_ in playing:
            self._engine.stop(id_)
        return len(playing)

    def stop_clip(self, clip: int) -> None:
        """Stop whatever plays one clip."""
        for id_, playback in self._clips.items():
            if playback.info.index == clip:
                self._engine.stop(id_)
        self._heads.pop(clip, None)

    def stop(self, id_: str) -> None:
        """Stop one playback; `NotFound` when it does not play."""
        if id_ not in self._sounding and id_ not in self._clips:
            raise NotFound(f"no playback has the id '{id_[:40]}'")
        self._engine.stop(id_)

    def take(self, settings: Settings) -> None:
        """Live by other settings from now on: clips that play are levelled anew."""
        before, self.settings = self.settings, settings
        if before.target_lufs != settings.target_lufs:
            for id_, playback in self._clips.items():
                self._engine.set_volume(id_, self._volume(playback))

    def listed(self) -> dict[str, str]:
        """Return what plays of the unit's own in the multicast controller's list: playback -> name there."""
        emergency = SourceClass.EMERGENCY
        clips = {id_: CLIPS for id_, each in self._clips.items() if each.class_ is not emergency}
        return {**clips, **self.live()}

    def clip_of(self, id_: str) -> int | None:
        """Return the clip that a playback plays, None for what is no clip."""
        playback = self._clips.get(id_)
        return playback.info.index if playback else None

    def _volume(self, playback: _ClipPlayback) -> float:
        gain_db = levelled(playback.info, self.settings.target_lufs).gain_db
        return playback.volume * float(10 ** (gain_db / 20))

    async def keep_beginnings(self) -> None:
        """Read the first half second of every clip that is decoded, so that each starts at once."""
        for info in self._store.decoded():
            try:
                await self._beginning(info.index)
            except ApplianceError as error:  # removed meanwhile, most likely
                log.warning("the beginning of a clip is not kept: %s, ignoring", error)

    async def _open(self, clip: int, repeat: int) -> tuple[ClipInfo, Source]:
        """Return a clip and a source of it, which is to be played before anything else can happen to it."""
        path, head = await self._beginning(clip)
        info = self._store.get(clip)
        if self._heads[clip][0] != info.sha256:
            raise NotFound(f"clip {clip} has been replaced")
        with _readable(clip):
            return info, self._feeder.open(path, head, repeat)

    async def _beginning(self, clip: int) -> tuple[Path, Samples]:
        """Return where the decoded sound of a clip lies, and its first half second, which is kept."""
        path = await self._store.pcm_path(clip)
        info = self._store.get(clip)
        kept, head = self._heads.get(clip, ("", None))
        if head is None or kept != info.sha256:
            with _readable(clip):
                head = await asyncio.to_thread(read_head, path)
            self._heads[clip] = info.sha256, head
        return path, head

    # -- locate --

    async def locate(self, duration_s: float) -> None:
        """Make the unit heard for that long; 0 stops."""
        if self._locate is not None:
            self._engine.stop(self._locate)
            self._locate = None
        if duration_s <= 0:
            return
        repeats = max(0, math.ceil(duration_s / _LOCATE_SOUND_S) - 1)
        self._locate = self._engine.play(
            MemorySource(locate_sound(), repeats),
            PlaybackSpec("locate device", SourceClass.PAGE, HIGHEST_PRIORITY),
        )

    # -- what happens --

    def states(self) -> list[Event]:
        """Return the present state of each topic of this daemon."""
        return [_clip_playing(bool(self._clips)), _output_active(bool(self._sounding))]

    def _on_engine_event(self, event: EngineEvent) -> None:
        before = [bool(self._sounding)]
        if event.kind is EventKind.STARTED:
            self._sounding.add(event.playback)
            if event.playback in self._clips and len(self._clips) == 1:
                self._announce(_clip_playing(True))
        elif event.kind is EventKind.ENDED:
            self._ended(event)
        elif event.kind in (EventKind.DEVICE_LOST, EventKind.DEVICE_BACK, EventKind.XRUN):
            entry = journal.SOUND_DEVICE_LOST if event.kind is EventKind.DEVICE_LOST else None
            log.warning("sound device: %s %s", event.kind.value, event.detail, extra=entry)
        if before != [bool(self._sounding)]:
            self._announce(_output_active(bool(self._sounding)))
        if event.kind in (EventKind.STARTED, EventKind.ENDED, EventKind.REARRANGED):
            self.changed()

    def _ended(self, event: EngineEvent) -> None:
        self._sounding.discard(event.playback)
        if self._clips.pop(event.playback, None) is not None and not self._clips:
            self._announce(_clip_playing(False))
        if self._locate == event.playback:
            self._locate = None
        if event.detail:
            log.warning("%s ended early: %s", event.what, event.detail)


@contextmanager
def _readable(clip: int) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise NotFound(f"clip {clip} is being removed") from None
    except OSError as error:
        raise HardwareFault(f"clip {clip} cannot be read: {error.strerror}") from error


def class_of(name: str) -> SourceClass:
    """Return the class of that name; raises `InvalidValue`."""
    try:
        return SourceClass[name.upper()]
    except KeyError:
        known = ", ".join(class_.name.lower() for class_ in reversed(SourceClass))
        raise InvalidValue(f"the class must be one of {known}") from None


def checked_priority(priority: int) -> int:
    """Return a priority within a class, 0 to 100; raises `InvalidValue`."""
    if not 0 <= priority <= HIGHEST_PRIORITY:
        raise InvalidValue(f"priority must be from 0 to {HIGHEST_PRIORITY}")
    return priority


_LOCATE_SOUND_S = 1.5


def locate_sound() -> Samples:
    """Return one round of the locate sound: three rising notes and a rest, easy to tell and to find by ear."""
    sound = np.zeros(round(_LOCATE_SOUND_S * SAMPLE_RATE_HZ), dtype=np.float32)
    note_s = 0.18
    time = np.arange(round(note_s * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    envelope = np.minimum(1.0, np.minimum(time, note_s - time) / 0.01)
    for number, frequency_hz in enumerate((784.0, 988.0, 1319.0)):
        start = round(number * 0.22 * SAMPLE_RATE_HZ)
        note = 0.25 * envelope * np.sin(2 * np.pi * frequency_hz * time)
        sound[start : start + len(note)] = note.astype(np.float32)
    return sound


def _clip_playing(playing: bool) -> Event:
    return topics.CLIP_PLAYING.event({"AudioOutput": OUTPUT}, {"Playing": playing})


def _output_active(active: bool) -> Event:
    return topics.OUTPUT_ACTIVE.event({"AudioOutput": DEVICE_OUTPUT}, {"AudioOutputActive": active})
