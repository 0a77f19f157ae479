"""The store of clips: places, order, floods, damage, and what is given out again."""

import asyncio
import errno
import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from common.errors import Conflict, InvalidValue, NotFound, Unavailable
from daemons.audio.clips.files import DamagedClip
from daemons.audio.clips.process import DecodeWorkers
from daemons.audio.clips.store import ClipStore
from daemons.audio.worker.protocol import PCM_RATE_HZ, ClipFormat
from tests.contract.clip_rig import (
    add,
    alive,
    clip_store,
    decibels,
    ffmpeg,
    ffmpeg_pcm,
    kept_files,
    loudest_hz,
    memory_file,
    no_sounds,
    pcm,
    read_all,
    tone_level,
    two_tones,
    until_gone,
    wav_file,
)

TONES = wav_file(two_tones(16_000), 16_000)


async def test_a_clip_is_there_after_a_restart(tmp_path: Path) -> None:
    """Everything known of it comes back from disk."""
    async with clip_store(tmp_path) as store:
        before = [await add(store, TONES, name) for name in ("Lunch.wav", "x")]
    async with clip_store(tmp_path) as store:
        assert store.list() == before
        assert [info.title for info in before] == ["Lunch", "x"]
        assert len(await pcm(store, 1)) == before[1].frames


@pytest.mark.covers("M-AUD-23", part="store")
async def test_the_lowest_free_index_is_taken(tmp_path: Path) -> None:
    """As VAPIX has it: a gap is filled first."""
    async with clip_store(tmp_path) as store:
        for expected in range(4):
            assert (await add(store, TONES, "a.wav")).index == expected
        await store.remove(1)
        with pytest.raises(NotFound, match="there is no clip 1"):
            store.get(1)
        assert not (tmp_path / "state/clips/1").exists()
        assert (await add(store, TONES, "a.wav")).index == 1
        assert (await add(store, TONES, "a.wav")).index == 4


async def test_a_clip_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    """By any of the ways to it."""
    async with clip_store(tmp_path) as store:
        for index in (0, 24, 25, 49, 50, -1, 2**31):
            for ask in (store.remove, store.open_original, store.open_au, store.pcm_path):
                with pytest.raises(NotFound):
                    await ask(index)


async def test_a_full_store_takes_no_more(tmp_path: Path) -> None:
    """25 clips are the user's; the 26th is told what to do."""
    short = wav_file(two_tones(8_000)[:400], 8_000)
    async with clip_store(tmp_path) as store:
        for _ in range(25):
            await add(store, short, "a.wav")
        with pytest.raises(Conflict, match="all 25 places for clips are taken: remove one first"):
            await add(store, short, "a.wav")
        assert [info.index for info in store.list()] == list(range(25))


async def test_a_playing_clip_outlives_its_removal(tmp_path: Path) -> None:
    """Who has its sound open hears it to the end."""
    async with clip_store(tmp_path) as store:
        info = await add(store, TONES, "a.wav")
        descriptor = os.open(await store.pcm_path(0), os.O_RDONLY)
        original = await store.open_original(0)
        await store.remove(0)
        assert len(read_all(descriptor)) == info.pcm_bytes
        assert read_all(original) == TONES
        assert kept_files(tmp_path) == []


@pytest.mark.covers("M-AUD-22", part="content")
@pytest.mark.parametrize("name", ["a.wav", "a.mp3", "a.opus"])
async def test_a_clip_downloads_as_au(tmp_path: Path, name: str) -> None:
    """Mu-law at 16 kHz: what audio/basic means to others, and what can be uploaded again."""
    content = TONES if name == "a.wav" else ffmpeg(TONES, tmp_path, name, "-b:a", "64k")
    async with clip_store(tmp_path) as store:
        await add(store, content, name)
        au = read_all(await store.open_au(0))
        assert au[:4] == b".snd"
        heard = ffmpeg_pcm(au, 1)
        assert len(heard) == pytest.approx(2 * PCM_RATE_HZ, abs=0.08 * PCM_RATE_HZ)
        for start, hz in ((9_600, 1000.0), (57_600, 1500.0)):
            part = heard[start : start + 28_800]
            assert loudest_hz(part) == pytest.approx(hz, abs=0.5)
            assert decibels(tone_level(part, hz) / 0.4) == pytest.approx(0, abs=0.6)
        again = await add(store, au, "again.au")
        assert (again.format, again.sample_rate_hz, again.channels) == (ClipFormat.AU, 16_000, 1)
        assert kept_files(tmp_path) == [
            f"clips/{index}/{file}"
            for index in (0, 1)
            for file in ("clip.json", "original", "pcm.f32")
        ]


@pytest.mark.covers("M-AUD-22", part="content")
async def test_an_au_downloads_as_it_came(tmp_path: Path) -> None:
    """Bit by bit, whatever its rate."""
    content = ffmpeg(wav_file(two_tones(8_000), 8_000), tmp_path, "a.au", "-c:a", "pcm_mulaw")
    async with clip_store(tmp_path) as store:
        await add(store, content, "a.au")
        assert read_all(await store.open_au(0)) == content


