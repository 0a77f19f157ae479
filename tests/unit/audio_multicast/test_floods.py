"""Who floods a group does not cut off who speaks there."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from daemons.audio.multicast import messages
from daemons.audio.multicast.encodings import PCMU
from daemons.audio.multicast.figures import Figures
from daemons.audio.multicast.receiver import Receiver, _Source
from daemons.audio.multicast.rtp import Packet, build
from tests.unit.audio_multicast.network import packets, tone

STEP_S = 0.005


@pytest.fixture
def network() -> Iterator[tuple[socket.socket, _Source]]:
    """The sending end of a network, and a source behind it."""
    sender, receiver = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    sender.setblocking(False)
    receiver.setblocking(False)
    source = _Source(receiver, messages.Listen("id", "PCMU", "Normal"), 0.0)
    with sender:
        yield sender, source
    source.close()


def send(sender: socket.socket, datagram: bytes) -> None:
    """Send something; what finds no room is lost, as in the kernel."""
    with suppress(BlockingIOError):
        sender.send(datagram)


@pytest.mark.parametrize("junk", ["another sender", "no audio at all"])
def test_a_flood_cuts_nobody_off(network: tuple[socket.socket, _Source], junk: str) -> None:
    """2000 packets a second of somebody else between 50 of who was there first: none of these gets lost."""
    sender, source = network
    speech = packets(tone(3.0), PCMU)
    for step in range(600):
        now_s = step * STEP_S
        if step % 4 == 0:
            send(sender, build(speech[step // 4]))
            source.read(now_s)
        for number in range(10 if step > 40 else 0):
            foreign = Packet(0, 10 * step + number, 160 * number, 0x666, False, bytes(160))
            send(sender, build(foreign) if junk == "another sender" else bytes(40))
            source.read(now_s)
        while source.playout.render(now_s) is not None:
            pass
    figures = source.playout.figures
    assert figures.foreign + figures.malformed + figures.unknown == 5590
    assert (figures.lost, figures.late, figures.flooded) == (0, 0, 0)


def test_a_flood_of_what_is_played_has_an_end(network: tuple[socket.socket, _Source]) -> None:
    """A sender that is believed cannot keep the worker busy."""
    sender, source = network
    taken = 0
    for number in range(1000):
        sender.send(build(Packet(0, number, 8 * number, 1, False, bytes(8))))
        if source.read(number * 0.0002):
            break
        taken += 1
    assert taken < 400
    assert source.playout.figures.flooded == 1


def test_datagrams_larger_than_ethernet_are_read_whole_or_not_at_all() -> None:
    """20 ms of L16 in stereo come in fragments; half of a packet would be no sound."""
    sender, receiver = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    receiver.setblocking(False)
    source = _Source(receiver, messages.Listen("id", "L16/48000/2", "Normal"), 0.0)
    with sender:
        for number in range(2):
            sender.send(build(Packet(97, number, 960 * number, 1, False, bytes(3_840))))
        sender.send(build(Packet(97, 2, 1_920, 1, False, bytes(3_840 * 4))))
        source.read(0.0)
    periods = 0
    while source.playout.render(0.185) is not None:
        periods += 1
    source.close()
    figures = source.playout.figures
    assert (figures.played, figures.malformed, figures.concealed_ms) == (2, 1, 0.0)
    assert periods == 4


FLOOD = """
import itertools, socket, sys
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
flooded, beside = (("127.0.0.1", int(port)) for port in sys.argv[1:])
for number in itertools.count():
    sender.sendto(bytes(40), flooded)
    if number % 60 == 0:
        sender.sendto(bytes(40), beside)
"""


def test_a_flooded_source_waits_for_its_tick() -> None:
    """What comes to another source does not wake it, or the worker would do nothing else."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    receiver = Receiver(theirs.detach())
    at_work = threading.Thread(target=receiver.run, args=([], []))
    ports = []
    with ours, receiver._daemon:
        for number in range(2):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as group:
                group.bind(("127.0.0.1", 0))
                ports.append(str(group.getsockname()[1]))
                listen = messages.Listen(str(number), "PCMU", "Normal")
                socket.send_fds(ours, [messages.dump(listen)], [group.fileno()])
        with subprocess.Popen([sys.executable, "-c", FLOOD, *ports]) as flood:
            begun_s = time.monotonic()
            at_work.start()
            figures = Figures()
            while figures.flooded < 50:
                message = messages.from_worker(ours.recv(messages.PACKET_LIMIT))
                if isinstance(message, messages.Counted) and message.id == "0":
                    figures = message.figures
            took_s = time.monotonic() - begun_s
            flood.kill()
        for number in range(2):
            ours.send(messages.dump(messages.Forget(str(number))))
        ours.shutdown(socket.SHUT_WR)
        at_work.join()
    assert figures.flooded <= took_s / STEP_S + 10
