"""Names, places and levels of clips."""

import fnmatch
import random
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import InvalidValue
from daemons.audio.clips.catalogue import (
    ClipInfo,
    extension_of,
    gain_db,
    matches,
    title_of,
    user_clip,
)
from daemons.audio.clips.factory import decoding_order, load_table
from daemons.audio.worker.protocol import EXTENSIONS, ClipFormat, Sound

SOUND = Sound(
    format=ClipFormat.WAV,
    sample_rate_hz=16_000,
    channels=2,
    frames=72_000,
    size=96_044,
    sha256="0" * 64,
    pcm_crc32=1,
    loudness_lufs=-31.256,
    true_peak_dbtp=-15.004,
)
CLIPS = [*(user_clip(index, "a.wav", SOUND) for index in (0, 3, 12)), *load_table()]

# What VAPIX clients know of a unit of this family (VAPIX reference, MediaClip).
ORIGINAL = {
    25: ("camera_clicks16k.au", "Camera clicks"), 26: ("camera_clicks.mp3", "Camera clicks"),
    27: ("abracadabra.mp3", "Abracadabra"), 28: ("ding_dong.mp3", "Ding-dong"),
    29: ("logo.mp3", "Logo"), 30: ("ringtone_1.mp3", "Ring tone 1"),
    31: ("ringtone_2.mp3", "Ring tone 2"), 32: ("alarm.mp3", "Alarm"),
    33: ("psssst.mp3", "Psssst"), 34: ("emergency.mp3", "Emergency"),
    35: ("test_message.mp3", "Test Message"), 36: ("trespassing.mp3", "Trespassing"),
    37: ("dog_1.mp3", "Dog bark 1"), 38: ("dog_2.mp3", "Dog bark 2"),
    39: ("dog_3.mp3", "Dog bark 3"), 40: ("dog_4.mp3", "Dog bark 4"),
    41: ("dog_5.mp3", "Dog bark 5"), 42: ("siren.mp3", "Siren"),
    43: ("internal_message_example.mp3", "Internal message example"),
    44: ("sales_offer_example.mp3", "Sales offer example"),
    45: ("store_closing_example.mp3", "Store closing example"),
    46: ("store_opening_example.mp3", "Store opening example"),
    47: ("birds_chirping.mp3", "Birds chirping"), 48: ("breaking_waves.mp3", "Breaking waves"),
    49: ("wind_chimes.mp3", "Wind chimes"),
}  # fmt: skip


def found(location: str) -> list[str]:
    """Return the file names of the clips at a location."""
    return [clip.file_name for clip in matches(location, CLIPS)]


def test_a_users_clip_is_described() -> None:
    """Place, title and gain come from the index, the sender's name and the measurement."""
    clip = user_clip(7, "Lunch break.WAV", SOUND)
    assert clip.location == "/etc/audioclips/MediaClip.M7.wav"
    assert clip.file_name == "MediaClip.M7.wav"
    assert (clip.title, clip.extension, clip.factory) == ("Lunch break", "wav", False)
    assert (clip.duration_s, clip.pcm_bytes) == (1.5, 288_000)
    assert (clip.loudness_lufs, clip.true_peak_dbtp, clip.gain_db) == (-31.26, -15.0, 11.26)
    assert clip.media_type == "audio/wav"


def test_a_clip_without_an_ending_gets_that_of_its_content() -> None:
    """A bare name is not refused, and its location still tells the format."""
    assert user_clip(0, "blob", SOUND).location == "/etc/audioclips/MediaClip.M0.wav"


@pytest.mark.parametrize(
    ("file_name", "extension", "title"),
    [
        ("lunch.wav", "wav", "lunch"),
        ("LUNCH.MP3", "mp3", "LUNCH"),
        ("a.b.opus", "opus", "a.b"),
        ("x.ogg", "ogg", "x"),
        ("x.vorbis", "vorbis", "x"),
        ("x.au", "au", "x"),
        ("noending", "", "noending"),
        ("ends.", "", "ends"),
        ("", "", ""),
        (".wav", "wav", "wav"),
        ("..", "", ""),
        ("../../etc/passwd", "", "passwd"),
        ("/etc/shadow.wav", "wav", "shadow"),
        ("C:\\Users\\me\\ring.wav", "wav", "ring"),
        ("a\nb\0c.wav", "wav", "abc"),
        ("  spaced  .wav", "wav", "spaced"),
        ("ä" * 100 + ".wav", "wav", "ä" * 64),
    ],
)
def test_a_senders_file_name_gives_ending_and_title(
    file_name: str, extension: str, title: str
) -> None:
    """Only the last part counts, and nothing in it that cannot be shown."""
    assert extension_of(file_name) == extension
    assert title_of(file_name) == title


@pytest.mark.parametrize(
    "file_name",
    [
        "a.exe",
        "a.wav.php",
        "a.flac",
        "a.wav\0",
        "a.wav\n",
        "a.wav ",
        "a.m4a",
        "a.WÀV",
        "a." + "w" * 5000,
    ],
)
def test_an_ending_that_no_clip_has_is_refused(file_name: str) -> None:
    """The text names the endings there are, and repeats little of what was sent."""
    with pytest.raises(InvalidValue) as caught:
        extension_of(file_name)
    reason, _, possible = caught.value.message.partition(". A clip can be ")
    assert all(f".{ending}" in possible for ending in EXTENSIONS)
    assert len(reason) < 150
    assert caught.value.message.isprintable()


def test_the_factory_clips_are_those_that_clients_know() -> None:
    """Indices, file names and titles are facts of the API."""
    table = {clip.index: (clip.file_name, clip.title) for clip in load_table()}
    assert table == ORIGINAL


