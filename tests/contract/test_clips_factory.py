"""The clips that a unit comes with."""

import asyncio
import hashlib
import random
import shutil
from pathlib import Path

import numpy as np
import pytest

from common.errors import NotFound, Unavailable
from daemons.audio.clips.factory import SOUNDS, load_table
from daemons.audio.worker.protocol import ClipFormat
from tests.contract.clip_rig import (
    add,
    clip_store,
    decoded_files,
    kept_files,
    pcm,
    read_all,
    rms,
    two_tones,
    wav_file,
)

TONES = wav_file(two_tones(16_000), 16_000)


async def test_every_factory_clip_can_be_heard(tmp_path: Path) -> None:
    """All 25 are decoded to what the table says of them, in length, level and peak."""
    async with clip_store(tmp_path, sounds=SOUNDS) as store:
        shipped = store.list()
        assert [clip.index for clip in shipped] == list(range(25, 50))
        assert shipped == load_table()
        await store.prepare()
        for before, after in zip(shipped, store.list(), strict=True):
            sound = await pcm(store, after.index)
            assert len(sound) == pytest.approx(before.frames, abs=2)
            assert 20 * np.log10(rms(sound)) > -45
            # Other processors round otherwise, and that is all.
            assert after.loudness_lufs == pytest.approx(before.loudness_lufs, abs=0.02)
            assert after.gain_db == pytest.approx(before.gain_db, abs=0.05)


def test_the_table_is_that_of_the_files() -> None:
    """Whoever changes a sound without making the table anew hears of it; together they stay small."""
    table = load_table()
    for clip in table:
        content = (SOUNDS / clip.file_name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == clip.sha256
        assert len(content) == clip.size
    files = {path.name for path in SOUNDS.iterdir() if path.suffix in (".mp3", ".au")}
    assert files == {clip.file_name for clip in table}
    assert sum(clip.size for clip in table) < 2_500_000
    assert (table[0].format, table[0].sample_rate_hz) == (ClipFormat.AU, 16_000)


async def test_a_clip_that_is_wanted_at_once_does_not_wait_for_the_others(tmp_path: Path) -> None:
    """On the very first start an alarm is decoded first, and another clip when it is asked for."""
    async with clip_store(tmp_path, sounds=SOUNDS) as store, asyncio.TaskGroup() as tasks:
        preparing = tasks.create_task(store.prepare(), name="prepare")
        alarm = await store.pcm_path(store.find("alarm.mp3", random.Random()))
        assert alarm.stat().st_size == store.get(32).pcm_bytes
        waves = await store.pcm_path(48)
        assert waves.stat().st_size == store.get(48).pcm_bytes
        await preparing


async def test_two_who_want_the_same_clip_get_it_once(tmp_path: Path) -> None:
    """Nobody decodes what another decodes already."""
    async with clip_store(tmp_path, sounds=SOUNDS) as store:
        paths = await asyncio.gather(*(store.pcm_path(32) for _ in range(20)))
        assert len({(path, path.stat().st_ino) for path in paths}) == 1


async def test_the_second_start_decodes_nothing(tmp_path: Path) -> None:
    """What was decoded stays."""
    async with clip_store(tmp_path, sounds=SOUNDS) as store:
        await store.prepare()
        made = decoded_files(tmp_path)
    assert len(made) == 25
    async with clip_store(tmp_path, sounds=SOUNDS) as store:
        await store.prepare()
        assert decoded_files(tmp_path) == made


async def test_a_sound_that_an_upgrade_brings_replaces_the_old_one(tmp_path: Path) -> None:
    """The decoded sound goes with the file, not with the name."""
    sounds = tmp_path / "sounds"
    shutil.copytree(SOUNDS, sounds)
    async with clip_store(tmp_path, sounds=sounds) as store:
        old = (await store.pcm_path(32)).read_bytes()
    table = (sounds / "sounds.json").read_text()
    siren = {clip.file_name: clip for clip in load_table()}["siren.mp3"]
    alarm = {clip.file_name: clip for clip in load_table()}["alarm.mp3"]
    shutil.copy(sounds / "siren.mp3", sounds / "alarm.mp3")
    (sounds / "sounds.json").write_text(
        table.replace(alarm.sha256, siren.sha256).replace(
            f'"size": {alarm.size}', f'"size": {siren.size}'
        )
    )
    async with clip_store(tmp_path, sounds=sounds) as store:
        new = (await store.pcm_path(32)).read_bytes()
        assert new != old
        assert len(new) == siren.pcm_bytes
        assert store.get(32).location == "/etc/audioclips/alarm.mp3"


@pytest.mark.covers("M-AUD-23", part="store")
async def test_a_removed_factory_clip_stays_away_until_a_wipe(tmp_path: Path) -> None:
    """Over restarts too; its index is not given to others."""
    async with clip_store(tmp_path, sounds=SOUNDS) as store:
        await store.remove(33)
        with pytest.raises(NotFound):
            store.find("psssst.mp3", random.Random())
        assert (await add(store, TONES, "a.wav")).index == 0
    async with clip_store(tmp_path, sounds=SOUNDS) as store:
        assert 33 not in {clip.index for clip in store.list()}
        await store.wipe()
        assert [clip.index for clip in store.list()] == list(range(25, 50))
        assert (await store.pcm_path(33)).stat().st_size == store.get(33).pcm_bytes
    assert "removed.json" not in kept_files(tmp_path)


@pytest.mark.covers("M-AUD-22", part="content")
async def test_a_factory_clip_downloads_like_any_other(tmp_path: Path) -> None:
    """As it is in the repository, and as .au."""
    async with clip_store(tmp_path, sounds=SOUNDS) as store:
        for index, name in ((25, "camera_clicks16k.au"), (32, "alarm.mp3")):
            original = (SOUNDS / name).read_bytes()
            assert read_all(await store.open_original(index)) == original
            au = read_all(await store.open_au(index))
            assert au[:4] == b".snd"
            assert (au == original) is (index == 25)


async def test_a_factory_clip_that_cannot_be_decoded_leaves_the_others_alone(
    tmp_path: Path,
) -> None:
    """It is unavailable; no other is."""
    sounds = tmp_path / "sounds"
    shutil.copytree(SOUNDS, sounds)
    (sounds / "alarm.mp3").write_bytes(b"nothing to hear")
    (sounds / "siren.mp3").unlink()
    async with clip_store(tmp_path, sounds=sounds) as store:
        await store.prepare()
        for index in (32, 42):
            with pytest.raises(Unavailable, match=f"clip {index} cannot be decoded"):
                await store.pcm_path(index)
        assert (await store.pcm_path(34)).stat().st_size == store.get(34).pcm_bytes
        assert len(decoded_files(tmp_path)) == 23
