"""Files that cannot become clips: a clear word, and nothing left behind."""

import asyncio
import os
import random
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.errors import InvalidValue, NotFound, StorageFull
from daemons.audio.clips.process import DecodeWorkers, WorkerSession
from daemons.audio.clips.store import MAX_UPLOAD_BYTES
from daemons.audio.worker.protocol import Import, Reply, Sound
from tests.contract.clip_rig import (
    add,
    clip_store,
    ffmpeg,
    kept_files,
    memory_file,
    pcm,
    time,
    two_tones,
    wav_file,
)
from tests.files import files_below

TONES = wav_file(two_tones(16_000), 16_000)


def encoded(folder: Path, name: str) -> bytes:
    """Return two tones in the format that a file name tells."""
    kind = {"a.au": ("-c:a", "pcm_mulaw"), "a.ogg": ("-c:a", "libvorbis")}.get(name, ())
    return TONES if name == "a.wav" else ffmpeg(TONES, folder, name, *kind)


async def refused(folder: Path, content: bytes, name: str, **options: int | float) -> str:
    """Return the text with which a file is refused, having seen that nothing is left of it."""
    async with clip_store(folder, **options) as store:
        with pytest.raises(InvalidValue) as caught:
            await add(store, content, name)
        assert store.list() == []
        assert kept_files(folder) == []
        # The index is free again, and the store in good health.
        assert (await add(store, TONES, "good.wav")).index == 0
    return caught.value.message


@pytest.mark.parametrize("name", ["a.au", "a.wav", "a.mp3", "a.opus", "a.ogg"])
@pytest.mark.parametrize("part", [0.02, 0.5, 0.9, 0.999])
async def test_a_truncated_file(tmp_path: Path, name: str, part: float) -> None:
    """Wherever it was cut, and in whatever format."""
    content = encoded(tmp_path, name)
    text = await refused(tmp_path, content[: int(len(content) * part)], name)
    assert "truncated" in text or "MPEG" in text or "not a sound file" in text


@pytest.mark.parametrize("name", ["a.au", "a.wav", "a.mp3", "a.opus", "a.vorbis", "a"])
async def test_an_empty_file(tmp_path: Path, name: str) -> None:
    """Of any name."""
    assert await refused(tmp_path, b"", name) == "the file is empty"


async def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    """One byte over the limit is refused; the limit itself is not."""
    sound = wav_file(np.zeros(MAX_UPLOAD_BYTES // 2 - 22), 48_000)
    assert len(sound) == MAX_UPLOAD_BYTES
    longer = sound + b"\0"
    assert await refused(tmp_path, longer, "a.wav") == "the file is too large: 10 MB is possible"
    async with clip_store(tmp_path) as store:
        assert (await add(store, sound, "a.wav")).size == MAX_UPLOAD_BYTES


async def test_a_sound_that_is_too_long(tmp_path: Path) -> None:
    """What is small as a file may be endless as sound."""
    seconds = 400
    silence = ffmpeg(wav_file(np.zeros(8_000 * seconds), 8_000), tmp_path, "a.opus", "-b:a", "6k")
    assert len(silence) < 200_000
    text = await refused(tmp_path, silence, "a.opus", max_seconds=120.0)
    assert text == "the sound is longer than 2 minutes"


async def test_a_length_that_is_a_lie(tmp_path: Path) -> None:
    """A stream that claims less than it holds does not fill the disk with the rest."""
    content = bytearray(ffmpeg(TONES, tmp_path, "a.opus"))
    last = content.rindex(b"OggS")
    content[last + 6 : last + 14] = struct.pack("<q", 1_000)
    text = await refused(tmp_path, bytes(content), "a.opus")
    assert "damaged" in text or "cannot be decoded" in text


async def test_samples_far_over_full_scale(tmp_path: Path) -> None:
    """A float codec can hold them; a loudspeaker cannot."""
    loud = np.clip(np.random.default_rng(1).standard_normal(48_000), -1, 1)
    content = ffmpeg(wav_file(loud, 48_000), tmp_path, "a.opus", "-b:a", "128k")
    # The header's output gain, in 1/256 dB: the greatest there is.
    head = content.index(b"OpusHead")
    raised = content[: head + 16] + struct.pack("<h", 32_767) + content[head + 18 :]
    text = await refused(tmp_path, with_page_checksum(raised), "a.opus")
    assert "far over full scale" in text


def with_page_checksum(content: bytes) -> bytes:
    """Return an Ogg file with the right checksum on its first page (RFC 3533)."""
    length = 27 + content[26] + sum(content[27 : 27 + content[26]])
    page = content[:22] + bytes(4) + content[26:length]
    crc = 0
    for byte in page:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ (0x04C11DB7 if crc & 0x80000000 else 0)) & 0xFFFFFFFF
    return page[:22] + struct.pack("<I", crc) + page[26:] + content[length:]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a.mp3", "the file is named .mp3 but its content is wav"),
        ("a.ogg", "the file is named .ogg but its content is wav"),
        ("a.exe", "cannot end in '.exe'"),
        ("a.wav/../../a.sh", "cannot end in '.sh'"),
        ("a.wav\0", "cannot end in"),
    ],
)
async def test_a_wrong_name(tmp_path: Path, name: str, words: str) -> None:
    """A name that contradicts, or that no clip has."""
    assert words in await refused(tmp_path, TONES, name)


