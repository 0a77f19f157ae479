"""What another version stored is taken over where it fits."""

import pytest

from daemons.params.migration import migrated
from tests.unit.params.example import tree


@pytest.mark.parametrize(
    ("stored", "changes"),
    [
        ({"Audio.Gain": "-3"}, {}),
        ({"Network.OldName": "lobby"}, {"Network.OldName": None, "Network.Name": "lobby"}),
        ({"Network.OldName": "a", "Network.Name": "b"}, {"Network.OldName": None}),
        ({"Audio.Gain": "very loud"}, {"Audio.Gain": None}),
        ({"Audio.Gain": "-3.0"}, {"Audio.Gain": "-3"}),
        ({"Audio.Gain": "0.0"}, {"Audio.Gain": None}),
        ({"Nobody.Knows": "x"}, {}),
    ],
)
def test_stored_values_are_brought_in_line(
    stored: dict[str, str], changes: dict[str, str | None]
) -> None:
    """A value that no longer fits gives way to the default; an unknown name waits for its version."""
    assert migrated(tree(values=stored)).values == changes
