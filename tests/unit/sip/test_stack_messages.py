"""The control socket between the daemon and the stack."""

import os
import socket
from collections.abc import Iterator

import msgspec
import pytest

from daemons.sip.stack import wire
from daemons.sip.stack.messages import Gone, Link


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, Link]]:
    """Return the daemon's end, and the stack's."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    link = Link(theirs.detach())
    with ours:
        yield ours, link
    link.close()


def test_orders_come_in_their_order_and_nonsense_is_passed_over(
    ends: tuple[socket.socket, Link],
) -> None:
    """What is no order is logged."""
    ours, link = ends
    for order in (wire.Ring("a"), wire.Answer("a")):
        for packet in (b"{}", b"\xff", msgspec.json.encode(order)):
            ours.send(packet)
    assert [order for order, _ in link.orders()] == [wire.Ring("a"), wire.Answer("a")]
    assert list(link.orders()) == []


def test_a_descriptor_comes_with_the_order_that_wants_one(ends: tuple[socket.socket, Link]) -> None:
    """Others are closed."""
    ours, link = ends
    reader, writer = os.pipe()
    socket.send_fds(ours, [msgspec.json.encode(wire.Ring("a"))], [writer])
    socket.send_fds(ours, [msgspec.json.encode(wire.Playback("a"))], [writer, writer])
    os.close(writer)
    (_, none), (_, given) = link.orders()
    assert none is None
    assert given is not None
    os.close(given)
    assert os.read(reader, 1) == b""  # nobody holds the other end any more
    os.close(reader)


def test_the_end_of_the_daemon_is_seen(ends: tuple[socket.socket, Link]) -> None:
    """When reading."""
    ours, link = ends
    ours.close()
    with pytest.raises(Gone):
        list(link.orders())


def test_what_a_slow_daemon_has_not_read_is_kept_but_for_signs_of_life(
    ends: tuple[socket.socket, Link],
) -> None:
    """Until it is so much that it must be gone."""
    ours, link = ends
    for number in range(600):
        link.send(wire.Dtmf(f"{number}", "1"))
        link.flush()
    link.send(wire.Alive())
    ours.setblocking(False)
    came = 0
    while came < 600:
        assert msgspec.json.decode(ours.recv(4_096), type=wire.Dtmf).call == f"{came}"
        came += 1
        link.flush()
    with pytest.raises(BlockingIOError):
        ours.recv(4_096)
    with pytest.raises(Gone):
        _tell_much(link)


def test_bytes_that_are_no_text_are_told_as_what_nobody_can_read(
    ends: tuple[socket.socket, Link],
) -> None:
    """As PJSIP passes them on: strangers put them into names, servers into their reasons."""
    ours, link = ends
    name = b'"J\xff\xc3\xa9" <sip:j@192.0.2.7>'.decode(errors="surrogateescape")
    link.send(wire.Incoming("In-1", "one", name, "sip:u", "192.0.2.7"))
    link.flush()
    told = msgspec.json.decode(ours.recv(4_096), type=wire.Incoming)
    assert told.remote_uri == '"J?\u00e9" <sip:j@192.0.2.7>'


def _tell_much(link: Link) -> None:
    for _ in range(5_000):
        link.send(wire.Dtmf("a", "1"))
        link.flush()