@pytest.mark.parametrize(
    "make",
    [
        lambda: os.open("/", os.O_RDONLY),
        lambda: os.open("/dev/zero", os.O_RDONLY),
        lambda: os.eventfd(0),
    ],
    ids=["folder", "endless device", "eventfd"],
)
async def test_a_descriptor_of_something_else(tmp_path: Path, make: Callable[[], int]) -> None:
    """Only files, pipes and sockets are read."""
    async with clip_store(tmp_path) as store:
        descriptor = make()
        with pytest.raises(InvalidValue, match="what was sent is not a file"):
            await store.add(descriptor, "a.wav")
        os.close(descriptor)
        assert kept_files(tmp_path) == []


@pytest.mark.parametrize("family", ["pipe", "socket"])
async def test_a_file_that_comes_through_a_pipe(tmp_path: Path, family: str) -> None:
    """The edge may pass on what it gets without storing it."""
    if family == "pipe":
        reader, writer = os.pipe()
    else:
        reader, writer = (end.detach() for end in socket.socketpair())
    async with clip_store(tmp_path) as store, asyncio.TaskGroup() as tasks:
        adding = tasks.create_task(store.add(reader, "a.wav"), name="add")

        def send() -> None:
            with os.fdopen(writer, "wb") as file:
                file.write(TONES)

        await asyncio.to_thread(send)
        info = await adding
        os.close(reader)
        assert info.size == len(TONES)


TRICKS = [
    "../../../etc/passwd", "../original", "/etc/passwd", "..", "clip.json", "incoming/../clips/7", "",
    "%2e%2e%2fetc", "a\0b", "\r\nX: y", "*", "$(touch x)", "--help", "/dev/stdin", "\u202egnp", "x" * 4096,
]  # fmt: skip


async def test_tricks_with_names_change_nothing(tmp_path: Path) -> None:
    """Whatever a sender calls a file, it goes where its index says (W5)."""
    root = tmp_path / "unit"
    root.mkdir()
    async with clip_store(root) as store:
        before = sorted(files_below(tmp_path))
        for trick in TRICKS:
            info = await add(store, TONES, f"{trick}.wav")
            assert info.location == "/etc/audioclips/MediaClip.M0.wav"
            assert info.title.isprintable()
            clip = root / "state/clips/0"
            new = [clip / "clip.json", clip / "original", clip / "pcm.f32"]
            assert sorted(files_below(tmp_path)) == sorted(before + new)
            await store.remove(0)
            with pytest.raises(NotFound):
                store.find(f"{trick}/a.wav", random.Random())
        assert sorted(files_below(tmp_path)) == before


