"""Modifiers in texts and file names."""

from datetime import datetime, timedelta, timezone

import pytest

from daemons.events.modifiers import Facts, expanded

TIME = datetime(2026, 3, 5, 7, 8, 9, 450_000, timezone(timedelta(hours=1), "CET"))
FACTS = Facts(TIME, "192.0.2.7", "b8:a4:4f:01:02:aB", "c8210-hall", 42, "Hello")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("%c", "Thu Mar  5 07:08:09 2026"),
        ("%D %F %x", "03/05/26 2026-03-05 03/05/26"),
        ("%p %r", "AM 07:08:09 AM"),
        ("%R %T %X", "07:08 07:08:09 07:08:09"),
        ("%z %Z", "+0100 CET"),
        ("%C %G %g %Y %y", "20 2026 26 2026 26"),
        ("%b %B %h %m", "Mar March Mar 03"),
        ("%U %V %W", "09 10 09"),
        ("%a %A %d %e %j %u %w", "Thu Thursday 05  5 064 4 4"),
        ("%H %I %k %l", "07 07  7  7"),
        ("%M:%S.%f %s", "08:09.45 1772690889"),
        ("#i #m #M #n #s #D", "192.0.2.7 0102AB B8A44F0102AB c8210-hall 42 Hello"),
        ("100 %% ##1", "100 % #1"),
        ("%%Y ##n", "%Y #n"),
        ("%q #x 50% # %#n", "%q #x 50% # %c8210-hall"),
        ("%\n#", "%\n#"),
    ],
)
def test_every_modifier_stands_for_something(text: str, meant: str) -> None:
    """The list of the VAPIX page, and what is no modifier."""
    assert expanded(text, FACTS) == meant


def test_what_a_modifier_brings_is_not_expanded_again() -> None:
    """A host name with a percent sign in it is a host name."""
    assert expanded("#n", Facts(TIME, host_name="%Y#i")) == "%Y#i"
