"""What plays now, told from immutable snapshots that the engine leaves behind when something changes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from daemons.audio.ducking import Action, Treatment
from daemons.audio.mixer import Voice
from daemons.audio.playback import PlaybackSpec, PlaybackState, PlayState
from daemons.audio.sources import SAMPLE_RATE_HZ


@dataclass(frozen=True, slots=True)
class VoiceSnapshot:
    """One voice at the moment something changed; only its position is asked of the voice itself."""

    id: str
    spec: PlaybackSpec
    treatment: Treatment
    stopping: bool
    duration_frames: int | None
    voice: Voice


def snapshot(voice: Voice) -> VoiceSnapshot:
    """Take a snapshot; called by the engine's thread."""
    return VoiceSnapshot(
        voice.id,
        voice.spec,
        voice.treatment,
        voice.stopping,
        voice.source.duration_frames,
        voice,
    )


def describe(voices: Sequence[VoiceSnapshot]) -> tuple[PlaybackState, ...]:
    """Put the snapshots into words, highest class first."""
    by_id = {voice.id: voice for voice in voices}
    ranked = sorted(voices, key=lambda each: (each.spec.class_, each.spec.priority), reverse=True)
    return tuple(_state(voice, by_id) for voice in ranked)


def _state(voice: VoiceSnapshot, by_id: dict[str, VoiceSnapshot]) -> PlaybackState:
    treatment = voice.treatment
    gain = treatment.gain
    return PlaybackState(
        id=voice.id,
        what=voice.spec.what,
        class_=voice.spec.class_,
        priority=voice.spec.priority,
        state=_heard_as(treatment),
        gain_db=round(20 * math.log10(gain), 2) if gain > 0 else None,
        position_s=voice.voice.position_frames / SAMPLE_RATE_HZ,
        duration_s=(
            None if voice.duration_frames is None else voice.duration_frames / SAMPLE_RATE_HZ
        ),
        why=_why(voice, by_id),
    )


def _heard_as(treatment: Treatment) -> PlayState:
    match treatment.action:
        case Action.MIX:
            return PlayState.PLAYING
        case Action.DUCK:
            return PlayState.DUCKED
        case Action.SILENCE:
            return PlayState.PAUSED


def _why(voice: VoiceSnapshot, by_id: dict[str, VoiceSnapshot]) -> str:
    treatment = voice.treatment
    if voice.stopping:
        return "is being stopped"
    above = by_id.get(treatment.by or "")
    if above is None:
        return "nothing above it plays"
    rank = above.spec.class_.name.lower()
    if above.spec.class_ == voice.spec.class_:
        rank += f" of priority {above.spec.priority}"
    if treatment.action is Action.SILENCE:
        return f"silenced by the {rank} '{above.spec.what}'"
    return (
        f"ducked by {-20 * math.log10(treatment.gain):.0f} dB under the {rank} '{above.spec.what}'"
    )
