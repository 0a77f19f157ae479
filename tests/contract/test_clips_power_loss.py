"""Whenever the daemon dies, and whatever the disk had not kept, a clip is whole or absent (T-PWR-5)."""

import asyncio
import json
import os
import resource
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import pytest

from common.errors import StorageFull
from common.paths import LIBRARY
from daemons.audio.clips.process import DecodeWorkers
from daemons.audio.clips.store import ClipStore
from daemons.audio.worker.protocol import Sound
from tests.contract.clip_power_loss import CONTENT, PCM, QuickWorkers
from tests.contract.clip_rig import (
    add,
    child,
    clip_store,
    kept_files,
    no_sounds,
    read_all,
    two_tones,
    wav_file,
)

# After each of these words, the clips there are; before, those after the word before.
STORY = {
    "": set(),
    "added 0": {0},
    "added 1": {0, 1},
    "removed 0": {1},
    "added 0 ": {0, 1},
    "removed 1": {0},
}


@pytest.mark.parametrize("how", ["kill", "power"])
async def test_a_clip_is_whole_or_absent_whenever_it_ends(tmp_path: Path, how: str) -> None:
    """What was acknowledged is there; what was not is there whole or not at all; nothing else is left."""
    run = await asyncio.to_thread(
        subprocess.run,
        child("tests.contract.clip_power_loss", tmp_path, how),
        cwd=LIBRARY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    lives = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(lives) > 40  # so many moments to die at
    assert not lives[-1]["died"]
    words = list(STORY.values())
    reached = set()
    for life in lives:
        root, said = Path(life["root"]), len(life["said"])
        reached.add(said)
        possible = words[said : said + 2]
        damaged: list[object] = []
        async with clip_store(root, on_damage=damaged.append) as store:
            await store.prepare()
            there = {info.index for info in store.list()}
            assert there in possible, (life, there)
            assert not damaged, life
            for index in there:
                assert read_all(await store.open_original(index)) == CONTENT
                assert (await store.pcm_path(index)).read_bytes() == PCM
        files = {
            f"clips/{index}/{name}"
            for index in there
            for name in ("clip.json", "original", "pcm.f32")
        }
        assert set(kept_files(root)) == files
    assert reached == set(range(len(STORY)))


async def test_a_clip_is_on_disk_before_it_is_in_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All three files and their folder first, then the move, then the folder it was moved to."""
    done: list[str] = []
    bring, move = os.fsync, os.rename

    def fsync(descriptor: int) -> None:
        done.append("fsync " + Path(f"/proc/self/fd/{descriptor}").readlink().name)
        bring(descriptor)

    def rename(old: Path, new: Path) -> None:
        done.append(f"rename to {Path(new).name}")
        move(old, new)

    async with clip_store(tmp_path) as store:
        monkeypatch.setattr(os, "fsync", fsync)
        monkeypatch.setattr(os, "rename", rename)
        await add(store, wav_file(two_tones(8_000), 8_000), "a.wav")
    moved = done.index("rename to 0")
    assert {"fsync original", "fsync pcm.f32"} <= set(done[:moved])
    assert any(step.startswith("fsync .clip.json") for step in done[:moved])
    assert done[moved - 1].startswith("fsync ")
    assert done[moved + 1] == "fsync clips"


FULL_DISK = """
import asyncio, subprocess, sys
from pathlib import Path
from common.errors import StorageFull
from tests.contract.clip_rig import add, clip_store, kept_files, two_tones, wav_file
import numpy as np

async def main(root):
    disk = root / "state"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)], check=True)
    async with clip_store(root, kept_free_bytes=0) as store:
        long = wav_file(np.zeros(48_000 * 30), 48_000)
        try:
            await add(store, long, "a.wav")
        except StorageFull as error:
            print(error.message)
        assert kept_files(root) == []
        await add(store, wav_file(two_tones(8_000), 8_000), "b.wav")
        print(kept_files(root))

asyncio.run(main(Path(sys.argv[1])))
"""


UNSHARE = ("unshare", "--user", "--map-root-user", "--mount")
MAY_MOUNT = subprocess.run([*UNSHARE, "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not MAY_MOUNT, reason="no small disk can be mounted in this container")
def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    """On a disk of 4 MB a long clip does not fit; a short one still does afterwards."""
    program = tmp_path / "full_disk.py"
    program.write_text(FULL_DISK)
    run = subprocess.run(
        [
            *UNSHARE,
            *(child("x")[0], "-P", str(program), str(tmp_path)),
        ],
        cwd=LIBRARY,
        env={**os.environ, "PYTHONPATH": str(LIBRARY)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines() == [
        "there is no room left to keep the clip",
        "['clips/0/clip.json', 'clips/0/original', 'clips/0/pcm.f32']",
    ]


class FullBeforeTheEnd(QuickWorkers):
    """The disk is full just after the worker has done its part."""

    async def run(self, job: object, descriptors: Sequence[int]) -> Sound:
        """Do what a worker does, then let nobody write more than 100 bytes."""
        sound = await super().run(job, descriptors)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))
        return sound


async def test_a_disk_that_is_full_at_the_last_moment(tmp_path: Path) -> None:
    """The daemon's own small file may be the one that does not fit."""
    workers = cast(DecodeWorkers, FullBeforeTheEnd())
    store = ClipStore(tmp_path / "state", workers, sounds=no_sounds(tmp_path))
    await store.open()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        with pytest.raises(StorageFull, match="no room left"):
            await add(store, b"", "a.wav")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert kept_files(tmp_path) == []
    assert store.list() == []
