"""PCM over a socket: two periods and no more, playback blocks, capture drops, the end is heard."""

import asyncio
import socket
import threading

import numpy as np
import pytest

from common import pcm
from common.errors import Unavailable
from daemons.audio.foreign_clock import ForeignClockSource
from daemons.audio.stream_source import StreamSource

PERIOD = pcm.PERIOD_FRAMES


def steps(frames: int) -> np.ndarray:
    """Samples of which each says where it stands."""
    return np.arange(1, frames + 1, dtype=np.float32)


def read(source: StreamSource | ForeignClockSource, frames: int = PERIOD) -> np.ndarray:
    """Read one block as the engine does."""
    block = np.zeros(frames, dtype=np.float32)
    return block[: source.read_into(block)]


def read_all(source: StreamSource, frames: int = PERIOD) -> np.ndarray:
    """Read until the end, which is there."""
    parts = []
    while not source.finished:
        parts.append(read(source, frames))
    return np.concatenate(parts)


def test_a_connection_holds_two_periods_each_way() -> None:
    """A third period does not fit: neither end hides half a second of delay."""
    for sender, _receiver in (ends := pcm.pair(), tuple(reversed(ends))):
        sender.setblocking(False)
        packet = pcm.pack(0, steps(PERIOD).data)
        assert len(packet) == 16 + 480 * 4
        for _ in range(2):
            sender.send(packet)
        with pytest.raises(BlockingIOError):
            sender.send(packet)
    for end in ends:
        end.close()


@pytest.mark.parametrize("period", [240, 480, 700])
def test_what_is_sent_is_played_to_its_last_sample(period: int) -> None:
    """Writes of any length arrive in order, the sender waits for the engine, and the close loses nothing."""
    near, far = pcm.pair()
    sound = steps(10_001)

    def send() -> None:
        sender = pcm.PlaybackSender(near)
        for part in np.array_split(sound, 13):
            sender.write(part.data)
        sender.close()

    sending = threading.Thread(target=send)
    sending.start()
    source = StreamSource(far)
    heard = read_all(source, period)
    sending.join()
    source.close()
    assert np.array_equal(heard, sound)


def test_closing_without_playing_out_leaves_the_rest() -> None:
    """A sender that gives up sends no part of a period."""
    near, far = pcm.pair()
    sender = pcm.PlaybackSender(near)
    sender.write(steps(PERIOD + 100).data)
    sender.close(play_out=False)
    source = StreamSource(far)
    assert np.array_equal(read_all(source), steps(PERIOD))
    source.close()


def test_a_stopped_playback_is_told_to_its_sender() -> None:
    """After the engine has let go, the next write says so."""
    near, far = pcm.pair()
    StreamSource(far).close()
    sender = pcm.PlaybackSender(near)
    with pytest.raises(Unavailable, match="stopped"):
        sender.write(steps(PERIOD).data)
    sender.close()


async def test_the_event_loop_s_end_waits_without_blocking_the_loop() -> None:
    """The sender in an event loop is held back by the engine as well, and other tasks go on meanwhile."""
    near, far = pcm.pair()
    sound = steps(40 * PERIOD + 7)
    sender = pcm.AsyncPlaybackSender(near)
    source = StreamSource(far)
    sent = 0

    async def send() -> None:
        nonlocal sent
        for part in np.split(sound[: 40 * PERIOD], 40):
            await sender.write(part.data)
            sent += 1
        await sender.write(sound[40 * PERIOD :].data)
        await sender.close()

    heard = []
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        tasks.create_task(send(), name="send")
        while not source.finished:
            heard.append(read(source))
            assert sent <= len(heard) + 4
            await asyncio.sleep(0)
    source.close()
    assert np.array_equal(np.concatenate(heard), sound)


def test_capture_drops_the_oldest_and_counts() -> None:
    """A reader that sleeps misses the middle, never the newest, and the positions tell how much."""
    near, far = pcm.pair()
    sender = pcm.CaptureSender(near)
    for number in range(20):
        assert sender.push(np.full(PERIOD, number, dtype=np.float32).data)
    receiver = pcm.PcmReceiver(far)
    got = []
    for newest in (20, 21, 22):
        while receiver.receive():
            got.append((receiver.position // PERIOD, receiver.flags))
        sender.push(np.full(PERIOD, newest, dtype=np.float32).data)
    assert got == [(0, 0), (1, 0), (18, pcm.Flag.GAP), (19, 0), (20, 0), (21, 0)]
    assert sender.dropped_periods == 16
    receiver.close()
    assert not sender.push(np.zeros(PERIOD, dtype=np.float32).data)
    sender.close()


async def test_a_reader_in_an_event_loop_gets_every_period() -> None:
    """Waiting for packets loses none while the reader keeps up, and ends with the sender."""
    near, far = pcm.pair()
    sender, receiver = pcm.CaptureSender(near), pcm.PcmReceiver(far)
    for number in range(10):
        sender.push(np.full(PERIOD, number, dtype=np.float32).data)
        assert await receiver.wait_and_receive() == PERIOD
        assert receiver.position == number * PERIOD
        assert np.frombuffer(receiver.payload, dtype=np.float32)[-1] == number
    sender.close()
    assert await receiver.wait_and_receive() is None
    receiver.close()


@pytest.mark.parametrize(
    "packet",
    [
        b"x",
        b"x" * 16,
        b"x" * 3000,
        pcm.HEADER.pack(0, 0, 480) + bytes(8),
        pcm.HEADER.pack(0, 0, 2**31) + bytes(8),
    ],
)
def test_a_packet_that_is_none_ends_the_playback(packet: bytes) -> None:
    """Nonsense from the far end is no sound: the source ends and says why."""
    near, far = pcm.pair()
    near.send(packet)
    source = StreamSource(far)
    assert not len(read(source))
    assert source.finished
    assert "not PCM" in (source.failure or "")
    source.close()
    near.close()


def test_only_a_packet_socket_is_adopted() -> None:
    """A descriptor of another kind that came over the bus is refused and closed."""
    near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    with pytest.raises(Unavailable, match="no PCM"):
        pcm.adopt(far.detach())
    assert near.recv(1) == b""
    near.close()
    near, far = pcm.pair()
    with pcm.adopt(far.detach()) as adopted:
        assert adopted.send(pcm.pack(0, steps(1).data))
    near.close()


def test_a_sender_on_its_own_clock_is_heard_after_its_buffer_has_filled() -> None:
    """Nothing until the target is there, then the sound; after the close, the rest of it."""
    near, far = pcm.pair()
    source = ForeignClockSource(far, target_frames=2 * PERIOD)
    sender = pcm.PlaybackSender(near)
    tone = np.sin(2 * np.pi * 1000 / 48_000 * np.arange(PERIOD * 8)).astype(np.float32)
    heard = []
    for part in np.split(tone, 8):
        sender.write(part.data)
        heard.append(read(source))
    sender.close()
    while not source.finished:
        heard.append(read(source))
    source.close()
    assert [len(part) for part in heard[:3]] == [0, 0, 0]
    assert sum(map(len, heard)) == pytest.approx(len(tone), abs=4)
    assert np.abs(np.concatenate(heard)).max() == pytest.approx(1.0, abs=0.01)
