"""Plays clips, talkers and the locate sound on the engine, and says what happens."""

import asyncio
import logging
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from common import journal
from common.errors import Conflict, InvalidValue, NotFound
from common.topics import Event
from daemons.audio import topics
from daemons.audio.adapters import talkers
from daemons.audio.clip_source import Feeder, read_head
from daemons.audio.clips.catalogue import gain_db
from daemons.audio.clips.store import ClipStore
from daemons.audio.engine import Engine
from daemons.audio.live.codecs import codec_of
from daemons.audio.playback import EngineEvent, EventKind, PlaybackSpec, SourceClass
from daemons.audio.settings import Settings
from daemons.audio.sources import SAMPLE_RATE_HZ, MemorySource, Samples
from daemons.audio.stream_source import StreamSource

log = logging.getLogger(__name__)

LARGEST_VOLUME_PERCENT = 1000.0
HIGHEST_PRIORITY = 100
OUTPUT = 1
"""VAPIX numbers outputs from 1; there is one."""
DEVICE_OUTPUT = "AudioDevice0Output0"

Announce = Callable[[Event], None]


@dataclass(frozen=True)
class _ClipPlayback:
    clip: int
    class_: SourceClass


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
        self._talkers: dict[str, talkers.Talker] = {}
        self._sounding: set[str] = set()
        self._talker_starts = False
        self._locate: str | None = None
        self.settings = Settings()
        self.changed: Callable[[], None] = lambda: None
        engine.on_event(self._on_engine_event)

    # -- clips --

    async def play_clip(
        self, clip: int, volume_percent: float, repeat: int, class_name: str, priority: int
    ) -> str:
        """Start a clip; one of the same class that plays makes room for it (VAPIX page 5.1)."""
        if not 0 <= volume_percent <= LARGEST_VOLUME_PERCENT:
            raise InvalidValue(f"volume must be from 0 to {LARGEST_VOLUME_PERCENT:g} percent")
        if repeat < -1:
            raise InvalidValue("repeat must be -1 (for ever), 0 (once) or more")
        class_ = class_of(class_name)
        info = self._store.get(clip)
        path = await self._store.pcm_path(clip)
        info = self._store.get(clip)
        kept, head = self._heads.get(clip, ("", None))
        if head is None or kept != info.sha256:
            head = await asyncio.to_thread(read_head, path)
            self._heads[clip] = info.sha256, head
        volume = volume_percent / 100
        if self.settings.normalise_loudness:
            target = self.settings.loudness_target_lufs
            volume *= 10 ** (gain_db(info.loudness_lufs, info.true_peak_dbtp, target) / 20)
        source = self._feeder.open(path, head, repeat)
        replaced = [id_ for id_, playback in self._clips.items() if playback.class_ is class_]
        id_ = self._engine.play(
            source,
            PlaybackSpec(info.file_name, class_, checked_priority(priority), volume),
        )
        self._clips[id_] = _ClipPlayback(clip, class_)
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
            if playback.clip == clip:
                self._engine.stop(id_)
        self._heads.pop(clip, None)

    def stop(self, id_: str) -> None:
        """Stop one playback; `NotFound` when it does not play."""
        if id_ not in self._sounding and id_ not in self._clips and id_ not in self._talkers:
            raise NotFound(f"no playback has the id '{id_[:40]}'")
        self._engine.stop(id_)

    async def keep_beginnings(self) -> None:
        """Read the first half second of every clip, so that each starts at once."""
        for info in self._store.list():
            if info.index not in self._heads:
                path = await self._store.pcm_path(info.index)
                self._heads[info.index] = (
                    info.sha256,
                    await asyncio.to_thread(read_head, path),
                )

    # -- live audio --

    async def talk(self, mime_type: str, client: str) -> tuple[int, str]:
        """Start a live talker; returns the descriptor for the encoded bytes and the playback's id."""
        plain, codec = codec_of(mime_type)
        if self._talkers or self._talker_starts:
            raise Conflict("Receiving audio from another client")  # the words of VAPIX page 4.3
        self._talker_starts = True
        try:
            talker = await talkers.start(plain, codec, self.settings.receiver_timeout_ms)
        finally:
            self._talker_starts = False
        frames = self.settings.receiver_buffer_ms * SAMPLE_RATE_HZ // 1000
        id_ = self._engine.play(
            StreamSource(talker.sound, buffer_frames=frames),
            PlaybackSpec(f"live audio from {client}", SourceClass.PAGE),
        )
        self._talkers[id_] = talker
        return talker.encoded.detach(), id_

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
        if event.kind in (EventKind.STARTED, EventKind.ENDED):
            self.changed()

    def _ended(self, event: EngineEvent) -> None:
        self._sounding.discard(event.playback)
        if self._clips.pop(event.playback, None) is not None and not self._clips:
            self._announce(_clip_playing(False))
        talker = self._talkers.pop(event.playback, None)
        if talker is not None:
            self._tasks.create_task(talker.end(), name="talker's end")
        if self._locate == event.playback:
            self._locate = None
        if event.detail:
            log.warning("%s ended early: %s", event.what, event.detail)


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
