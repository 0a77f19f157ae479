"""Keys as they reach the daemon."""

from daemons.sip.stack.keypad import Keypad

RTP, INFO = 1, 2


def counted(*pressed: tuple[str, int, float]) -> str:
    """Return the keys that count."""
    keypad = Keypad()
    return "".join(digit for digit, method, at in pressed if keypad.pressed(digit, method, at))


def test_a_key_that_is_told_by_two_methods_is_pressed_once() -> None:
    """Whichever comes first; one that is pressed twice by the same method, or later, is pressed twice."""
    assert counted(("1", RTP, 0.0), ("1", INFO, 0.1)) == "1"
    assert counted(("1", INFO, 0.0), ("1", RTP, 0.1)) == "1"
    assert counted(("1", RTP, 0.0), ("1", RTP, 0.1)) == "11"
    assert counted(("1", RTP, 0.0), ("1", INFO, 0.3)) == "11"
    assert counted(("1", RTP, 0.0), ("2", INFO, 0.1)) == "12"
    quickly = ("1", RTP, 0.0), ("1", INFO, 0.05), ("1", RTP, 0.15), ("1", INFO, 0.19)
    assert counted(*quickly) == "11"


def test_nobody_presses_more_than_twenty_keys_a_second() -> None:
    """The rest is dropped, and later ones count again."""
    flood = [(str(n % 10), RTP, n * 0.01) for n in range(100)]
    assert len(counted(*flood)) == 20
    assert counted(*flood, ("7", RTP, 1.01)).endswith("7")
    assert len(counted(*((str(n % 10), RTP, n * 0.051) for n in range(100)))) == 100
