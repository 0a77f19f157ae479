"""The recorder by itself, on sound that a test makes: what it does when none comes any more."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from common import pcm
from daemons.events.recording import protocol, recorder
from daemons.events.recording.protocol import Order
from tests.contract.private_bus import eventually
from tests.contract.recording_rig import decoded

PATIENCE_S = 0.4


class Driven:
    """A recorder in a thread, and the daemon's end of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._ours.settimeout(20)
        self._theirs = theirs
        self._position = 0
        self._sound: socket.socket | None = None
        self._thread = threading.Thread(target=recorder.Recorder(theirs, folder).run)
        self._thread.start()

    def tell(self, order: Order, *descriptors: int) -> None:
        """Give an order."""
        socket.send_fds(self._ours, [protocol.dump(order)], descriptors)

    def says(self) -> dict[str, Any]:
        """Return the next thing it has to say."""
        said: dict[str, Any] = json.loads(self._ours.recv(protocol.PACKET_LIMIT))
        return said

    def hear(self, periods: int, value: float) -> None:
        """Let it hear something; returns when all of it is taken but the last two."""
        if self._sound is None:
            reading, self._sound = pcm.pair()
            with reading:
                self.tell(protocol.Hear(), reading.fileno())
            self._position = 0
        for _ in range(periods):
            samples = np.full(pcm.PERIOD_FRAMES, value, dtype=np.float32)
            self._sound.send(pcm.pack(self._position, samples.data))
            self._position += pcm.PERIOD_FRAMES

    def close(self) -> None:
        """Hang up: it ends."""
        self._ours.close()
        self._thread.join(20)
        self._theirs.close()
        if self._sound is not None:
            self._sound.close()
        assert not self._thread.is_alive()


@pytest.fixture
def driven(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Driven]:
    """A recorder that has little patience."""
    monkeypatch.setattr(recorder, "LOST_S", PATIENCE_S)
    monkeypatch.setattr(recorder, "_LOOK_MS", 20)
    made = Driven(tmp_path)
    yield made
    made.close()


async def test_after_a_long_time_without_sound_it_forgets(driven: Driven) -> None:
    """What was being recorded fails and is gone; what is heard later stands for itself."""
    assert driven.says() == {"type": "deaf"}
    driven.tell(protocol.Keep(5.0))
    driven.hear(20, 0.5)
    assert driven.says() == {"type": "hearing"}
    driven.tell(protocol.Record(1, time.monotonic(), 0.1, 30.0, "wav", "one"))
    await eventually(lambda: list(driven.folder.iterdir()), "a file that is begun")
    said = sorted((driven.says(), driven.says()), key=lambda report: str(report["type"]))
    assert [report["type"] for report in said] == ["failed", "lost"]
    assert "could not be heard" in said[0]["reason"]
    assert list(driven.folder.iterdir()) == []

    driven.hear(10, 0.25)
    assert driven.says() == {"type": "hearing"}
    driven.hear(10, 0.25)
    driven.tell(protocol.Record(2, time.monotonic(), 5.0, 0.0, "wav", "two"))
    driven.hear(10, 0.25)
    done = driven.says()
    assert (done["type"], done["job"]) == ("done", 2)
    file = decoded(driven.folder / done["name"])
    assert file.samples.min() == pytest.approx(0.25, abs=0.001)
    assert "before it only" in file.comment


def test_of_a_moment_without_sound_there_is_no_recording(driven: Driven) -> None:
    """It says so at once, and goes on."""
    assert driven.says() == {"type": "deaf"}
    driven.tell(protocol.Record(1, time.monotonic(), 1.0, 1.0, "wav", "too early"))
    said = driven.says()
    assert (said["type"], said["job"]) == ("failed", 1)
    driven.hear(5, 0.5)
    assert driven.says() == {"type": "hearing"}
    driven.tell(protocol.Record(2, time.monotonic() - 30, 1.0, 1.0, "wav", "too late"))
    assert driven.says()["job"] == 2
    driven.tell(protocol.Abandon(7))
    driven.tell(protocol.Finish(7, 0.0, 0.0))
    driven.hear(5, 0.5)
    assert list(driven.folder.iterdir()) == []
