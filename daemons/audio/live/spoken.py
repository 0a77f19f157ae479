"""Sound that another daemon brings as it is spoken, such as a call: on a clock of its own, levelled as a talker is."""

import socket
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from common import pcm
from common.errors import Conflict
from common.pcm import PERIOD_FRAMES
from daemons.audio.engine import Engine
from daemons.audio.foreign_clock import ForeignClockSource
from daemons.audio.live.leveller import SpeechLeveller
from daemons.audio.live.talking import Levelling
from daemons.audio.playback import EngineEvent, EventKind, PlaybackSpec, SourceClass
from daemons.audio.sources import Samples

BUFFER_FRAMES: Final = 3 * PERIOD_FRAMES // 2
"""How much is kept waiting: who sends is a process of this unit, which has made up for the network's jitter."""
MOST_FRAMES: Final = 5 * PERIOD_FRAMES
"""What was held up comes all at once: two people who talk would rather miss it than wait for each other."""


class SpokenSource(ForeignClockSource):
    """One who speaks; what is set for speech is taken over by the engine's thread."""

    def __init__(self, end: socket.socket, levelling: Levelling) -> None:
        super().__init__(end, BUFFER_FRAMES, MOST_FRAMES)
        self._taken = self.levelling = levelling
        self._leveller = SpeechLeveller(levelling.target_lufs, enabled=levelling.enabled)

    def read_into(self, buffer: Samples) -> int:
        """Give what is due, levelled."""
        frames = super().read_into(buffer)
        if self.levelling is not self._taken:
            self._taken = self.levelling
            self._leveller.configure(
                enabled=self._taken.enabled, target_lufs=self._taken.target_lufs
            )
        spoken = buffer[:frames]
        levelled = self._leveller.process(spoken)
        if levelled is not spoken:
            spoken[:] = levelled
        return frames


class SpokenSources:
    """All of them."""

    def __init__(self, engine: Engine, place: Callable[[], int | None]) -> None:
        """`place` tells where the multicast list has calls, while it decides; emergencies go before all."""
        self._engine = engine
        self._place = place
        self._levelling = Levelling()
        self._sources: dict[str, SpokenSource] = {}
        self._emergencies: set[str] = set()
        engine.on_event(self._on_engine_event)

    @property
    def listed(self) -> list[str]:
        """The playbacks that the multicast controller's list counts."""
        return [id_ for id_ in self._sources if id_ not in self._emergencies]

    def level(self, levelling: Levelling) -> None:
        """Level speech so from now on."""
        if levelling != self._levelling:
            self._levelling = levelling
            for source in self._sources.values():
                source.levelling = levelling

    def open(self, spec: PlaybackSpec) -> tuple[int, str]:
        """Have somebody heard; returns the descriptor for the PCM and the playback's id."""
        emergency = spec.class_ is SourceClass.EMERGENCY
        if not emergency:
            spec = replace(spec, place=self._place())
        theirs, ours = pcm.pair()
        source = SpokenSource(ours, self._levelling)
        try:
            id_ = self._engine.play(source, spec)
        except Conflict:
            theirs.close()
            source.close()
            raise
        self._sources[id_] = source
        if emergency:
            self._emergencies.add(id_)
        return theirs.detach(), id_

    def _on_engine_event(self, event: EngineEvent) -> None:
        if event.kind is EventKind.ENDED:
            self._sources.pop(event.playback, None)
            self._emergencies.discard(event.playback)