async def test_what_is_loud_downloads_without_wrapping(tmp_path: Path) -> None:
    """Full scale and what a codec adds to it are limited, not turned over."""
    square = np.sign(two_tones(16_000)) * 0.999
    content = ffmpeg(wav_file(square, 16_000), tmp_path, "a.mp3", "-b:a", "64k")
    async with clip_store(tmp_path) as store:
        await add(store, content, "a.mp3")
        assert np.abs(await pcm(store, 0)).max() > 1.0
        heard = ffmpeg_pcm(read_all(await store.open_au(0)), 1)
        assert tone_level(heard[9_600:38_400], 1000.0) == pytest.approx(4 / np.pi, rel=0.1)


async def test_uploads_at_once_do_not_meet(tmp_path: Path) -> None:
    """Each gets an index of its own and its own content."""
    files = [wav_file(two_tones(8_000)[: 4_000 + 100 * n], 8_000) for n in range(6)]
    async with clip_store(tmp_path) as store:
        added = await asyncio.gather(*(add(store, content, "a.wav") for content in files))
        assert sorted(info.index for info in added) == list(range(6))
        for info, content in zip(added, files, strict=True):
            assert read_all(await store.open_original(info.index)) == content


def peak_memory() -> int:
    """Return the most memory this process has held since it was last asked, in bytes."""
    peak = _memory("VmHWM:")
    Path("/proc/self/clear_refs").write_text("5")
    return peak


def resident_memory() -> int:
    """Return the memory this process holds now, in bytes."""
    return _memory("VmRSS:")


def _memory(field: str) -> int:
    status = Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith(field))
    return int(line.split()[1]) * 1024


async def test_a_flood_of_uploads_is_bounded(tmp_path: Path) -> None:
    """A hundred at once: a few are taken, two are worked on, the rest are told so at once (W6)."""
    content = wav_file(np.zeros(500_000), 48_000)
    outcomes: Counter[str] = Counter()
    most = 0

    async with clip_store(tmp_path) as store:

        async def upload() -> None:
            try:
                await add(store, content, "a.wav")
            except (Unavailable, Conflict) as error:
                outcomes[type(error).__name__] += 1
            else:
                outcomes["added"] += 1

        async def watch() -> None:
            nonlocal most
            while True:
                most = max(most, len(workers()))
                await asyncio.sleep(0.02)

        async with asyncio.TaskGroup() as tasks:
            watching = tasks.create_task(watch(), name="watch")
            async with asyncio.TaskGroup() as uploads:
                for number in range(100):
                    uploads.create_task(upload(), name=f"upload {number}")
            watching.cancel()
        assert outcomes == {"added": 10, "Unavailable": 90}
        assert 1 <= most <= 2
        assert len(kept_files(tmp_path)) == 30


async def test_the_largest_upload_costs_the_daemon_no_memory(tmp_path: Path) -> None:
    """10 MB of file and 20 MB of sound pass by in another process (W6)."""
    file = memory_file(wav_file(np.zeros(5_000_000), 48_000))
    async with clip_store(tmp_path) as store:
        await store.add(file, "a.wav")  # what is loaded at first use is there
        peak_memory()
        before = resident_memory()
        await store.add(file, "a.wav")
        assert peak_memory() - before < 4 * 2**20
    os.close(file)


def workers() -> list[int]:
    """Return the decode workers that this process has started and that run."""
    listed = Path(f"/proc/self/task/{os.getpid()}/children").read_text()
    return [int(pid) for pid in listed.split() if alive(int(pid)) and _is_worker(int(pid))]


def _is_worker(pid: int) -> bool:
    try:
        return b"daemons.audio.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return False


async def test_an_upload_that_is_given_up_leaves_nothing(tmp_path: Path) -> None:
    """The sender is gone while the worker waits for more: worker, files and index go too."""
    reader, writer = os.pipe()
    async with clip_store(tmp_path) as store:
        async with asyncio.TaskGroup() as tasks:
            adding = tasks.create_task(store.add(reader, "a.wav"), name="add")
            os.write(writer, TONES[:4_000])
            async with asyncio.timeout(20):
                while not any(size == 4_000 for size in incoming_sizes(tmp_path)):
                    await asyncio.sleep(0.01)
            at_work = workers()
            assert len(at_work) == 1
            adding.cancel()
        await until_gone(at_work[0])
        assert kept_files(tmp_path) == []
        assert store.list() == []
        assert (await add(store, TONES, "a.wav")).index == 0
    os.close(reader)
    os.close(writer)


def incoming_sizes(root: Path) -> list[int]:
    """Return how long the originals are that are being received."""
    return [path.stat().st_size for path in root.glob("state/incoming/*/original")]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("clip.json", b""),
        ("clip.json", b"{}"),
        ("clip.json", b"\xff" * 5_000),
        ("clip.json", None),
        ("original", b"short"),
        ("original", None),
    ],
)
async def test_a_damaged_clip_is_set_aside(
    tmp_path: Path, name: str, content: bytes | None
) -> None:
    """It is reported and out of the way; the others are as they were."""
    async with clip_store(tmp_path) as store:
        await add(store, TONES, "a.wav")
        await add(store, TONES, "b.wav")
    file = tmp_path / "state/clips/0" / name
    file.unlink()
    if content is not None:
        file.write_bytes(content)
    damaged: list[DamagedClip] = []
    async with clip_store(tmp_path, on_damage=damaged.append) as store:
        assert [info.index for info in store.list()] == [1]
        assert [clip.name for clip in damaged] == ["0"]
        assert damaged[0].reason
        assert (tmp_path / "state/damaged/0.0").is_dir()
        assert (await add(store, TONES, "c.wav")).index == 0


