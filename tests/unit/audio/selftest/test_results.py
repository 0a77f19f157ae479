"""What a measurement means, compared with the reference."""

from typing import Any

import msgspec
import pytest

from daemons.audio.selftest.protocol import Measured, PathFound
from daemons.audio.selftest.results import Circumstances, Result, Verdict, judge, unmeasured

AT = Circumstances(at="2026-11-22T10:00:00Z", speech_s=15.0, device_ms=90.0)


def measured(**changes: Any) -> Measured:
    """Return a plain measurement with changes, of the path too."""
    path = PathFound(
        delay_s=0.095, level_db=-20.0, response=[(500, 0.0), (1_000, 0.0), (2_000, 0.0)], sti=0.8
    )
    of_path = {name: changes.pop(name) for name in list(changes) if hasattr(path, name)}
    plain = Measured(
        path=msgspec.structs.replace(path, **of_path),
        played_dbfs=-17.0,
        heard_dbfs=-37.0,
        noise_dbfs=-70.0,
        overloaded=False,
        lost_frames=0,
    )
    return msgspec.structs.replace(plain, **changes)


REFERENCE = judge(measured(), None, AT)


def test_the_first_good_test_is_the_reference() -> None:
    """It is in figures without the devices' own time."""
    assert REFERENCE.verdict is Verdict.OK
    assert REFERENCE.reference
    assert (REFERENCE.level_db, REFERENCE.delay_ms) == (-20.0, 5.0)
    assert (REFERENCE.sti, REFERENCE.sti_band) == (0.8, "A+ (excellent)")
    assert not REFERENCE.delay_with_devices


def test_the_same_again_is_ok_and_no_new_reference() -> None:
    """Small differences are none."""
    result = judge(measured(level_db=-21.5, sti=0.76, delay_s=0.096), REFERENCE, AT)
    assert result.verdict is Verdict.OK
    assert not result.reference


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"level_db": -27.5}, "7.5 dB softer"),
        ({"level_db": -10.0}, "10.0 dB louder"),
        ({"delay_s": 0.105}, "10.0 ms later"),
        ({"sti": 0.55}, "speech transmission index -0.25"),
        ({"response": [(500, 1.0), (2_000, -9.5)]}, "-9.5 dB at 2000 Hz"),
    ],
)
def test_a_change_is_said_in_figures(changes: dict[str, Any], words: str) -> None:
    """The message names what has changed and by how much."""
    result = judge(measured(**changes), REFERENCE, AT)
    assert result.verdict is Verdict.CHANGED
    assert words in result.message
    assert REFERENCE.at in result.message


def test_calibrating_makes_a_change_the_new_reference() -> None:
    """Whoever moved the microphone on purpose says so."""
    again = msgspec.structs.replace(AT, calibrate=True)
    result = judge(measured(level_db=-40.0), REFERENCE, again)
    assert result.verdict is Verdict.OK
    assert result.reference


def test_calibrating_in_noise_changes_no_reference() -> None:
    """A test that cannot be compared is none to compare with."""
    again = msgspec.structs.replace(AT, calibrate=True)
    result = judge(measured(noise_dbfs=-38.0), REFERENCE, again)
    assert result.verdict is Verdict.NOISY
    assert not result.reference
    assert result.sti == 0.8


def test_silence_in_a_quiet_room_is_no_sound_heard() -> None:
    """Nothing found though it would have been."""
    result = judge(measured(path=None), REFERENCE, AT)
    assert result.verdict is Verdict.NO_SOUND
    assert (result.level_db, result.sti, result.response) == (None, None, [])


def test_silence_in_a_loud_room_is_too_noisy() -> None:
    """Nothing found, and it could not have been."""
    assert judge(measured(path=None, noise_dbfs=-5.0), REFERENCE, AT).verdict is Verdict.NOISY
    assert judge(measured(path=None, noise_dbfs=-20.0), None, AT).verdict is Verdict.NOISY


def test_a_muted_output_is_named() -> None:
    """The speaker is not blamed for what was not played."""
    result = judge(measured(path=None, played_dbfs=-200.0), REFERENCE, AT)
    assert result.verdict is Verdict.NO_SOUND
    assert "muted" in result.message


def test_an_overloaded_microphone_is_named() -> None:
    """Clipped sound is not compared."""
    assert judge(measured(overloaded=True), None, AT).verdict is Verdict.OVERLOADED


def test_a_delay_with_the_devices_in_it_says_so() -> None:
    """On a board of which nobody knows the devices' own time."""
    result = judge(measured(), None, msgspec.structs.replace(AT, device_ms=None))
    assert result.delay_with_devices
    assert result.delay_ms == 95.0


def test_an_input_that_was_opened_for_the_test_only_is_said() -> None:
    """Nobody is listened to without being told."""
    off = msgspec.structs.replace(AT, input_was_off=True)
    for result in (judge(measured(), None, off), unmeasured(Verdict.FAILED, "Broken.", off)):
        assert result.input_was_off
        assert "opened for this test only" in result.message


def test_a_result_comes_back_from_json_as_it_was() -> None:
    """The trend is kept as JSON."""
    assert msgspec.json.decode(msgspec.json.encode(REFERENCE), type=Result) == REFERENCE
