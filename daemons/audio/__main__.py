"""The audio daemon: everything that can be heard."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial

from common.bus.params import ParamsInterface
from common.bus.suite import AUDIO, PARAMS
from common.daemon import Daemon, run
from common.errors import Unavailable
from common.params.client import ParamsClient
from common.params.kept import KeptParameters
from common.resets import ResetMark
from common.topics import Event
from daemons.audio.clip_parameters import ClipParameters, removed_clips
from daemons.audio.clip_source import Feeder
from daemons.audio.clips.process import DecodeWorkers
from daemons.audio.clips.store import ClipStore
from daemons.audio.engine import Engine
from daemons.audio.library import Library
from daemons.audio.player import Player
from daemons.audio.realtime import prepare_process
from daemons.audio.service import AudioService, now_playing
from daemons.audio.settings import GROUPS, Settings
from hw.boards import load
from hw.drivers.alsa import open_output

log = logging.getLogger(__name__)


@asynccontextmanager
async def audio(daemon: Daemon) -> AsyncIterator[None]:
    """Wire the parts. Nobody is waited for: an alarm must sound when little else runs."""
    connection, tasks = daemon.connection, daemon.tasks
    params = ParamsClient(connection)
    store = ClipStore(daemon.state / "clips", DecodeWorkers())
    await store.open()
    engine = Engine(partial(open_output, load().sound))
    feeder = Feeder()

    def announce(event: Event) -> None:
        if export.current is not None:
            export.current.announce(event)

    def playing_changed() -> None:
        if export.current is not None:
            export.current.playing_changed.emit(now_playing(engine))

    def apply(values: Mapping[str, str]) -> None:
        player.settings = settings = Settings.of(values)
        engine.set_output(settings.output_gain_db)
        engine.configure(settings.rules)
        clip_parameters.take(values)

    player = Player(engine, feeder, store, tasks, announce)
    player.changed = playing_changed
    clip_parameters = ClipParameters(params, store)
    library = Library(store, clip_parameters, player)
    resets = ResetMark(daemon.state)

    async def follow_resets() -> None:
        generation, level = await params.bus.generation()
        if resets.missed(generation, level) is not None:
            # On either level: the manual's list of what a restore keeps has no clips in it.
            player.stop_clips()
            await store.wipe()
            tasks.create_task(prepare_clips(), name="clips again")
        resets.followed(generation)
        await clip_parameters.reconcile()

    async def keep_in_step() -> None:
        while True:
            await in_step.wait()
            in_step.clear()
            try:
                await follow_resets()
            except Unavailable:
                await asyncio.sleep(1.0)
                in_step.set()

    async def prepare_clips() -> None:
        await store.prepare()
        await player.keep_beginnings()

    async def follow_removal(clips: list[int]) -> None:
        if resets.missed(*await params.bus.generation()) is None:
            await library.removed_elsewhere(clips)
        # else a reset took the groups away, which brings the factory's clips back

    def groups_changed(_revision: int, _values: dict[str, str], removed: list[str]) -> None:
        if clips := removed_clips(removed):
            tasks.create_task(follow_removal(clips), name="clips removed elsewhere")

    in_step = asyncio.Event()
    feeder.start()
    engine.start()
    watch = tasks.create_task(engine.watch(), name="engine")
    kept = KeptParameters(connection, GROUPS, daemon.state / "parameters.json", apply)
    export = connection.export(lambda: AudioService(connection, engine, player, library))
    await connection.subscribe(ParamsInterface.changed, PARAMS, groups_changed)
    await connection.subscribe(ParamsInterface.was_reset, PARAMS, lambda *_: in_step.set())
    connection.watch(PARAMS, lambda there: in_step.set() if there else None)
    tasks.create_task(kept.run(), name="parameters")
    tasks.create_task(keep_in_step(), name="clips and parameters")
    tasks.create_task(prepare_clips(), name="clips")
    try:
        yield
    finally:
        watch.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watch
        await asyncio.to_thread(engine.close)
        await asyncio.to_thread(feeder.close)


if __name__ == "__main__":
    prepare_process()
    run(AUDIO, audio)