async def test_a_changed_original_is_found_by_its_checksum(tmp_path: Path) -> None:
    """A flipped bit on the card does not stay unseen."""
    damaged: list[DamagedClip] = []
    async with clip_store(tmp_path, on_damage=damaged.append) as store:
        await add(store, TONES, "a.wav")
        flip(tmp_path / "state/clips/0/original")
        await store.prepare()
        assert store.list() == []
        assert damaged == [DamagedClip("0", "its file has changed")]


@pytest.mark.parametrize("harm", ["flipped", "shorter", "gone"])
async def test_damaged_sound_is_decoded_again(tmp_path: Path, harm: str) -> None:
    """The original is whole, so nothing is lost."""
    async with clip_store(tmp_path) as store:
        info = await add(store, TONES, "a.wav")
        good = (await store.pcm_path(0)).read_bytes()
    file = tmp_path / "state/clips/0/pcm.f32"
    if harm == "flipped":
        flip(file)
    elif harm == "shorter":
        os.truncate(file, 1_000)
    else:
        file.unlink()
    damaged: list[DamagedClip] = []
    async with clip_store(tmp_path, on_damage=damaged.append) as store:
        if harm == "flipped":
            await store.prepare()
        assert (await store.pcm_path(0)).read_bytes() == good
        assert store.list() == [info]
        assert not damaged
        assert read_all(await store.open_original(0)) == TONES


def flip(file: Path) -> None:
    """Change one bit in the middle of a file."""
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


async def test_what_a_crash_left_is_cleared_at_the_start(tmp_path: Path) -> None:
    """Half-made clips and half-removed ones are gone."""
    half = tmp_path / "state/incoming/half"
    half.mkdir(parents=True)
    (half / "original").write_bytes(b"x" * 100)
    (tmp_path / "state/incoming/loose").write_bytes(b"x")
    (tmp_path / "state/incoming/link").symlink_to("/")
    async with clip_store(tmp_path) as store:
        assert store.list() == []
        assert list((tmp_path / "state/incoming").iterdir()) == []


async def test_strange_folders_are_no_clips(tmp_path: Path) -> None:
    """What someone else put there is moved away, not followed and not shown."""
    async with clip_store(tmp_path) as store:
        await add(store, TONES, "a.wav")
    clips = tmp_path / "state/clips"
    (clips / "lost+found").mkdir()
    (clips / "00").mkdir()
    for file in (clips / "0").iterdir():
        (clips / "00" / file.name).write_bytes(file.read_bytes())
    damaged: list[DamagedClip] = []
    async with clip_store(tmp_path, on_damage=damaged.append) as store:
        assert [info.index for info in store.list()] == [0]
        assert sorted(clip.name for clip in damaged) == ["00", "lost+found"]


async def test_only_the_last_damaged_clips_are_kept(tmp_path: Path) -> None:
    """A failing card does not fill itself with wreckage."""
    for _ in range(12):
        (tmp_path / "state/clips/3").mkdir(parents=True)
        async with clip_store(tmp_path):
            pass
    assert len(list((tmp_path / "state/damaged").iterdir())) == 5


async def test_a_wipe_leaves_no_clip_of_a_user(tmp_path: Path) -> None:
    """Restore and factory default take them all."""
    async with clip_store(tmp_path) as store:
        for _ in range(3):
            await add(store, TONES, "secret.wav")
        await store.wipe()
        assert store.list() == []
        assert kept_files(tmp_path) == []
        assert (await add(store, TONES, "a.wav")).index == 0


@pytest.mark.parametrize("how", ["remove", "wipe"])
async def test_a_full_disk_keeps_nobody_from_making_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """Where not even a folder can be made any more, clips still go."""

    def no_room(*_arguments: object, **_options: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    async with clip_store(tmp_path) as store:
        await add(store, TONES, "a.wav")
        monkeypatch.setattr("os.mkdir", no_room)
        await (store.remove(0) if how == "remove" else store.wipe())
        assert store.list() == []
        assert kept_files(tmp_path) == []


async def test_a_store_on_a_disk_that_fails_says_so(tmp_path: Path) -> None:
    """Where the folder is gone, the sender reads an error of this unit, not of the file."""
    store = ClipStore(tmp_path / "state", DecodeWorkers(), sounds=no_sounds(tmp_path))
    await store.open()
    (tmp_path / "state/incoming").rmdir()
    with pytest.raises(Exception, match="clips cannot be stored: No such file") as caught:
        await add(store, TONES, "a.wav")
    assert not isinstance(caught.value, InvalidValue)
    assert type(caught.value).__name__ == "HardwareFault"
