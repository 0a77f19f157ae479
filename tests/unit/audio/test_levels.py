"""The memory of gains: what is under a mute, and what each type of input had."""

import pytest

from common.params.kinds import Access
from daemons.params.declarations import declared
from daemons.params.state import State
from daemons.params.tree import Declarations, Tree
from daemons.params.updating import update
from tests.unit.params.example import sealer

OUTPUT = "AudioSource.A0.OutputGain"
INPUT = "AudioSource.A0.InputGain"
TYPE = "AudioSource.A0.InputType"
SEPARATE = "Audio.Input.SeparateGain"


class Unit:
    """The settings of a unit, changed as every interface changes them."""

    def __init__(self) -> None:
        self._tree = Tree(Declarations(declared()), State())

    def write(self, **changes: str) -> dict[str, str]:
        """Write as one transaction; returns what is told."""
        names = {"output": OUTPUT, "input": INPUT, "type": TYPE, "separate": SEPARATE}
        written = {names.get(key, key): value for key, value in changes.items()}
        change, refused = update(
            self._tree,
            sealer(),
            written,
            Access.ADMIN,
            "joe",
            atomic=True,
            vetoes={},
        )
        assert refused == {}
        change.apply(self._tree.state)
        assert {line.name: line.new for line in change.history} == change.told
        return change.told

    @property
    def values(self) -> dict[str, str]:
        """What all of them are worth now."""
        return dict(
            pair for _known, pairs in self._tree.select([""], Access.ADMIN) for pair in pairs
        )


@pytest.fixture
def unit() -> Unit:
    """Return a unit with an output at -12 dB and a microphone at 3 dB."""
    made = Unit()
    made.write(output="-12", input="3", type="mic", separate="no")
    return made


def test_what_was_under_the_mute_is_remembered(unit: Unit) -> None:
    """Muting leaves the level in the memory; a new level replaces it."""
    unit.write(output="mute", input="mute")
    assert unit.values["Audio.Output.Level"] == "-12"
    assert unit.values["Audio.Input.Mic.Level"] == "3"
    assert unit.values["Audio.Input.Mic.Mute"] == "yes"
    unit.write(output="-20", input="4.5")
    assert unit.values["Audio.Output.Level"] == "-20"
    assert unit.values["Audio.Input.Mic.Level"] == "4.5"
    assert unit.values["Audio.Input.Mic.Mute"] == "no"


def test_the_level_can_be_changed_under_the_mute(unit: Unit) -> None:
    """A level written while it is muted stays; while it is not, the gain says what holds."""
    unit.write(output="mute")
    unit.write(**{"Audio.Output.Level": "-30"})
    assert (unit.values[OUTPUT], unit.values["Audio.Output.Level"]) == ("mute", "-30")
    unit.write(output="-3")
    assert unit.write(**{"Audio.Output.Level": "-30"}) == {}
    assert unit.values["Audio.Output.Level"] == "-3"


def test_one_gain_serves_all_types_unless_they_are_separate(unit: Unit) -> None:
    """Without separate gains the type makes no difference."""
    unit.write(type="line")
    assert unit.values[INPUT] == "3"
    unit.write(input="6")
    unit.write(type="mic")
    assert unit.values[INPUT] == "6"
    assert unit.values["Audio.Input.Line.Level"] == unit.values["Audio.Input.Mic.Level"] == "6"


@pytest.mark.covers("M-AUD-09", part="memory")
def test_each_type_has_its_own_gain_when_they_are_separate(unit: Unit) -> None:
    """Changing the type brings back the gain and the mute that this type had."""
    unit.write(separate="yes")
    unit.write(type="line")
    assert unit.values[INPUT] == "3"
    unit.write(input="-9")
    unit.write(type="mic")
    assert unit.values[INPUT] == "3"
    unit.write(input="mute")
    unit.write(type="line")
    assert unit.values[INPUT] == "-9"
    unit.write(type="mic")
    assert unit.values[INPUT] == "mute"
    assert unit.values["Audio.Input.Mic.Level"] == "3"


def test_type_and_gain_written_together_are_taken_as_they_are(unit: Unit) -> None:
    """Who writes a gain with the type means that gain."""
    unit.write(separate="yes")
    unit.write(type="line", input="-6")
    assert unit.values[INPUT] == unit.values["Audio.Input.Line.Level"] == "-6"
    assert unit.values["Audio.Input.Mic.Level"] == "3"
    unit.write(type="mic", input="-6")
    assert unit.values[INPUT] == unit.values["Audio.Input.Mic.Level"] == "-6"


def test_the_same_gain_for_all_again(unit: Unit) -> None:
    """When the gains are no longer separate, the one in use holds for every type."""
    unit.write(separate="yes")
    unit.write(type="line", input="-6")
    unit.write(separate="no")
    assert unit.values["Audio.Input.Mic.Level"] == "-6"
