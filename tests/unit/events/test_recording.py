"""What a recording holds: the ring, the moments of its frames, the cut, and what it says of itself."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import InvalidValue
from common.pcm import PERIOD_FRAMES, SAMPLE_RATE_HZ, Flag
from common.rules import TemplateParameter
from daemons.events.recording import cut as cuts
from daemons.events.recording.cut import LONGEST_S, Cut, cut, frames_of
from daemons.events.recording.formats import DEFAULT, FORMATS, choices, format_of
from daemons.events.recording.heard import Heard
from daemons.events.recording.ring import Block, Ring
from daemons.events.recording.spans import Span
from daemons.events.recording.timeline import Timeline

PERIOD_S = PERIOD_FRAMES / SAMPLE_RATE_HZ

Step = tuple[str, int]
steps = st.lists(st.tuples(st.sampled_from(["sound", "silence", "size"]), st.integers(1, 70)))


class Everything:
    """What a ring would be if it forgot nothing: every frame, and whether it was heard."""

    def __init__(self) -> None:
        self.samples: list[int] = []
        self.heard: list[bool] = []

    def sound(self, ring: Ring, frames: int) -> None:
        first = len(self.samples) + 1
        block = np.arange(first, first + frames, dtype=np.int16)
        ring.append(block)
        self.samples += block.tolist()
        self.heard += [True] * frames

    def silence(self, ring: Ring, frames: int) -> None:
        ring.append_silence(frames)
        self.samples += [0] * frames
        self.heard += [False] * frames


def run(ring: Ring, size: int, done: list[Step]) -> tuple[Everything, int]:
    """Do the steps; return all there was, and the oldest frame that must be there."""
    everything, oldest = Everything(), 0
    for what, number in done:
        if what == "sound":
            everything.sound(ring, number)
        elif what == "silence":
            everything.silence(ring, number)
        else:
            size = number
            ring.resize(size)
        oldest = max(oldest, len(everything.samples) - size)
    return everything, oldest


def unheard(spans: list[Span], start: int, stop: int) -> list[bool]:
    """Return for each frame whether it is in one of the spans."""
    return [any(first <= frame < after for first, after in spans) for frame in range(start, stop)]


@given(st.integers(1, 60), steps, st.data())
def test_a_ring_gives_back_what_it_was_given(
    size: int, done: list[Step], data: st.DataObject
) -> None:
    """Whatever came in whatever pieces: what is there is right, what is not is silence and said to be."""
    ring = Ring(size)
    everything, oldest = run(ring, size, done)
    end = len(everything.samples)
    assert (ring.start, ring.end) == (oldest, end)
    start = data.draw(st.integers(0, end))
    stop = data.draw(st.integers(start, end))
    block, silences = ring.read(start, stop)
    frames = range(start, stop)
    assert block.tolist() == [everything.samples[n] if n >= oldest else 0 for n in frames]
    expected = [n < oldest or not everything.heard[n] for n in frames]
    assert unheard(silences, start, stop) == expected
    assert all(first < after for first, after in silences)


def test_a_ring_forgets_at_once() -> None:
    """Nothing of what was heard is in memory any more, and frames go on being counted."""
    ring = Ring(50)
    ring.append(np.full(80, 7, dtype=np.int16))
    ring.clear()
    assert (ring.start, ring.end) == (80, 80)
    assert not ring._memory.any()
    ring.append(np.full(3, 5, dtype=np.int16))
    assert ring.read(78, 83)[0].tolist() == [0, 0, 5, 5, 5]
    with pytest.raises(ValueError, match="still to come"):
        ring.read(80, 84)


@given(
    st.integers(-5_000_000, 5_000_000),
    st.integers(0, frames_of(60)),
    st.none() | st.integers(0, frames_of(600)),
    st.integers(0, 5_000_000),
)
def test_a_cut_is_what_was_asked_for_as_far_as_it_is_there(
    trigger: int, pre: int, post: int | None, oldest: int
) -> None:
    """It begins `pre` before the trigger or with the oldest frame, and ends `post` after it or is bounded."""
    made = cut(trigger, pre, post, oldest)
    if made is None:
        assert post is not None
        assert trigger + post <= max(trigger - pre, oldest)
        return
    assert made.start == max(trigger - pre, oldest)
    assert made.stop == (made.start + frames_of(LONGEST_S) if post is None else trigger + post)
    assert made.start < made.stop
    assert made.open is (post is None)
    assert ("could be had" in made.note()) is (oldest > trigger - pre)


@given(st.integers(-100, 2 * frames_of(LONGEST_S)), st.integers(0, frames_of(600)))
def test_one_that_goes_on_ends_after_its_end_but_not_later_than_the_longest(
    at: int, post: int
) -> None:
    """Told of an end before its start it is empty, not negative."""
    made = Cut(0, -10, 0, frames_of(LONGEST_S), open=True)
    made.end(at, post)
    assert made.stop == min(frames_of(LONGEST_S), max(at + post, 0))
    assert "longest" not in made.note()


spans = st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 10**6)), max_size=300)


@given(spans, st.booleans(), st.integers(-frames_of(60), frames_of(660)))
def test_a_note_always_fits_and_says_how_much_is_missing(
    parts: list[tuple[int, int]], open_: bool, trigger: int
) -> None:
    """However many gaps there are: the room in the file is that long and no longer."""
    made = Cut(trigger, trigger - frames_of(60), 0, frames_of(LONGEST_S), open=open_)
    at, silences = 0, []
    for quiet, missing in parts:
        silences.append((at + quiet, at + quiet + missing))
        at += quiet + missing
    made.add_silences(silences)
    note = made.note()
    assert len(note.encode("ascii")) <= cuts.LONGEST_NOTE
    missing_s = sum(missing for _quiet, missing in parts) / SAMPLE_RATE_HZ
    assert (f"No sound could be had for {missing_s:.3f} s" in note) is bool(parts)


def test_silences_that_touch_are_one() -> None:
    """A gap that is read in two pieces is one gap."""
    made = Cut(0, 0, 0, 1000)
    made.add_silences([(10, 20)])
    made.add_silences([(20, 30), (40, 50)])
    assert made.silences == [(10, 30), (40, 50)]


# --- moments ---------------------------------------------------------------------------------


@given(
    st.lists(st.floats(0, 0.3), min_size=20, max_size=400),
    st.floats(-100e-6, 100e-6),
    st.floats(0, 1e6),
)
def test_the_moment_of_a_frame_is_known_to_a_period(
    lateness: list[float], drift: float, begun_s: float
) -> None:
    """However late packets arrive, if one in ten is prompt, and whichever way the card's clock is off."""
    timeline = Timeline()
    for number, late_s in enumerate(lateness, 1):
        prompt = number % 10 == 1
        heard_s = begun_s + number * PERIOD_S * (1 + drift)
        timeline.arrived(PERIOD_FRAMES, number * PERIOD_FRAMES, heard_s + (0 if prompt else late_s))
    frame = len(lateness) * PERIOD_FRAMES
    heard_s = begun_s + len(lateness) * PERIOD_S * (1 + drift)
    assert abs(timeline.moment_of(frame) - heard_s) < PERIOD_S
    assert abs(timeline.frame_at(heard_s) - frame) < PERIOD_FRAMES
    assert math.isclose(timeline.moment_of(timeline.frame_at(heard_s)), heard_s, abs_tol=1e-4)


