"""Audio detection: the scale, the alarm level, and what keeps it from trembling."""

import pytest

from daemons.audio.detection import WINDOWS_BELOW, Detector, percent


@pytest.mark.covers("M-DET-02", part="scale")
@pytest.mark.parametrize(
    ("dbfs", "expected"), [(-120.0, 0.0), (-90.0, 0.0), (-45.0, 50.0), (-9.0, 90.0), (0.0, 100.0)]
)
def test_the_scale_is_a_straight_line_from_minus_90_dbfs_to_full_scale(
    dbfs: float, expected: float
) -> None:
    """0 % is -90 dBFS and everything below, 100 % is full scale."""
    assert percent(dbfs) == pytest.approx(expected)


@pytest.mark.covers("M-DET-02", part="ends")
def test_zero_is_the_most_sensitive_and_a_hundred_the_least() -> None:
    """At 0 any sound that is there counts, and silence does not; at 100 not even full scale does."""
    everything, nothing = Detector(0), Detector(100)
    assert not everything.hear(0.0)
    assert everything.hear(0.1)
    assert everything.above
    assert not nothing.hear(100.0)
    assert not nothing.above


@pytest.mark.covers("M-DET-04", part="crossing")
def test_it_rises_at_once_and_falls_after_half_a_second() -> None:
    """One loud window is enough; it must be 3 % below for ten windows before it counts as below."""
    detector = Detector(60)
    assert detector.hear(61.0)
    assert not any(detector.hear(57.0) for _ in range(WINDOWS_BELOW - 1))
    assert not detector.hear(58.0), "within the hysteresis it starts again"
    assert not any(detector.hear(10.0) for _ in range(WINDOWS_BELOW - 1))
    assert detector.hear(10.0)
    assert not detector.above


def test_another_alarm_level_counts_from_the_next_window_on() -> None:
    """Set lower, the same sound is above; set higher, it falls."""
    detector = Detector(80)
    assert not detector.hear(70.0)
    detector.threshold = 50
    assert detector.hear(70.0)
    detector.threshold = 90
    assert [detector.hear(70.0) for _ in range(WINDOWS_BELOW)][-1]
    assert not detector.above