def test_what_may_be_needed_at_once_is_decoded_first() -> None:
    """Emergency and alarm do not wait for birds."""
    order = [clip.file_name for clip in decoding_order(CLIPS)]
    assert order[:3] == ["alarm.mp3", "emergency.mp3", "siren.mp3"]
    assert len(order) == len(CLIPS)


@pytest.mark.parametrize(
    ("location", "names"),
    [
        ("alarm.mp3", ["alarm.mp3"]),
        ("/etc/audioclips/alarm.mp3", ["alarm.mp3"]),
        ("/etc/audioclips/MediaClip.M12.wav", ["MediaClip.M12.wav"]),
        ("MediaClip.M3.wav", ["MediaClip.M3.wav"]),
        ("dog_*.mp3", [f"dog_{number}.mp3" for number in range(1, 6)]),
        ("/etc/audioclips/dog_*", [f"dog_{number}.mp3" for number in range(1, 6)]),
        ("*.wav", ["MediaClip.M0.wav", "MediaClip.M3.wav", "MediaClip.M12.wav"]),
        ("*16k*", ["camera_clicks16k.au"]),
        ("**alarm**", ["alarm.mp3"]),
    ],
)
def test_a_location_names_clips(location: str, names: list[str]) -> None:
    """Bare names, full places, and `*` in the name."""
    assert found(location) == names


def test_a_star_fits_everything() -> None:
    """Alone it is any clip."""
    assert len(found("*")) == len(found("/etc/audioclips/*")) == len(CLIPS)


@pytest.mark.parametrize(
    "location",
    [
        "", "/", ".", "..", "*/", "/*", "/etc/*", "/etc/audioclips", "/etc/audioclips/", "//alarm.mp3",
        "/etc/audioclips//alarm.mp3", "/etc/audioclips/../audioclips/alarm.mp3", "./alarm.mp3",
        "../audioclips/alarm.mp3", "/etc/passwd", "/proc/self/fd/0", "/dev/zero", "file:///etc/passwd",
        "alarm.mp3/", "alarm.mp3\0", "alarm.mp3\n", "\0", "ALARM.MP3", "alarm", "alarm?mp3", "alarm.mp?",
        "[a]larm.mp3", "dog_[1-5].mp3", "[!b]*", "dog_{1,2}.mp3", "~/alarm.mp3", "$HOME/alarm.mp3",
        "`id`", "$(id)", "; id", "alarm.mp3;id", "%2e%2e/alarm.mp3", "..%2falarm.mp3", "/etc/*/alarm.mp3",
        "/*/audioclips/alarm.mp3", "etc/audioclips/alarm.mp3", "/ETC/audioclips/alarm.mp3",
        "a" * 257, "*" * 300, "\\etc\\audioclips\\alarm.mp3", "alarm.mp3 ", " alarm.mp3",
    ],
)  # fmt: skip
def test_nothing_else_names_a_clip(location: str) -> None:
    """No trick with paths, wildcards, encodings or shells reaches anything."""
    assert found(location) == []


def test_a_pattern_made_to_be_slow_is_not() -> None:
    """As many stars as fit cost no more than a moment."""
    assert found("*a" * 127) == []


@given(st.text(max_size=300))
def test_a_location_without_a_star_fits_at_most_one_clip(location: str) -> None:
    """Only `*` widens."""
    if "*" not in location:
        assert len(found(location)) <= 1


@given(st.text(alphabet="*dog_1.mp3", max_size=12))
def test_a_star_is_that_of_fnmatch(location: str) -> None:
    """Any characters, also none, anywhere in the name."""
    known = [clip.file_name for clip in CLIPS]
    assert found(location) == [name for name in known if fnmatch.fnmatchcase(name, location)]


def test_locations_leave_nothing_in_memory() -> None:
    """A stranger can ask for another one each time."""
    tracemalloc.start()
    try:
        for number in range(500):
            assert not found(f"{number}*" + "a*" * 100)
        kept, _peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 64 * 1024


def test_chance_reaches_every_clip_that_fits() -> None:
    """A wildcard is not always the first match."""
    rng = random.Random(1)
    picked = {rng.choice(matches("dog_*", CLIPS)).index for _ in range(200)}
    assert picked == {37, 38, 39, 40, 41}


@pytest.mark.covers("M-AUD-27", part="measuring")
@pytest.mark.parametrize(
    ("loudness", "peak", "gain"),
    [
        (-20.0, -6.0, 0.0),  # as it should be
        (-14.0, -1.0, -6.0),  # loud: down to the target
        (-35.0, -20.0, 15.0),  # soft: up to the target
        (-30.0, -4.0, 3.0),  # soft with a peak: up until the peak is at -1 dBTP
        (-19.0, 2.0, -3.0),  # beyond full scale: down until the peak is at -1 dBTP
        (-70.0, -60.0, 24.0),  # nearly nothing: no further than the greatest boost
        (None, None, 0.0),  # nothing at all
        (None, 0.0, -1.0),  # too short or soft to have a loudness, but with a peak
    ],
)
def test_the_gain_brings_clips_to_one_loudness(
    loudness: float | None, peak: float | None, gain: float
) -> None:
    """Toward -20 LUFS, never over -1 dBTP, never a boost of more than 24 dB."""
    assert gain_db(loudness, peak) == gain


def test_every_factory_clip_is_a_clip() -> None:
    """The table holds what the unit itself would find."""
    for clip in load_table():
        assert isinstance(clip, ClipInfo)
        assert clip.factory
        assert clip.gain_db == gain_db(clip.loudness_lufs, clip.true_peak_dbtp)
        assert clip.loudness_lufs is not None
        assert -21.5 < clip.loudness_lufs < -19.5