def period(value: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """Return a period that is easily told from others."""
    return np.full(PERIOD_FRAMES, value, dtype=np.float32)


def values(block: Block) -> list[float]:
    """Return the value of each period of a block."""
    return [round(float(value) / 32_768, 3) for value in block[::PERIOD_FRAMES]]


def test_what_was_dropped_on_the_way_is_silence() -> None:
    """A jump of the position says how much; a gap without one is measured by the clock."""
    heard = Heard()
    heard.take(period(0.25), 0, Flag.NONE, 10.00)
    heard.take(period(0.5), 3 * PERIOD_FRAMES, Flag.GAP, 10.03)
    heard.take(period(0.75), 4 * PERIOD_FRAMES, Flag.GAP, 10.06)
    heard.end_capture()
    block, silences = heard.read(0, heard.end)
    assert values(block) == [0.25, 0.0, 0.0, 0.5, 0.0, 0.0, 0.75]
    assert len(silences) == 2


def test_another_capture_goes_on_where_time_has_come_to() -> None:
    """Its positions begin anew; what lies between is silence."""
    heard = Heard()
    heard.take(period(0.25), 7 * PERIOD_FRAMES, Flag.NONE, 10.0)
    heard.end_capture()
    heard.take(period(0.5), 0, Flag.NONE, 10.5)
    heard.end_capture()
    made = heard.cut(10.5, 0.5, 0.0)
    assert made is not None
    block, silences = heard.read(made.start, made.stop)
    assert values(block)[-1] == 0.5
    assert heard.end == 51 * PERIOD_FRAMES
    assert sum(after - first for first, after in silences) == pytest.approx(
        49 * PERIOD_FRAMES, abs=PERIOD_FRAMES // 10
    )


def test_what_is_forgotten_is_in_no_later_recording() -> None:
    """As after a long time without sound."""
    heard = Heard()
    heard.keep(2.0)
    heard.take(period(0.25), 0, Flag.NONE, 10.0)
    heard.forget()
    assert not heard.anything
    heard.take(period(0.5), 480, Flag.NONE, 30.0)
    heard.end_capture()
    made = heard.cut(30.0, 2.0, 0.0)
    assert made is not None
    assert values(heard.read(made.start, made.stop)[0]) == [0.5]


def test_loud_sound_is_clipped_and_not_turned_over() -> None:
    """Full scale and beyond, in 16 bits."""
    heard = Heard()
    heard.take(np.array([1.0, 1.5, -1.0, -1.5, 1e-5], np.float32), 0, Flag.NONE, 1.0)
    heard.end_capture()
    assert heard.read(0, 5)[0].tolist() == [32767, 32767, -32768, -32768, 0]


# --- formats ---------------------------------------------------------------------------------


def test_a_network_storage_gets_matroska() -> None:
    """And whoever wants WAV elsewhere can have it."""
    assert {FORMATS[value].container for value in choices(network_storage=True)} == {"matroska"}
    everywhere = choices(network_storage=False)
    assert set(everywhere) == set(FORMATS)
    assert next(iter(everywhere)) == DEFAULT
    assert TemplateParameter("f", "Format", kind="choice", values=everywhere).values == everywhere
    with pytest.raises(InvalidValue, match="must be matroska_opus or"):
        format_of("mp3")
