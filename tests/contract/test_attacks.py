"""What strangers, and people with little right, tried against the running suite."""

import contextlib

import pytest

from tests.contract.test_http_front import connected, request
from tests.suite import Unit


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/axis-cgi/mediaclip.cgi?action=upload", 400),
        ("/axis-cgi/audio/transmit.cgi", 415),
        ("/axis-cgi/systemready.cgi", 200),
    ],
)
def test_nobody_without_a_login_holds_every_place(unit: Unit, target: str, expected: int) -> None:
    """Whose body never ends may take the places of one address, on the paths with few places too."""
    hold = request(target.encode(), b"Content-Length: 400000", method=b"POST") + b"x"
    with contextlib.ExitStack() as stack:
        for _ in range(130):
            stack.enter_context(connected(unit, source="127.0.0.66")).sendall(hold)
        with unit.admin() as admin:
            assert admin.post(target).status_code == expected
