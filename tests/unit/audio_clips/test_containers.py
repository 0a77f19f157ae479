"""Containers: what is taken, what is refused and with which words, whatever is done to the bytes."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemons.audio.worker.containers.facts import Facts, UnfitFile
from daemons.audio.worker.examine import examine
from daemons.audio.worker.protocol import EXTENSIONS, ClipFormat
from tests.unit.audio_clips.headers import (
    au,
    chunk,
    extensible,
    id3,
    info_frame,
    mp3,
    mp3_frame,
    ogg,
    opus_head,
    page,
    riff,
    vorbis_head,
    wav,
    wav_format,
)

UNKNOWN_LENGTH = 0xFFFFFFFF

TAKEN = [
    ("au", au(bytes(800)), Facts(ClipFormat.AU, 8_000, 1, 800)),
    ("au of 16 kHz", au(bytes(800), rate=16_000), Facts(ClipFormat.AU, 16_000, 1, 800)),
    ("au with a note", au(b"note" + bytes(9), offset=28, length=9), Facts(ClipFormat.AU, 8_000, 1, 9)),
    ("au without a length", au(length=UNKNOWN_LENGTH), Facts(ClipFormat.AU, 8_000, 1, 800)),
    ("wav", wav(bytes(800)), Facts(ClipFormat.WAV, 8_000, 1, 400)),
    ("wav of 8 bit", wav(bytes(800), bits=8), Facts(ClipFormat.WAV, 8_000, 1, 800)),
    ("stereo wav", wav(bytes(800), channels=2, rate=48_000), Facts(ClipFormat.WAV, 48_000, 2, 200)),
    ("mu-law wav", wav(bytes(800), tag=7, bits=8), Facts(ClipFormat.WAV, 8_000, 1, 800)),
    ("odd wav", wav(bytes(801)), Facts(ClipFormat.WAV, 8_000, 1, 400)),
    ("wav from a pipe", wav(bytes(80), UNKNOWN_LENGTH), Facts(ClipFormat.WAV, 8_000, 1, 40)),
    (
        "extensible wav with odd chunks around its sound",
        riff(
            chunk(b"LIST", b"INFOodd"),
            chunk(b"fmt ", extensible(1)),
            chunk(b"fact", bytes(4)),
            chunk(b"data", bytes(80)),
            chunk(b"LIST", b"tail"),
        ),
        Facts(ClipFormat.WAV, 8_000, 1, 40),
    ),
    (
        "mp3 in wav",
        riff(chunk(b"fmt ", wav_format(0x55, 2, 44_100, 0, 1)), chunk(b"data", mp3(10))),
        Facts(ClipFormat.WAV, 44_100, 2, 11_520, 12_798),
    ),
    ("mp3", mp3(10), Facts(ClipFormat.MP3, 44_100, 2, 11_520, 12_798)),
    (
        "mp3 with tags on both sides",
        id3(300) + info_frame(10) + mp3(10) + b"TAG" + bytes(125),
        Facts(ClipFormat.MP3, 44_100, 2, 11_520, 12_798),
    ),
    ("opus", ogg(opus_head()), Facts(ClipFormat.OPUS, 48_000, 1, 48_000, 11_520)),
    ("vorbis", ogg(vorbis_head(2)), Facts(ClipFormat.VORBIS, 44_100, 2, 48_312, 16_384)),
]  # fmt: skip

REFUSED = [
    ("nothing", b"", "is empty"),
    ("text", b"<html>no sound</html>", "not a sound file of a known format"),
    ("flac", b"fLaC" + bytes(100), "not a sound file of a known format"),
    ("aac", bytes.fromhex("fff150800d7ffc") + bytes(200), "not a sound file"),
    ("midi", b"MThd" + bytes(100), "not a sound file"),
    ("big-endian riff", b"RIFX" + wav()[4:], "not a sound file"),
    ("avi", wav().replace(b"WAVE", b"AVI "), "not a sound file"),
    ("half an au header", au()[:20], "truncated"),
    ("au of pcm", au(encoding=3), "encoding 3; it must be mu-law"),
    ("au of 44.1 kHz", au(rate=44_100), "44100 Hz; it must be 8000 or 16000 Hz"),
    ("au of 3 channels", au(channels=3), "3 channels"),
    ("au of no channels", au(channels=0), "0 channels"),
    ("cut au", au(bytes(300), length=800), "truncated: 300 of 800 bytes"),
    ("au that begins behind itself", au(offset=4_000), "truncated"),
    ("au that begins in its header", au(offset=8), "truncated"),
    ("silent au", au(b""), "contains no sound"),
    ("wav without sound", riff(chunk(b"fmt ", wav_format())), "truncated: it ends before"),
    ("wav that ends in its format", wav()[:30], "truncated: it ends before"),
    ("wav without format", riff(chunk(b"data", bytes(80))), "does not say what its sound is"),
    ("wav with a short format", riff(chunk(b"fmt ", bytes(8)), chunk(b"data", b"")), "too short"),
    ("cut wav", wav(bytes(300), 800), "truncated: 300 of 800 bytes"),
    ("silent wav", wav(b""), "contains no sound"),
    ("wav of 24 bit", wav(bits=24), "24 bit samples; 8 or 16 bit"),
    ("wav of 32 bit floats", wav(tag=3, bits=32), "floating point; it must be PCM"),
    ("wav of a-law", wav(tag=6, bits=8), "A-law; it must be PCM"),
    ("wav of something", wav(tag=0x4321), "encoding 0x4321; it must be PCM"),
    ("extensible wav of floats", riff(chunk(b"fmt ", extensible(3, bits=32)), chunk(b"data", b"12")),
     "floating point"),
    ("extensible wav of who knows", riff(chunk(b"fmt ", wav_format(0xFFFE)), chunk(b"data", b"12")),
     "extended format is not known"),
    ("slow wav", wav(rate=7_999), "7999 Hz; 8000 to 48000 Hz"),
    ("fast wav", wav(rate=96_000), "96000 Hz; 8000 to 48000 Hz"),
    ("wav of 6 channels", wav(channels=6), "6 channels; mono or stereo"),
    ("wav of no channels", wav(channels=0), "0 channels"),
    ("wav that contradicts itself", wav(align=8), "contradicts itself"),
    ("wav of chunks only", riff(*[chunk(b"JUNK", b"")] * 2000), "over 1000 chunks"),
    ("wav that lies about its mp3",
     riff(chunk(b"fmt ", wav_format(0x55, 1, 44_100, 0, 1)), chunk(b"data", mp3(10))), "contradicts"),
    ("mp3 of 32 kbit/s", mp3_frame(bytes.fromhex("fffb1000"), 104) * 10, "32 kbit/s; 64 to 320"),
    ("mp3 of 56 kbit/s", mp3_frame(bytes.fromhex("fffb4000"), 182) * 10, "56 kbit/s; 64 to 320"),
    ("mp2", mp3_frame(bytes.fromhex("fffd9000"), 626) * 10, "not a sound file"),
    ("cut mp3", mp3(10)[:-100], "truncated: its last frame"),
    ("mp3 cut between frames", info_frame(10) + mp3(5), "truncated: 5 of 10 frames"),
    ("mp3 of tags only", id3(300), "holds no MPEG layer III sound"),
    ("mp3 with a tag longer than itself", id3(100_000)[:300], "holds no MPEG layer III sound"),
    ("mp3 of an announcement only", info_frame(0), "contains no sound"),
    ("mp3 with rubbish inside", mp3(3) + b"x" * 70_000 + mp3(3), "damaged"),
    ("mp3 that changes its rate", mp3(300) + mp3_frame(bytes.fromhex("fffb9400"), 384) * 300,
     "damaged"),
    ("ogg of flac", ogg(b"\x7fFLAC" + bytes(40)), "neither Opus nor Vorbis"),
    ("ogg of video", ogg(b"\x80theora" + bytes(40)), "neither Opus nor Vorbis"),
    ("opus of 6 channels", ogg(opus_head(6, mapping=1)), "more than two channels"),
    ("opus of 3 channels", ogg(opus_head(3)), "3 channels"),
    ("fast vorbis", ogg(vorbis_head(rate=96_000)), "96000 Hz"),
    ("vorbis of 6 channels", ogg(vorbis_head(6)), "6 channels"),
    ("ogg cut in a page", ogg(opus_head())[:-20], "truncated: its last page is not complete"),
    ("ogg cut in a header", ogg(opus_head()) + b"OggS", "truncated: its last page is not"),
    ("ogg cut between pages", ogg(opus_head())[:-329], "truncated: its last page is missing"),
    ("ogg without sound", ogg(opus_head(), 312), "contains no sound"),
    ("ogg with rubbish inside", page(opus_head(), 2) + b"x" * 40, "damaged"),
    ("two streams by turns", page(opus_head(), 2) + page(vorbis_head(), 2, serial=8), "more than one stream"),
    ("two streams in a row", ogg(opus_head()) * 2, "more than one stream"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "facts"), [case[1:] for case in TAKEN], ids=[case[0] for case in TAKEN]
)
def test_a_whole_file_is_understood(content: bytes, facts: Facts) -> None:
    """Format, rate, channels and length are read from the container alone."""
    assert examine(content, "") == facts
    assert examine(memoryview(content), "") == facts


@pytest.mark.parametrize(
    ("content", "words"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_an_unfit_file_is_refused_in_words(content: bytes, words: str) -> None:
    """The text says what is wrong and what would be right."""
    with pytest.raises(UnfitFile) as caught:
        examine(content, "")
    assert words in str(caught.value)
    assert len(caught.value.args[0]) < 150
    assert len(str(caught.value)) < 400


@pytest.mark.covers("M-TRB-07", part="the refusal lists the formats")
@pytest.mark.parametrize(
    ("content", "extension"), [(b"fLaC" + bytes(100), ""), (wav(bits=24), "wav"), (wav(), "mp3")]
)
def test_whoever_sends_the_wrong_format_learns_the_right_ones(
    content: bytes, extension: str
) -> None:
    """Every ending that a clip can have, with its limits; what is merely cut needs no such list."""
    with pytest.raises(UnfitFile) as caught:
        examine(content, extension)
    for ending in EXTENSIONS:
        assert f".{ending}" in str(caught.value).partition("A clip can be")[2]
    with pytest.raises(UnfitFile) as cut:
        examine(wav()[:-10], "wav")
    assert "A clip can be" not in str(cut.value)


@pytest.mark.parametrize(
    ("extension", "content"),
    [
        ("au", au()),
        ("wav", wav()),
        ("mp3", mp3()),
        ("opus", ogg(opus_head())),
        ("vorbis", ogg(vorbis_head())),
        ("ogg", ogg(opus_head())),
        ("ogg", ogg(vorbis_head())),
    ],
)
def test_a_name_that_tells_the_truth_is_taken(extension: str, content: bytes) -> None:
    """Each ending goes with its format, .ogg with both that it can hold."""
    assert examine(content, extension) == examine(content, "")


@pytest.mark.parametrize("extension", ["au", "wav", "mp3", "opus", "vorbis", "ogg"])
@pytest.mark.parametrize(
    ("content", "true"),
    [
        (au(), {"au"}),
        (wav(), {"wav"}),
        (mp3(), {"mp3"}),
        (ogg(opus_head()), {"opus", "ogg"}),
        (ogg(vorbis_head()), {"vorbis", "ogg"}),
    ],
)
def test_a_name_that_lies_is_refused(extension: str, content: bytes, true: set[str]) -> None:
    """The ending never decides what a file is, but it may not contradict."""
    if extension in true:
        assert examine(content, extension).frames > 0
    else:
        with pytest.raises(UnfitFile, match=rf"named \.{extension} but its content is"):
            examine(content, extension)


def test_a_variable_bit_rate_without_a_tag_gets_one() -> None:
    """The decoder is told what it would else guess from the first frame."""
    faster = mp3_frame(bytes.fromhex("fffbb000"), 626)
    content = id3(50) + mp3(3) + faster * 4
    facts = examine(content, "mp3")
    assert facts.begin == 60
    assert examine(facts.head + content[facts.begin :], "mp3").frames == facts.frames == 7 * 1152
    assert facts.head[36:40] == b"Xing"
    assert struct.unpack(">II", facts.head[44:52]) == (7, len(content) - 60 + len(facts.head))
    assert examine(mp3(3) + mp3(4), "mp3").head == b""
    assert examine(info_frame(7) + mp3(3) + faster * 4, "mp3").head == b""


WHOLE = [case[1] for case in TAKEN]
EXTREMES = [0, 1, 0x7F, 0x80, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """Return a valid file with a few things done to it."""
    content = bytearray(draw(st.sampled_from(WHOLE)))
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, max(0, min(len(content), 200) - 4)))
        match draw(st.sampled_from(["number", "byte", "cut", "repeat", "insert"])):
            case "number":
                order = draw(st.sampled_from("<>"))
                content[place : place + 4] = struct.pack(
                    order + "I", draw(st.sampled_from(EXTREMES))
                )
            case "byte":
                content[place : place + 1] = bytes([draw(st.integers(0, 255))])
            case "cut":
                del content[draw(st.integers(0, len(content))) :]
            case "repeat":
                content[place:place] = content[place : place + draw(st.integers(1, 100))]
            case _:
                content[place:place] = draw(st.binary(max_size=40))
    return bytes(content)


@settings(max_examples=600)
@given(st.one_of(mutated(), st.binary(max_size=300)))
def test_whatever_is_done_to_a_file_it_is_understood_or_refused(content: bytes) -> None:
    """No mutation of a header gets any other answer."""
    try:
        facts = examine(content, "")
    except UnfitFile:
        return
    assert 8_000 <= facts.sample_rate_hz <= 48_000
    assert facts.channels in (1, 2)
    assert facts.frames > 0
