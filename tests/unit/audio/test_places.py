"""The multicast controller's list beside the classes."""

import numpy as np

from daemons.audio.ducking import Action, ClassRules, Contender, decide
from daemons.audio.mixer import Mixer, Voice
from daemons.audio.playback import PlaybackSpec, SourceClass
from daemons.audio.sources import MemorySource

RULES = ClassRules()


def test_the_first_of_the_list_is_heard_whatever_its_class() -> None:
    """An announcement that stands first silences a page below it, which alone would silence the announcement."""
    clip = Contender("clip", SourceClass.ANNOUNCEMENT, 0, place=1)
    page = Contender("page", SourceClass.PAGE, 90, place=2)
    treated = decide((clip, page), RULES)
    assert treated["clip"].by is None
    assert (treated["page"].by, treated["page"].action) == ("clip", Action.SILENCE)


def test_what_is_in_no_list_goes_by_its_class() -> None:
    """An emergency silences the first of the list, and music is silenced by the last."""
    alarm = Contender("alarm", SourceClass.EMERGENCY, 0)
    music = Contender("music", SourceClass.MUSIC, 0)
    page = Contender("page", SourceClass.PAGE, 0, place=13)
    treated = decide((alarm, music, page), RULES)
    assert treated["page"].by == "alarm"
    assert treated["music"].by == "alarm"
    assert decide((music, page), RULES)["music"].by == "page"


def test_of_one_place_the_classes_decide() -> None:
    """Two clips stand in the same place: the announcement ducks the music as ever."""
    speech = Contender("speech", SourceClass.ANNOUNCEMENT, 0, place=3)
    music = Contender("music", SourceClass.MUSIC, 0, place=3)
    treated = decide((speech, music), RULES)
    assert treated["music"].action is Action.DUCK
    assert treated["speech"].by is None


def test_a_new_order_counts_from_the_next_period() -> None:
    """Two pages change places while both play: one fades in as the other fades out, and no sample jumps."""
    rules = ClassRules()
    mixer = Mixer(rules, 480)
    for id_, level, place in (("low", 0.25, 2), ("high", 0.5, 1)):
        source = MemorySource(np.full(48_000, level, dtype=np.float32))
        spec = PlaybackSpec(id_, SourceClass.PAGE, place=place)
        mixer.add(Voice(id_, source, spec, 480))
    out = np.zeros(480, dtype=np.float32)
    for _ in range(5):
        mixer.render(out)
    assert np.all(out == np.float32(0.5))
    assert mixer.place({"low": 1, "high": 2})
    assert not mixer.place({"low": 1, "gone": 4})
    blocks = []
    for _ in range(5):
        mixer.render(out)
        blocks.append(out.copy())
    sound = np.concatenate(blocks)
    assert np.all(sound[-480:] == np.float32(0.25))
    ramp = rules.rules[SourceClass.PAGE].ramp_ms * 48
    assert np.max(np.abs(np.diff(sound))) <= 0.75 / ramp * 1.01
