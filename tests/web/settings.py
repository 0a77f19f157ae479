"""The unit's sound settings as tests of pages see them: from outside the browser."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.suite import Unit

GROUPS = "Audio,AudioSource"


def settings(unit: Unit) -> dict[str, dict[str, Any]]:
    """Return every setting of sound by its name."""
    with unit.admin() as admin:
        listed = admin.get("/api/parameters", params={"group": GROUPS}).json()["parameters"]
        return {one["name"]: one for one in listed}


def value(unit: Unit, name: str) -> str:
    """Return the value of one setting."""
    return str(settings(unit)[name]["value"])


def change(unit: Unit, changes: Mapping[str, str]) -> None:
    """Set some as another client would."""
    with unit.admin() as admin:
        admin.patch("/api/parameters", json={"changes": dict(changes)}).raise_for_status()


def room(unit: Unit, noise_dbfs: float | None) -> None:
    """Fill the room with noise, or end it."""
    answer = unit.client.post("/sim/room", json={"noise_dbfs": noise_dbfs})
    answer.raise_for_status()


def input_on(unit: Unit) -> None:
    """Turn the audio input on."""
    change(unit, {"AudioSource.A0.AudioSupport": "yes"})


@contextmanager
def sound_as_it_comes(unit: Unit) -> Iterator[None]:
    """Leave every setting of sound at its default, and the room quiet, before and after."""
    _reset(unit)
    try:
        yield
    finally:
        _reset(unit)


def _reset(unit: Unit) -> None:
    room(unit, None)
    changed = {
        name: one["default"]
        for name, one in settings(unit).items()
        if one["writable"] and one["value"] != one["default"]
    }
    if changed:
        change(unit, changed)
