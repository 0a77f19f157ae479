"""What is generated says what the code says."""

import pytest

from common.params.kinds import Int
from common.params.registry import Parameter, Registry
from docs.generate import FOLDER, PAGES, parameters_page


@pytest.mark.parametrize("name", PAGES)
def test_generated_pages_are_current(name: str) -> None:
    """Who changes a declaration runs `make docs` in the same commit."""
    assert (FOLDER / name).read_text() == PAGES[name](), "run make docs"


def test_the_page_of_parameters_shows_limits_and_rights() -> None:
    """A reader finds what may be written, by whom and within what."""
    registry = Registry()
    registry.declare(
        Parameter("A.Port", Int(1, 9), "5", label="Port", help="Where it | listens.", owner="a")
    )
    page = parameters_page(registry)
    assert "## a\n" in page
    row = next(line for line in page.splitlines() if line.startswith("| A.Port"))
    assert row == (
        "| A.Port | int min 1 max 9 | `5` | viewer | admin | restore | Port: Where it \\| listens. |"
    )


def test_the_page_of_the_bus_tells_who_may_call() -> None:
    """A change of the contract or of the matrix shows in review."""
    page = PAGES["bus.md"]()
    assert "## org.c8210.ParamsSecrets1 (org.c8210.Params)" in page
    row = next(line for line in page.splitlines() if line.startswith("| `Reset` | `ss` | `t` |"))
    assert "| system |" in row


def test_the_page_of_vapix_tells_roles_and_effects() -> None:
    """Every path is there, with who may do what."""
    page = PAGES["vapix.md"]()
    assert "| `/axis-cgi/playclip.cgi` | Play clip | 1.0 |  |" in page
    assert "| `getAllUnrestrictedProperties` | anybody |  |" in page
    assert "| `upload` | operator | yes |" in page


def test_the_page_of_the_front_panel_shows_patterns_and_gestures() -> None:
    """Whoever stands before the unit finds what it shows, and what to press."""
    page = PAGES["front-panel.md"]()
    assert "| red 200 ms, green 200 ms | somebody wants to find the unit | `locate` |" in page
    assert "| green, steady | normal operation | `normal` |" in page
    assert "| `impedance_test` | Press and hold for 2 s, until tones are heard. |" in page
