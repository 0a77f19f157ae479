"""The browser interface has a form field for every kind of parameter."""

from pathlib import Path

from common.params import kinds
from common.params.kinds import Kind

FIELDS = Path(__file__).parents[2] / "web" / "src" / "fields"
ONE_OF_EACH: tuple[Kind, ...] = (
    kinds.Bool(),
    kinds.Int(),
    kinds.Choice.of("one", "other"),
    kinds.Gain(-10, 0),
    kinds.Text(),
    kinds.Secret(),
    kinds.IpAddress(),
    kinds.IpAddressList(),
    kinds.Hostname(),
)


def test_every_kind_is_tried_here() -> None:
    """A new kind cannot be forgotten below."""
    assert {type(kind) for kind in ONE_OF_EACH} == set(Kind.__subclasses__())


def test_every_kind_has_a_folder_with_a_field_and_a_check() -> None:
    """One folder for each kind, and none for a kind that is no more."""
    wanted = {str(kind.field()["type"]) for kind in ONE_OF_EACH}
    folders = {path.name for path in FIELDS.iterdir() if path.is_dir()}
    assert folders == wanted
    for folder in folders:
        assert {"Field.svelte", "check.ts"} <= {path.name for path in (FIELDS / folder).iterdir()}
