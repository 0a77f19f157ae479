"""An engine in a process of its own, told what to do line by line: the audio daemon without bus and clips store.

Run as `python -P -m tests.contract.sound_player FOLDER`, where FOLDER is the simulated card's.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from daemons.audio.clip_source import Feeder, read_head
from daemons.audio.engine import Engine
from daemons.audio.engine_config import EngineConfig
from daemons.audio.playback import EngineEvent, PlaybackSpec, SourceClass
from daemons.audio.realtime import prepare_process
from hw.drivers.alsa import AlsaOutput
from hw.sim.fifo import SPEAKER_FIFO, far_end_held


class Player:
    """Carries out one command a line; answers with one line each, and with one for each event."""

    def __init__(self, folder: Path) -> None:
        fifo = folder / SPEAKER_FIFO
        self._feeder = Feeder()
        self._engine = Engine(
            lambda: AlsaOutput("c8210_speaker", attached=far_end_held(fifo)),
            EngineConfig(idle_close_s=0.3),
        )
        self._engine.on_event(self._tell_event)

    async def run(self) -> None:
        """Serve standard input until it ends."""
        loop = asyncio.get_running_loop()
        prepare_process()
        self._feeder.start()
        self._engine.start()
        self._engine.attach(loop)
        commands = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
        tell(kind="ready")
        while line := await commands.readline():
            self._carry_out(**json.loads(line))
        self._engine.close()
        self._feeder.close()

    def _carry_out(self, do: str, **given: Any) -> None:
        match do:
            case "play":
                file = Path(given["file"])
                source = self._feeder.open(file, read_head(file), given["repeat"])
                spec = PlaybackSpec(file.stem, SourceClass[given["class_"]], 0, given["volume"])
                tell(kind="answer", playback=self._engine.play(source, spec))
            case "stop":
                self._engine.stop(given["playback"])
                tell(kind="answer")
            case "output":
                self._engine.set_output(given["gain_db"])
                tell(kind="answer")
            case _:
                status = self._engine.status()
                tell(kind="answer", realtime=status.realtime, xruns=status.xruns)

    @staticmethod
    def _tell_event(event: EngineEvent) -> None:
        tell(kind=event.kind.value, playback=event.playback, monotonic_ns=event.monotonic_ns)


def tell(**content: Any) -> None:
    """Write one line."""
    sys.stdout.write(json.dumps(content) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(Player(Path(sys.argv[1])).run())
