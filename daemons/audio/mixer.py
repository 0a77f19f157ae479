"""The sum of everything that plays: voices, each a source with a gain of its own. No thread, no device."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from daemons.audio.ducking import (
    Action,
    ClassRules,
    Contender,
    Treatment,
    decide,
    ramp_between,
)
from daemons.audio.gain import GainRamp
from daemons.audio.playback import EndReason, PlaybackSpec
from daemons.audio.sources import SAMPLE_RATE_HZ, Samples, Source


class Voice:
    """One playback as the mixer sees it."""

    __slots__ = (
        "begun",
        "contender",
        "gain",
        "id",
        "paused",
        "position_frames",
        "source",
        "spec",
        "starving",
        "stopping",
        "treatment",
        "volume",
    )

    def __init__(self, id_: str, source: Source, spec: PlaybackSpec, period_frames: int) -> None:
        self.id = id_
        self.source = source
        self.spec = spec
        self.contender = Contender(id_, spec.class_, spec.priority, spec.place, spec.alone)
        self.volume = spec.volume
        self.gain = GainRamp(spec.volume, period_frames)
        self.treatment = Treatment()
        self.position_frames = 0
        self.begun = False
        self.paused = False
        self.starving = False
        self.stopping = False

    def treat(self, treatment: Treatment, at_once: bool = False) -> None:
        """Go where the rules want this voice; the way back takes the ramp of the way there."""
        if treatment == self.treatment:
            return
        ramp_ms = ramp_between(self.treatment, treatment)
        self.treatment = treatment
        target = self.volume * treatment.gain
        if at_once:
            self.gain.jump(target)
        else:
            self.gain.aim(target, round(ramp_ms * SAMPLE_RATE_HZ / 1000))
        self.paused = treatment.action is Action.SILENCE and self.gain.silent

    def set_volume(self, volume: float, ramp_ms: float) -> None:
        """Play louder or softer from here on."""
        self.volume = volume
        if not self.stopping:
            self.gain.aim(volume * self.treatment.gain, round(ramp_ms * SAMPLE_RATE_HZ / 1000))

    def stop(self, fade_ms: float) -> None:
        """Fade out and end."""
        self.stopping = True
        self.gain.aim(0.0, round(fade_ms * SAMPLE_RATE_HZ / 1000))

    def read_into(self, buffer: Samples) -> bool:
        """Fill the buffer with what is heard of this voice; returns whether that is anything."""
        if self.stopping or self.treatment.action is Action.SILENCE:
            return self._leave(buffer)
        frames = self.source.read_into(buffer)
        self.position_frames += frames
        if frames < len(buffer):
            buffer[frames:] = 0.0
        self.gain.apply(buffer)
        return frames > 0

    def _leave(self, buffer: Samples) -> bool:
        """Fade to nothing. Of what can be paused, not one sample is read that is not heard in the fade."""
        if self.source.live:
            wanted = len(buffer)
        elif self.paused:
            return False
        else:
            wanted = min(len(buffer), self.gain.remaining_frames)
        frames = self.source.read_into(buffer[:wanted]) if wanted else 0
        self.position_frames += frames
        buffer[frames:] = 0.0
        was_heard = frames > 0 and not self.gain.silent
        self.gain.apply(buffer[:wanted])
        self.paused = self.gain.silent
        return was_heard


@dataclass(frozen=True, slots=True)
class Ended:
    """A voice left the mix."""

    voice: Voice
    reason: EndReason


@dataclass(frozen=True, slots=True)
class Starved:
    """A voice that had begun found nothing to play, and is silent until something comes."""

    voice: Voice


class Mixer:
    """Holds the voices in the order they came and renders their sum, period by period."""

    def __init__(self, rules: ClassRules, period_frames: int) -> None:
        self._rules = rules
        self._voices: dict[str, Voice] = {}
        self._scratch = np.zeros(period_frames, dtype=np.float32)
        self._beside = np.zeros(period_frames, dtype=np.float32)
        self.direct: Samples | None = None
        """What of the last period is not in its sum: the voice that goes to the speaker directly."""

    def __len__(self) -> int:
        return len(self._voices)

    def __iter__(self) -> Iterator[Voice]:
        return iter(self._voices.values())

    def add(self, voice: Voice) -> None:
        """Take a voice in; it is heard from the next period on."""
        self._voices[voice.id] = voice
        self._treat_all(newcomer=voice.id)

    def stop(self, id_: str, fade_ms: float) -> None:
        """Fade one voice out and let the others come back; an unknown id is one that has just ended."""
        voice = self._voices.get(id_)
        if voice is not None and not voice.stopping:
            voice.stop(fade_ms)
            self._treat_all()

    def set_volume(self, id_: str, volume: float, ramp_ms: float) -> None:
        """Change the volume of one voice; an unknown id is one that has just ended."""
        voice = self._voices.get(id_)
        if voice is not None:
            voice.set_volume(volume, ramp_ms)

    def place(self, places: Mapping[str, int | None]) -> bool:
        """Give voices other places in the controller's list, all at once; returns whether any has changed."""
        changed = False
        for id_, place in places.items():
            voice = self._voices.get(id_)
            if voice is not None and voice.contender.place != place:
                voice.contender = replace(voice.contender, place=place)
                changed = True
        if changed:
            self._treat_all()
        return changed

    def configure(self, rules: ClassRules) -> bool:
        """Live by other rules from the next period on; returns whether that matters to what plays."""
        if rules == self._rules:
            return False
        self._rules = rules
        self._treat_all()
        return bool(self._voices)

    def render(self, out: Samples) -> list[Ended | Starved]:
        """Write the sum of one period and say what became of the voices."""
        news: list[Ended | Starved] = []
        heard = False
        self.direct = None
        for voice in self._voices.values():
            before = voice.position_frames
            if voice.spec.direct:
                if voice.read_into(self._beside):
                    self.direct = self._beside
            elif voice.read_into(block := self._scratch if heard else out):
                if heard:
                    np.add(out, block, out=out)
                heard = True
            self._examine(voice, voice.position_frames - before, len(out), news)
        if not heard:
            out.fill(0.0)
        ended = [item.voice.id for item in news if isinstance(item, Ended)]
        if ended:
            for id_ in ended:
                del self._voices[id_]
            self._treat_all()
        return news

    @staticmethod
    def _examine(voice: Voice, frames: int, wanted: int, news: list[Ended | Starved]) -> None:
        if voice.stopping and voice.paused:
            news.append(Ended(voice, EndReason.STOPPED))
        elif voice.source.finished:
            failed = voice.source.failure is not None
            news.append(Ended(voice, EndReason.FAILED if failed else EndReason.FINISHED))
        elif (
            frames < wanted and voice.treatment.action is not Action.SILENCE and not voice.stopping
        ):
            if not voice.starving and voice.position_frames:
                voice.starving = True
                news.append(Starved(voice))
        elif voice.starving:
            voice.starving = False

    def _treat_all(self, newcomer: str | None = None) -> None:
        """Apply the rules to all; a voice that is leaving no longer acts on the others."""
        acting = [voice.contender for voice in self._voices.values() if not voice.stopping]
        for id_, treatment in decide(acting, self._rules).items():
            self._voices[id_].treat(treatment, at_once=id_ == newcomer)
