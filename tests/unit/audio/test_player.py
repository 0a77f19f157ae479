"""Clips that go, or never came to be decoded, while others play: nobody but who asked for them notices."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import cast

import pytest

from common.errors import NotFound, StorageFull
from daemons.audio import player as player_module
from daemons.audio.clip_parameters import ClipParameters
from daemons.audio.clip_source import Feeder, read_head
from daemons.audio.clips.catalogue import ClipInfo, user_clip
from daemons.audio.clips.store import ClipStore
from daemons.audio.engine import Engine
from daemons.audio.library import Library
from daemons.audio.playback import PlaybackSpec
from daemons.audio.player import Player
from daemons.audio.sources import Samples, Source
from daemons.audio.worker.protocol import ClipFormat, Sound

FRAMES = 4_800
SOUND = Sound(ClipFormat.WAV, 48_000, 1, FRAMES, 9_644, "0" * 64, 1, -20.0, -3.0)


class FakeStore:
    """Clips of a tenth of a second, of which each can be removed, or cannot be decoded."""

    def __init__(self, folder: Path, *clips: int) -> None:
        self.folder = folder
        self.clips = {index: user_clip(index, f"{index}.wav", SOUND) for index in clips}
        self.not_decoded: set[int] = set()
        self.meanwhile: Callable[[], Awaitable[None]] | None = None
        for index in clips:
            self._file(index).write_bytes(bytes(4 * FRAMES))

    def _file(self, index: int) -> Path:
        return self.folder / f"{index}.f32"

    def list(self) -> list[ClipInfo]:
        return list(self.clips.values())

    def decoded(self) -> Sequence[ClipInfo]:
        return [info for info in self.list() if info.index not in self.not_decoded]

    def get(self, index: int) -> ClipInfo:
        try:
            return self.clips[index]
        except KeyError:
            raise NotFound(f"there is no clip {index}") from None

    async def pcm_path(self, index: int) -> Path:
        self.get(index)
        if index in self.not_decoded:
            raise StorageFull("there is no room left to keep the clip")
        return self._file(index)

    async def remove(self, index: int) -> None:
        if self.meanwhile is not None:
            await self.meanwhile()
        self._file(index).unlink()
        del self.clips[index]


class FakeEngine:
    """Keeps what was asked of it."""

    def __init__(self) -> None:
        self.playing: dict[str, Source] = {}
        self._begun = 0

    def on_event(self, listener: object) -> None:
        del listener

    def play(self, source: Source, spec: PlaybackSpec) -> str:
        del spec
        self._begun += 1
        id_ = f"p{self._begun}"
        self.playing[id_] = source
        return id_

    def stop(self, playback: str) -> None:
        self.playing.pop(playback, None)


class FakeParameters:
    """Keeps no groups."""

    async def drop(self, index: int) -> None:
        del index


class Desk:
    """A player of the clips 1 and 2."""

    def __init__(self, folder: Path, tasks: asyncio.TaskGroup) -> None:
        self.store = FakeStore(folder, 1, 2)
        self.engine = FakeEngine()
        self.player = Player(
            cast(Engine, self.engine),
            Feeder(),
            cast(ClipStore, self.store),
            tasks,
            lambda event: None,
        )
        parameters = cast(ClipParameters, FakeParameters())
        self.library = Library(cast(ClipStore, self.store), parameters, self.player)

    async def play(self, clip: int) -> str:
        return await self.player.play_clip(clip, 100.0, 0, "announcement", 0)


async def test_clips_that_cannot_be_decoded_or_are_removed_keep_none_of_the_others_back(
    tmp_path: Path,
) -> None:
    """The disk is full, a user removes another one while the unit starts: the daemon goes on."""
    async with asyncio.TaskGroup() as tasks:
        desk = Desk(tmp_path, tasks)
        desk.store.not_decoded = {1}
        await desk.player.keep_beginnings()
        with pytest.raises(StorageFull):
            await desk.play(1)
        desk.store.not_decoded = set()
        (tmp_path / "1.f32").unlink()
        await desk.player.keep_beginnings()
        assert await desk.play(2)


async def test_a_clip_whose_file_is_being_removed_is_not_found(tmp_path: Path) -> None:
    """It is still listed for a moment."""
    async with asyncio.TaskGroup() as tasks:
        desk = Desk(tmp_path, tasks)
        (tmp_path / "1.f32").unlink()
        with pytest.raises(NotFound, match="clip 1"):
            await desk.play(1)
        assert not desk.engine.playing


async def test_a_clip_that_goes_while_its_beginning_is_read_is_not_played(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is another that has its number by then."""
    async with asyncio.TaskGroup() as tasks:
        desk = Desk(tmp_path, tasks)

        def read_and_lose(file: Path) -> Samples:
            head = read_head(file)
            del desk.store.clips[1]
            return head

        monkeypatch.setattr(player_module, "read_head", read_and_lose)
        with pytest.raises(NotFound, match="clip 1"):
            await desk.play(1)
        assert not desk.engine.playing


@pytest.mark.parametrize("elsewhere", [False, True])
async def test_who_begins_to_play_a_clip_while_it_is_removed_is_stopped(
    tmp_path: Path, elsewhere: bool
) -> None:
    """However the clip is removed, afterwards nothing of it plays."""
    async with asyncio.TaskGroup() as tasks:
        desk = Desk(tmp_path, tasks)
        await desk.play(1)

        async def play() -> None:
            assert await desk.play(1)

        desk.store.meanwhile = play
        await (desk.library.removed_elsewhere([1]) if elsewhere else desk.library.remove(1))
        assert not desk.store.clips.get(1)
        assert not desk.engine.playing
