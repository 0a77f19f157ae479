"""Classes decide who is heard."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemons.audio.ducking import Action, ClassRule, ClassRules, Contender, decide
from daemons.audio.playback import SourceClass

RULES = ClassRules(
    {
        SourceClass.EMERGENCY: ClassRule(Action.SILENCE, ramp_ms=10),
        SourceClass.PAGE: ClassRule(Action.DUCK, depth_db=20, ramp_ms=20),
        SourceClass.ANNOUNCEMENT: ClassRule(Action.DUCK, depth_db=12, ramp_ms=50),
        SourceClass.ADVERTISEMENT: ClassRule(Action.DUCK, depth_db=6, ramp_ms=100),
        SourceClass.MUSIC: ClassRule(Action.MIX),
    }
)


def contenders(*ranks: tuple[SourceClass, int]) -> list[Contender]:
    """Give each rank an id."""
    return [Contender(str(number), *rank) for number, rank in enumerate(ranks)]


def test_alone_nothing_happens_to_a_source() -> None:
    """A source that plays alone plays as it is, whatever its class."""
    for kind in SourceClass:
        (treatment,) = decide(contenders((kind, 0)), RULES).values()
        assert (treatment.action, treatment.gain, treatment.by) == (Action.MIX, 1.0, None)


def test_the_strongest_of_several_wins() -> None:
    """Music under an announcement and a page is ducked once, by the deeper of the two."""
    treated = decide(
        contenders((SourceClass.MUSIC, 0), (SourceClass.ANNOUNCEMENT, 0), (SourceClass.PAGE, 0)),
        RULES,
    )
    assert treated["0"].gain == pytest.approx(0.1)
    assert treated["0"].by == "2"
    assert treated["1"].by == "2"
    assert treated["2"].by is None


def test_an_emergency_silences_everything_below_it() -> None:
    """Nothing but the emergency is heard, and its own rule says how fast."""
    treated = decide(contenders(*((kind, 9) for kind in SourceClass)), RULES)
    for treatment in list(treated.values())[:-1]:
        assert (treatment.action, treatment.gain, treatment.ramp_ms) == (Action.SILENCE, 0.0, 10)
    assert treated["4"].by is None


def test_priority_counts_within_a_class_only() -> None:
    """The higher priority ducks the lower of its class; no priority lifts a source above its class."""
    treated = decide(
        contenders((SourceClass.PAGE, 1), (SourceClass.PAGE, 5), (SourceClass.MUSIC, 99)), RULES
    )
    assert treated["0"].by == "1"
    assert treated["1"].by is None
    assert treated["2"].gain == pytest.approx(0.1)


def test_equals_are_mixed() -> None:
    """Two sources of the same class and priority leave each other alone."""
    treated = decide(contenders((SourceClass.PAGE, 3), (SourceClass.PAGE, 3)), RULES)
    assert {treatment.action for treatment in treated.values()} == {Action.MIX}


@given(
    st.lists(st.tuples(st.sampled_from(SourceClass), st.integers(-3, 3)), min_size=1, max_size=12)
)
def test_the_highest_is_always_heard_as_it_is(ranks: list[tuple[SourceClass, int]]) -> None:
    """Whatever plays together, the highest is untouched and nobody is made louder."""
    present = contenders(*ranks)
    treated = decide(present, RULES)
    top = max(ranks)
    for contender in present:
        treatment = treated[contender.id]
        assert 0.0 <= treatment.gain <= 1.0
        if (contender.class_, contender.priority) == top:
            assert treatment.by is None


@pytest.mark.parametrize(("depth_db", "ramp_ms"), [(-1, 20), (6, 0), (6, 20_000)])
def test_a_rule_that_makes_no_sense_is_refused(depth_db: float, ramp_ms: float) -> None:
    """A negative depth, or a ramp that would click or never end, is an error."""
    with pytest.raises(ValueError, match=r"duck depth|ramp"):
        ClassRule(Action.DUCK, depth_db, ramp_ms)


def test_every_class_needs_a_rule() -> None:
    """The missing class is named."""
    rules = dict(RULES.rules)
    del rules[SourceClass.PAGE]
    with pytest.raises(ValueError, match="page"):
        ClassRules(rules)


def test_who_plays_alone_silences_what_is_below_it_and_nothing_above() -> None:
    """Whatever the rule of its class says."""
    mixing = ClassRules(dict.fromkeys(SourceClass, ClassRule(Action.MIX)))
    alone = Contender("measured", SourceClass.PAGE, 101, alone=True)
    others = [
        Contender("page", SourceClass.PAGE, 100),
        Contender("music", SourceClass.MUSIC, 0),
        Contender("alarm", SourceClass.EMERGENCY, 0),
    ]
    treated = decide([alone, *others], mixing)
    assert (treated["page"].action, treated["page"].by) == (Action.SILENCE, "measured")
    assert (treated["music"].action, treated["music"].by) == (Action.SILENCE, "measured")
    assert treated["alarm"].by is None
    assert treated["measured"].by is None
