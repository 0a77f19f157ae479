"""When a level counts, beside a reference that looks at every millisecond."""

from hypothesis import given
from hypothesis import strategies as st

from daemons.ioports.ports.debounce import Debounced

Change = tuple[bool, float]


def test_the_first_level_counts_at_once() -> None:
    """There is nothing that it could bounce from."""
    debounced = Debounced(20)
    assert debounced.level is None
    assert list(debounced.feel(True, 5)) == [(True, 5)]
    assert debounced.due() is None


def test_without_a_time_every_edge_counts() -> None:
    """As it comes."""
    debounced = Debounced(0)
    felt = [change for at in range(4) for change in debounced.feel(at % 2 == 0, at)]
    assert felt == [(True, 0), (False, 1), (True, 2), (False, 3)]


def test_a_level_that_does_not_stand_does_not_count() -> None:
    """Nor is anything due once it has gone."""
    debounced = Debounced(20)
    list(debounced.feel(False, 0))
    assert list(debounced.feel(True, 100)) == []
    assert debounced.due() == 120
    assert list(debounced.feel(False, 119)) == []
    assert debounced.due() is None
    assert list(debounced.settle(1000)) == []


def test_what_comes_late_counts_at_its_own_time() -> None:
    """An edge that is heard of late tells that the level before it had stood long enough."""
    debounced = Debounced(20)
    list(debounced.feel(False, 0))
    list(debounced.feel(True, 100))
    assert list(debounced.feel(False, 130)) == [(True, 120)]
    assert list(debounced.settle(150)) == [(False, 150)]


def test_another_time_holds_for_what_is_pending() -> None:
    """Also a shorter one."""
    debounced = Debounced(500)
    list(debounced.feel(False, 0))
    list(debounced.feel(True, 100))
    debounced.hold(0)
    assert list(debounced.settle(110)) == [(True, 100)]


def test_what_is_forgotten_is_felt_anew() -> None:
    """As after the port was an output."""
    debounced = Debounced(20)
    list(debounced.feel(True, 0))
    debounced.forget()
    assert debounced.level is None
    assert list(debounced.feel(True, 9)) == [(True, 9)]


@given(
    hold=st.integers(0, 12),
    gaps=st.lists(st.integers(1, 20), max_size=40),
    late=st.booleans(),
)
def test_it_is_as_a_look_at_every_millisecond_would_have_it(
    hold: int, gaps: list[int], late: bool
) -> None:
    """Whether time is told in between or only with the next edge."""
    edges, at = [], 0
    for index, gap in enumerate(gaps):
        at += gap
        edges.append((index % 2 == 0, at))
    end = at + hold + 1
    debounced = Debounced(hold)
    found = list(debounced.feel(False, 0))[1:]
    passed = 0
    for level, when in edges:
        if not late:
            for now in range(passed + 1, when):
                found += debounced.settle(now)
        found += debounced.feel(level, when)
        passed = when
    found += debounced.settle(end)
    assert found == looked_at(edges, hold, end)


def looked_at(edges: list[tuple[bool, int]], hold: int, end: int) -> list[Change]:
    """Return what counts, by the level of each millisecond."""
    levels = dict.fromkeys(range(-hold, end + 1), False)
    for level, at in edges:
        levels.update(dict.fromkeys(range(at, end + 1), level))
    counts = False
    changes: list[Change] = []
    for now in range(end + 1):
        # Just before `now` the other level must have stood for the whole time; without a time it counts as it comes.
        stood = [levels[each] for each in range(now - hold, now)] if hold else [levels[now]]
        if stood and all(level != counts for level in stood):
            counts = not counts
            changes.append((counts, now))
    return changes
