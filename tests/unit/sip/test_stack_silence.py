"""Whether anybody is there still."""

from daemons.sip.stack.silence import Silence


def test_nothing_comes_for_too_long() -> None:
    """Once for each time that long; whatever comes begins anew, also the counters of another stream."""
    silence = Silence(60, 1000.0)
    assert not silence.too_long((5, 0), 1000.0)
    assert not silence.too_long((5, 0), 1059.9)
    assert silence.too_long((5, 0), 1060.0)
    assert not silence.too_long((5, 0), 1119.9)
    assert silence.too_long((5, 0), 1120.0)
    assert not silence.too_long((5, 1), 1179.0)
    assert not silence.too_long((0, 0), 1238.0)
    assert silence.too_long((0, 0), 1298.0)


def test_nothing_has_ever_come() -> None:
    """As from a phone that vanished before its first word, or that is held."""
    silence = Silence(60, 1000.0)
    assert not silence.too_long((), 1059.0)
    assert silence.too_long((), 1060.0)
