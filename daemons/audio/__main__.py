"""The audio daemon: everything that can be heard."""

import common.lean  # noqa: F401 - before all that loads what it keeps out

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial

from common.bus.params import ParamsInterface
from common.bus.suite import AUDIO, PARAMS
from common.clock import SystemClock
from common.daemon import Daemon, run
from common.errors import Unavailable
from common.lamps import Lamps
from common.params.client import ParamsClient
from common.params.kept import KeptParameters
from common.resets import ResetMark
from common.topics import Event
from daemons.audio.clip_parameters import ClipParameters, removed_clips
from daemons.audio.clip_source import Feeder
from daemons.audio.clips.process import DecodeWorkers
from daemons.audio.clips.store import ClipStore
from daemons.audio.engine import Engine
from daemons.audio.impedance.terminals import Terminals
from daemons.audio.input.jack import InputJack
from daemons.audio.input.protocol import Tap
from daemons.audio.input.supervision import AudioInput
from daemons.audio.level_feed import LevelFeed
from daemons.audio.library import Library
from daemons.audio.live.both_ways import LiveAudio
from daemons.audio.loudspeaker import Loudspeaker, Noise
from daemons.audio.multicast.subsystem import Multicast
from daemons.audio.player import Player
from daemons.audio.realtime import collect_garbage, prepare_process
from daemons.audio.selftest.conduct import SelfTests
from daemons.audio.service import AudioService, now_playing
from daemons.audio.settings import GROUPS, Settings
from hw.boards import load
from hw.drivers.alsa import open_output

log = logging.getLogger(__name__)

_SPARE_WORKER_S = 60.0
"""How long a decode worker waits for the next clip after one was added."""


@asynccontextmanager
async def audio(daemon: Daemon) -> AsyncIterator[None]:
    """Wire the parts. Nobody is waited for: an alarm must sound when little else runs."""
    connection, tasks = daemon.connection, daemon.tasks
    params = ParamsClient(connection)
    workers = DecodeWorkers(spare_s=_SPARE_WORKER_S)
    store = ClipStore(daemon.state / "clips", workers)
    await store.open()
    board = load()
    engine = Engine(partial(open_output, board.sound))
    feeder = Feeder()

    def announce(event: Event) -> None:
        if export.current is not None:
            export.current.announce(event)

    def states_changed() -> None:
        if export.current is not None:
            export.current.states_changed.emit(None)

    def playing_changed() -> None:
        if export.current is not None:
            export.current.playing_changed.emit(now_playing(engine, player))

    def apply(values: Mapping[str, str]) -> None:
        settings = Settings.of(values)
        player.take(settings)
        loudspeaker.take(values)
        engine.configure(settings.rules)
        audio_input.take(values)
        clip_parameters.take(values)
        live.take(values)
        multicast.take(values)
        self_tests.take(values)
        terminals.take(values)

    player = Player(engine, feeder, store, tasks, announce)
    player.changed = playing_changed
    audio_input = AudioInput(
        InputJack(board, connection), engine.open_tap, announce, states_changed
    )

    def noise() -> Noise:
        levels = audio_input.levels
        return Noise(audio_input.settings.on, None if levels is None else levels.ambient_dbfs)

    loudspeaker = Loudspeaker(engine, noise)
    level_feed = LevelFeed(engine, audio_input, loudspeaker)
    clock = SystemClock()
    lamps = Lamps(connection, clock)
    terminals = Terminals(
        board.amplifier(connection) if board.amplifier else None,
        engine,
        lamps,
        announce,
        loudspeaker.protection_changed,
        daemon.state,
        clock,
    )
    self_tests = SelfTests(engine, audio_input, board.sound, daemon.state, tasks, announce)
    await self_tests.open()
    clip_parameters = ClipParameters(params, store)
    player.name_of = clip_parameters.name
    library = Library(store, clip_parameters, player)
    hear = partial(audio_input.open_capture, Tap.INPUT)
    multicast = Multicast(connection, engine, player, store, hear, tasks, announce)
    live = LiveAudio(engine, hear, tasks, lambda id_: player.place_of(id_), announce)
    player.live = live.listed
    resets = ResetMark(daemon.state)

    async def follow_resets() -> None:
        generation, level = await params.bus.generation()
        missed = resets.missed(generation, level)
        if missed is not None:
            # On either level: the manual's list of what a restore keeps has neither clips nor what was measured in it.
            player.stop_clips()
            await store.wipe()
            await terminals.forget()
            await self_tests.wipe()
            tasks.create_task(prepare_clips(), name="clips again")
        resets.followed(generation)
        await params.publish(audio_input.facts())
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
    export = connection.export(
        lambda: AudioService(
            connection,
            engine,
            player,
            library,
            audio_input,
            loudspeaker,
            level_feed,
            self_tests,
            terminals,
            multicast,
            live,
        )
    )
    kept = KeptParameters(connection, GROUPS, daemon.state / "parameters.json", apply)
    await connection.subscribe(ParamsInterface.changed, PARAMS, groups_changed)
    await connection.subscribe(ParamsInterface.was_reset, PARAMS, lambda *_: in_step.set())
    connection.watch(PARAMS, lambda there: in_step.set() if there else None)
    tasks.create_task(kept.run(), name="parameters")
    tasks.create_task(loudspeaker.run(), name="output")
    tasks.create_task(lamps.run(), name="lamps")
    tasks.create_task(terminals.run(), name="terminals")
    tasks.create_task(audio_input.run(), name="input")
    tasks.create_task(level_feed.run(), name="levels")
    tasks.create_task(multicast.run(), name="multicast")
    tasks.create_task(keep_in_step(), name="clips and parameters")
    tasks.create_task(prepare_clips(), name="clips")
    tasks.create_task(collect_garbage(lambda: engine.status().device_open), name="garbage")
    try:
        yield
    finally:
        watch.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watch
        await live.close()
        await asyncio.to_thread(engine.close)
        await asyncio.to_thread(feeder.close)
        workers.close()


if __name__ == "__main__":
    prepare_process()
    run(AUDIO, audio)
