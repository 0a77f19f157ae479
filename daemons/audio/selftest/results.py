"""What a self test found, compared with how it was when it was good."""

from enum import StrEnum
from typing import Final

import msgspec

from daemons.audio.selftest.intelligibility import letter_of, word_of
from daemons.audio.selftest.protocol import Measured, PathFound

LEVEL_CHANGED_DB: Final = 3.0
RESPONSE_CHANGED_DB: Final = 6.0
"""Of any third of an octave that both tests have."""
DELAY_CHANGED_MS: Final = 3.0
STI_CHANGED: Final = 0.1

NOISY_DB: Final = 3.0
"""By how much what is heard has to exceed the noise, for its level to be compared."""
AUDIBLE_OVER_NOISE_DB: Final = -25.0
"""From here on a sweep is found in noise."""
USUAL_LEVEL_DB: Final = -50.0
"""A microphone in the same room hears more than this of its loudspeaker."""
_SILENT_DBFS: Final = -100.0


class Verdict(StrEnum):
    """How a test ended."""

    OK = "ok"
    CHANGED = "changed"
    NO_SOUND = "no sound heard"
    NOISY = "too noisy"
    OVERLOADED = "too loud"
    NO_INPUT = "input not present"
    ABANDONED = "abandoned"
    FAILED = "failed"


class Band(msgspec.Struct, frozen=True):
    """One third of an octave of the frequency response."""

    hz: int
    db: float
    """Relative to the level of the whole."""


class Result(msgspec.Struct, frozen=True):
    """One test. What could not be measured is None, or not in the response."""

    at: str
    verdict: Verdict
    message: str
    level_db: float | None = None
    """What arrives at the microphone, relative to what is played."""
    delay_ms: float | None = None
    delay_with_devices: bool = False
    """Whether the time that the sound devices take is in the delay, as it is not known on this board."""
    sti: float | None = None
    sti_band: str | None = None
    response: list[Band] = []
    noise_dbfs: float | None = None
    speech_s: float | None = None
    """How long the signal for the speech transmission index lasted."""
    reference: bool = False
    """Whether later tests are compared with this one."""
    input_was_off: bool = False
    """Whether the audio input, which was off, was opened for this test."""


class Circumstances(msgspec.Struct, frozen=True):
    """What is known of a test besides its measurement."""

    at: str
    speech_s: float
    calibrate: bool = False
    """Whether this test is to be the reference, however it differs from the one there is."""
    input_was_off: bool = False
    device_ms: float | None = None
    """The time that the sound devices take; None where it is not known."""


def unmeasured(verdict: Verdict, message: str, circumstances: Circumstances) -> Result:
    """Return the result of a test without a measurement."""
    return Result(
        at=circumstances.at,
        verdict=verdict,
        message=message + _about_input(circumstances),
        input_was_off=circumstances.input_was_off,
    )


def judge(measured: Measured, reference: Result | None, circumstances: Circumstances) -> Result:
    """Return the result of a test that was played to its end."""
    if measured.path is None:
        verdict, message = _nothing_found(measured, reference)
        result = unmeasured(verdict, message, circumstances)
        return msgspec.structs.replace(result, noise_dbfs=round(measured.noise_dbfs, 1))
    result = _in_figures(measured.path, measured, circumstances)
    first = reference is None or circumstances.calibrate
    if measured.overloaded:
        verdict = Verdict.OVERLOADED
        message = "The microphone is overloaded: turn the output or the microphone down."
    elif measured.heard_dbfs - measured.noise_dbfs < NOISY_DB:
        verdict = Verdict.NOISY
        message = f"Too noisy to compare ({measured.noise_dbfs:.0f} dBFS of noise): try again when it is quiet."
    elif first:
        verdict, message = (
            Verdict.OK,
            "The speaker is heard. Later tests are compared with this one.",
        )
    else:
        verdict, message = _compared(result, reference) if reference else (Verdict.OK, "")
    return msgspec.structs.replace(
        result,
        verdict=verdict,
        message=message + _about_input(circumstances),
        reference=first and verdict is Verdict.OK,
    )


def _nothing_found(measured: Measured, reference: Result | None) -> tuple[Verdict, str]:
    if measured.played_dbfs < _SILENT_DBFS:
        return Verdict.NO_SOUND, "Nothing was played: the output is muted."
    usual = USUAL_LEVEL_DB if reference is None else reference.level_db or USUAL_LEVEL_DB
    over_noise = measured.played_dbfs + usual - measured.noise_dbfs
    if over_noise < AUDIBLE_OVER_NOISE_DB:
        return (
            Verdict.NOISY,
            f"The speaker is not heard over {measured.noise_dbfs:.0f} dBFS of noise: try again when it is quiet.",
        )
    return (
        Verdict.NO_SOUND,
        "The microphone hears nothing of the speaker: check the speaker, its cable and the microphone.",
    )


def _in_figures(path: PathFound, measured: Measured, circumstances: Circumstances) -> Result:
    return Result(
        at=circumstances.at,
        verdict=Verdict.OK,
        message="",
        level_db=round(path.level_db, 2),
        delay_ms=round(path.delay_s * 1000 - (circumstances.device_ms or 0.0), 2),
        delay_with_devices=circumstances.device_ms is None,
        sti=round(path.sti, 3),
        sti_band=f"{letter_of(path.sti)} ({word_of(path.sti)})",
        response=[Band(hz, round(db, 2)) for hz, db in path.response],
        noise_dbfs=round(measured.noise_dbfs, 1),
        speech_s=circumstances.speech_s,
        input_was_off=circumstances.input_was_off,
    )


def _compared(now: Result, then: Result) -> tuple[Verdict, str]:
    changes = []
    if now.level_db is not None and then.level_db is not None:
        louder = now.level_db - then.level_db
        if abs(louder) > LEVEL_CHANGED_DB:
            changes.append(f"{abs(louder):.1f} dB {'louder' if louder > 0 else 'softer'}")
    if (deviation := _deviation(now, then)) is not None:
        hz, db = deviation
        changes.append(f"{db:+.1f} dB at {hz} Hz")
    if now.delay_ms is not None and then.delay_ms is not None:
        later = now.delay_ms - then.delay_ms
        if abs(later) > DELAY_CHANGED_MS:
            changes.append(f"{abs(later):.1f} ms {'later' if later > 0 else 'earlier'}")
    if now.sti is not None and then.sti is not None:
        clearer = now.sti - then.sti
        if abs(clearer) > STI_CHANGED:
            changes.append(f"speech transmission index {clearer:+.2f}")
    if changes:
        return Verdict.CHANGED, f"Changed since {then.at}: {', '.join(changes)}."
    return Verdict.OK, f"As it was at {then.at}."


def _deviation(now: Result, then: Result) -> tuple[int, float] | None:
    """Return the third of an octave that differs most, if any does by enough."""
    before = {band.hz: band.db for band in then.response}
    differences = [
        (band.hz, band.db - before[band.hz]) for band in now.response if band.hz in before
    ]
    worst = max(differences, key=lambda item: abs(item[1]), default=(0, 0.0))
    return worst if abs(worst[1]) > RESPONSE_CHANGED_DB else None


def _about_input(circumstances: Circumstances) -> str:
    return (
        " The audio input is off; it was opened for this test only."
        if circumstances.input_was_off
        else ""
    )
