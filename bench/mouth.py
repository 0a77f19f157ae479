"""Mouth to ear: from the moment at which a sample is spoken to that at which the simulated card takes it.

Somebody talks in packets of 20 ms, so that the first sample of a packet is 20 ms old when the packet is sent.
"""

import http.client
import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

from bench.client import Client
from bench.figures import (
    CannotMeasure,
    Figure,
    Table,
    at_most,
    median,
    milliseconds,
    percentile,
)
from bench.peers.gstreamer import receiving
from bench.ports import free_port
from bench.speaker import Heard, Speaker
from bench.talker import Group, Lateness, Talker, clicks, packets
from bench.unit import Unit, running_unit

ROUNDS = 3
CLICKS = 8
PROFILES = {"UltraLow": 40, "Low": 80, "Normal": 200}
"""The profile's latency in ms, and the setting of the peer."""
RECEIVER_BUFFER_MS = (120, 40)
CARD_MS = 50
PEER_SHARE = 1.0
MULTICAST = "/config/rest/audio-multicast-ctrl/v1beta"


def measure() -> Table:
    """Measure unit and peer in turns."""
    talked = {buffer: Lateness() for buffer in RECEIVER_BUFFER_MS}
    ours = {profile: Lateness() for profile in PROFILES}
    theirs = {profile: Lateness() for profile in PROFILES}
    with running_unit() as unit:
        client = unit.client()
        for _ in range(ROUNDS):
            for buffer in RECEIVER_BUFFER_MS:
                spoken = _transmit(unit, buffer)
                talked[buffer].add(_heard(client, spoken).onset_ns, spoken)
                _wait_until_over(client)
            for profile, latency_ms in PROFILES.items():
                with _source(client, profile) as group:
                    spoken = _speak(group)
                    ours[profile].add(_heard(client, spoken).onset_ns, spoken)
                with receiving(Group("239.192.7.9", free_port()), latency_ms) as peer:
                    spoken = _speak(peer.group)
                    theirs[profile].add(peer.onset_ns, spoken)
    return Table(
        "Mouth to ear",
        (
            *(_transmit_figure(buffer, times) for buffer, times in talked.items()),
            *(_multicast_figure(profile, ours[profile], theirs[profile]) for profile in PROFILES),
        ),
        (
            f"Of ours, 20 ms are the packet itself, and {CARD_MS} ms lie between the writing of a sample and its being "
            "taken by the simulated card (3 + 2 periods of 10 ms). GStreamer has a pipe for a card: `udpsrc ! "
            "rtpjitterbuffer latency=N ! rtppcmudepay ! mulawdec ! audioconvert ! audioresample ! fdsink sync=true`.",
            "transmit.cgi waits for Audio.ReceiverBuffer before it begins.",
        ),
    )


def _transmit_figure(buffer: int, times: Lateness) -> Figure:
    return Figure(
        f"transmit.cgi, mu-law at 8 kHz, buffer of {buffer} ms",
        _spread(times),
        f"floor {20 + buffer + CARD_MS} ms: packet, buffer and card",
    )


def _multicast_figure(profile: str, ours: Lateness, theirs: Lateness) -> Figure:
    limit = PEER_SHARE * median(theirs.times)
    to_card = median(ours.times) - CARD_MS / 1000
    return Figure(
        f"multicast, PCMU, profile {profile} ({PROFILES[profile]} ms)",
        f"{_spread(ours)}; to the card {milliseconds(to_card)}",
        f"GStreamer at latency={PROFILES[profile]}, to its sink: {_spread(theirs)}",
        f"to the card <= {PEER_SHARE:g} x GStreamer: {milliseconds(limit)}",
        at_most(to_card, limit),
    )


def _spread(found: Lateness) -> str:
    if not found.times:
        raise CannotMeasure("not one click was heard")
    lowest, highest = milliseconds(min(found.times)), milliseconds(max(found.times))
    count = len(found.times)
    return (
        f"{milliseconds(median(found.times))} ({lowest} to {highest}), "
        f"p90 {milliseconds(percentile(found.times, 90))}, n {count}, lost {found.lost}"
    )


def _transmit(unit: Unit, buffer_ms: int) -> list[int]:
    client = unit.client()
    client.get(f"/axis-cgi/param.cgi?action=update&Audio.ReceiverBuffer={buffer_ms}")
    path = "/axis-cgi/audio/transmit.cgi"
    authorization = client.authorization(path, "POST")
    connection = http.client.HTTPConnection("127.0.0.1", unit.port, timeout=20)
    connection.putrequest("POST", path)
    connection.putheader("Content-Type", "audio/basic")
    connection.putheader("Content-Length", "9999999")
    connection.putheader("Authorization", authorization)
    connection.endheaders()
    assert isinstance(connection.sock, socket.socket)
    connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    spoken: list[int] = []
    for packet in clicks(CLICKS, spoken):
        connection.sock.sendall(packet)
    connection.close()
    return spoken


def _heard(client: Client, spoken: list[int]) -> Heard:
    return Speaker(client).heard((time.monotonic_ns() - spoken[0]) / 1e9 + 0.5)


def _wait_until_over(client: Client) -> None:
    end = time.monotonic() + 10
    while json.loads(client.get("/api/playing").body):
        if time.monotonic() > end:
            raise CannotMeasure("the talker does not end")
        time.sleep(0.05)


@contextmanager
def _source(client: Client, profile: str) -> Iterator[Group]:
    group = Group("239.192.7.8", free_port())
    source = {
        "label": profile,
        "ipAddress": group.address,
        "port": group.port,
        "latencyProfile": profile,
    }
    _rest(client, "PATCH", "/enabled", True)
    made = _rest(client, "POST", "/sources", source)
    try:
        yield group
    finally:
        _rest(client, "DELETE", f"/sources/{made['id']}")


def _rest(client: Client, method: str, path: str, data: object = None) -> dict[str, str]:
    content = None if data is None else json.dumps({"data": data}).encode()
    reply = client.request(method, MULTICAST + path, content, "application/json")
    if reply.status not in (200, 201):
        raise CannotMeasure(f"{method} {path} answers {reply.status}: {reply.body[:200]!r}")
    return dict(json.loads(reply.body).get("data") or {})


def _speak(group: Group) -> list[int]:
    spoken: list[int] = []
    with Talker(group) as talker:
        for packet in packets(clicks(CLICKS, spoken)):
            talker.send(packet)
    return spoken