async def test_no_room_left(tmp_path: Path) -> None:
    """The worker may write no more than there is room for, and that is what the sender reads."""
    async with clip_store(tmp_path, quota_bytes=2**20 + 50_000) as store:
        long = wav_file(np.zeros(8_000 * 10), 8_000)
        with pytest.raises(StorageFull, match="no room left"):
            await add(store, long, "a.wav")
        assert kept_files(tmp_path) == []
        assert (await add(store, TONES, "a.wav")).index == 0
        with pytest.raises(StorageFull, match="remove one first"):
            await add(store, TONES, "b.wav")
        await store.remove(0)
        await add(store, TONES, "b.wav")


class HostileBench:
    """One worker, fed hostile files one after the other, replaced when it dies."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()
        self._session: WorkerSession | None = None

    def close(self) -> None:
        """End the worker."""
        self._runner.run(self._stack.aclose())
        self._runner.close()

    def feed(self, content: bytes) -> Reply | None:
        """Return the reply to a file, or None where it was refused."""
        return self._runner.run(self._feed(content))

    async def _feed(self, content: bytes) -> Reply | None:
        if self._session is None:
            opening = DecodeWorkers().session(2**24)
            self._session = await self._stack.enter_async_context(opening)
        flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC
        files = [os.open(self._folder / name, flags) for name in ("original", "pcm")]
        source = memory_file(content)
        try:
            return await self._session.run(Import("", 2**20, 30.0), (source, *files))
        except InvalidValue as error:
            if error.message == "the file cannot be decoded":
                await self._stack.aclose()
                self._session = None
            return None
        finally:
            for descriptor in (source, *files):
                os.close(descriptor)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostileBench]:
    """Keep one worker for all examples."""
    made = HostileBench(tmp_path_factory.mktemp("hostile"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def whole_files(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """Make one short file of each format."""
    folder = tmp_path_factory.mktemp("whole")
    tones = wav_file(0.4 * np.sin(2 * np.pi * 440 * time(0.4, 16_000)), 16_000)
    made = [tones]
    for name, how in (
        ("a.au", ("-c:a", "pcm_mulaw")),
        ("a.mp3", ("-b:a", "64k")),
        ("b.mp3", ("-q:a", "4", "-write_xing", "0", "-ar", "44100")),
        ("a.opus", ("-b:a", "32k")),
        ("a.ogg", ("-c:a", "libvorbis")),
        ("u.wav", ("-c:a", "pcm_mulaw")),
        ("m.wav", ("-c:a", "libmp3lame", "-b:a", "64k")),
    ):
        made.append(ffmpeg(tones, folder, name, *how))
    return made


@pytest.mark.timeout(300)
@settings(max_examples=500, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_hostile_files_get_an_answer_and_nothing_else(
    bench: HostileBench, whole_files: list[bytes], data: st.DataObject
) -> None:
    """Mutations of good files, header and body: decoded within the limits, or refused."""
    content = bytearray(data.draw(st.sampled_from(whole_files)))
    for _ in range(data.draw(st.integers(1, 6))):
        near_the_start = data.draw(st.booleans())
        place = data.draw(
            st.integers(0, max(0, min(len(content), 160 if near_the_start else 10**6) - 1))
        )
        how = data.draw(st.sampled_from(["byte", "number", "noise", "cut", "repeat"]))
        if how == "byte":
            content[place : place + 1] = data.draw(st.binary(min_size=1, max_size=1))
        elif how == "number":
            extreme = data.draw(st.sampled_from([0, 1, 2**31 - 1, 2**31, 2**32 - 1]))
            content[place : place + 4] = struct.pack(
                data.draw(st.sampled_from("<>")) + "I", extreme
            )
        elif how == "noise":
            content[place : place + 64] = random.Random(place).randbytes(64)
        elif how == "cut":
            del content[place : place + data.draw(st.integers(1, 2_000))]
        else:
            content[place:place] = content[place : place + 500]
    reply = bench.feed(bytes(content))
    if reply is not None:
        assert isinstance(reply, Sound)
        assert reply.frames <= 31 * 48_000
        assert reply.size == len(content)


async def test_a_clip_after_the_storm(tmp_path: Path) -> None:
    """A good file is decoded as ever."""
    async with clip_store(tmp_path) as store:
        info = await add(store, TONES, "a.wav")
        assert len(await pcm(store, info.index)) == pytest.approx(96_000, abs=2)
