"""Strangers who send to multicast groups on the loopback interface, and what the unit makes of them."""

import json
import random
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx
import numpy as np
import numpy.typing as npt

from common.realtime import become_realtime
from daemons.audio.multicast.encodings import BY_NAME
from daemons.audio.multicast.rtp import build
from tests.heard import RATE, Heard, heard_since, position
from tests.playing import untouched_levels
from tests.suite import Unit, until
from tests.unit.audio_multicast.network import packets

CONTROLLER = "/config/rest/audio-multicast-ctrl/v1beta"
REALTIME_PRIORITY = 40
IP_RECVTTL = 12
"""Not in Python's socket module."""
LOOPBACK = socket.inet_aton("127.0.0.1")


class Controller:
    """The REST API of the controller, as a client uses it."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self.client = unit.admin()

    def get(self, path: str = "") -> Any:
        """Return what lies at a path."""
        answer = self.client.get(CONTROLLER + path)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    def set(self, path: str, data: Any) -> None:
        """Change a property."""
        answer = self.client.patch(CONTROLLER + path, json={"data": data})
        assert (answer.status_code, answer.json()) == (200, {"status": "success"})

    def add(self, label: str, group: str, port: int, **more: Any) -> str:
        """Add a source and return its id."""
        source = {"label": label, "ipAddress": group, "port": port, **more}
        answer = self.client.post(f"{CONTROLLER}/sources", json={"data": source})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["data"]["id"])

    def remove(self, id_: str) -> None:
        """Remove a source."""
        answer = self.client.delete(f"{CONTROLLER}/sources/{id_}")
        assert (answer.status_code, answer.json()) == (200, {"status": "success"})

    def state(self, id_: str) -> dict[str, Any]:
        """Return how reception of a source goes."""
        sources: list[dict[str, Any]] = self.client.get("/api/multicast").json()["sources"]
        return next(source for source in sources if source["id"] == id_)

    def playing(self) -> list[dict[str, Any]]:
        """Return what plays."""
        playing: list[dict[str, Any]] = self.client.get("/api/playing").json()
        return playing

    def wait_until_silent(self) -> None:
        """Wait until nothing plays and all of it has left the card."""
        until("nothing plays", lambda: not self.playing())
        end = position(self.unit) + RATE // 5
        until("the card's buffer is empty", lambda: position(self.unit) > end)

    def close(self) -> None:
        """Leave the unit without sources."""
        for source in self.get("/sources"):
            if source["type"] == "Multicast":
                self.remove(source["id"])
        for place, id_ in enumerate(("SIP", "VAPIXAudio", "VAPIXMediaClip"), 1):
            self.set(f"/sources/{id_}/prio", place)
        self.set("/audiocodec", "PCMU")
        self.set("/enabled", False)
        self.client.close()


@contextmanager
def receiving(unit: Unit) -> Iterator[Controller]:
    """Switch the controller on for the block; samples reach the speaker as they are."""
    controller = Controller(unit)
    controller.wait_until_silent()
    untouched_levels(controller.client)
    controller.set("/enabled", True)
    try:
        yield controller
    finally:
        controller.close()


def ready(controller: Controller, *ids: str) -> None:
    """Wait until sources are received: nobody knows of packets that came before."""

    def received() -> bool:
        known = controller.client.get("/api/multicast").json()
        return known["running"] and all(
            source["figures"] is not None for source in known["sources"] if source["id"] in ids
        )

    until("the worker receives", received)


def group_socket() -> socket.socket:
    """Return a socket whose packets leave by the loopback interface and go no further."""
    group = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    group.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, LOOPBACK)
    group.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 0)
    return group


class Speaker(threading.Thread):
    """Sends a sound at its pace, over a network that loses some of it."""

    def __init__(
        self,
        sound: npt.NDArray[np.float32],
        codec: str,
        group: str,
        port: int,
        *,
        loss: float = 0.0,
        jitter_s: float = 0.0,
        ssrc: int = 4711,
    ) -> None:
        super().__init__(daemon=True)
        encoding = BY_NAME[codec]
        chance = random.Random(ssrc)
        sent = packets(sound, encoding, ssrc=ssrc)
        packet_s = len(sound) / RATE / len(sent)
        self._due = sorted(
            (number * packet_s + chance.random() * jitter_s, build(packet))
            for number, packet in enumerate(sent)
            if number < 5 or chance.random() >= loss
        )
        self._to = (group, port)
        self._silence = threading.Event()
        self.began_ns = 0
        self.start()

    def run(self) -> None:
        """Send, however busy the machine is: what a test says is lost is lost, and nothing comes late besides."""
        become_realtime(REALTIME_PRIORITY)
        with group_socket() as group:
            begin_s = time.monotonic()
            self.began_ns = time.monotonic_ns()
            for due_s, datagram in self._due:
                if self._silence.wait(max(0.0, begin_s + due_s - time.monotonic())):
                    return
                group.sendto(datagram, self._to)

    def end(self) -> None:
        """Fall silent."""
        self._silence.set()
        self.join()


def ffmpeg_sends(
    codec: Sequence[str], group: str, port: int, seconds: float, *, srtp_key: str = ""
) -> subprocess.Popen[bytes]:
    """Have FFmpeg send a tone of 1 kHz with a peak of 0.5."""
    scheme, extra = "rtp", []
    if srtp_key:
        scheme = "srtp"
        extra = ["-srtp_out_suite", "AES_CM_128_HMAC_SHA1_80", "-srtp_out_params", srtp_key]
    return subprocess.Popen(
        [
            *("ffmpeg", "-v", "error", "-re", "-f", "lavfi"),
            *("-i", f"sine=frequency=1000:sample_rate=48000:duration={seconds}"),
            # FFmpeg's sine has a peak of 1/8.
            *("-af", "volume=4", *codec, *extra, "-f", "rtp"),
            f"{scheme}://{group}:{port}?ttl=0&localaddr=127.0.0.1&pkt_size=1200",
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )


@contextmanager
def group_member(group: str, port: int) -> Iterator[socket.socket]:
    """Be a member of a group on the loopback interface, as another unit would."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as member:
        member.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        member.setsockopt(socket.IPPROTO_IP, IP_RECVTTL, 1)
        member.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
        member.bind((group, port))
        membership = struct.pack("=4s4s", socket.inet_aton(group), LOOPBACK)
        member.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
        member.settimeout(10)
        yield member


def strength(sound: npt.NDArray[np.float64], hertz: float) -> float:
    """Return the peak of one frequency in a sound."""
    at = np.arange(len(sound)) / RATE
    window = np.hanning(len(sound))
    turned = np.exp(-2j * np.pi * hertz * at) * window
    return float(2 * abs(np.sum(sound * turned)) / np.sum(window))


def spoken(unit: Unit, since: int) -> npt.NDArray[np.float64]:
    """Return what was heard since then, without the silence around it and its edges."""
    played: Heard = heard_since(unit, since)
    loud = np.flatnonzero(np.abs(played.samples) > 0.05)
    assert len(loud), "nothing was heard"
    return played.samples[loud[0] + RATE // 10 : loud[-1] - RATE // 5]


def now_heard(unit: Unit, seconds: float = 0.2) -> npt.NDArray[np.float64]:
    """Wait that long and return what was heard meanwhile."""
    begin = position(unit)
    end = begin + round((seconds + 0.05) * RATE)
    until("it is played", lambda: position(unit) > end)
    return heard_since(unit, begin).samples[: round(seconds * RATE)]


def is_heard(unit: Unit, hertz: float, not_hertz: float) -> bool:
    """Whether one tone is heard at its level now, and the other not at all."""
    sound = now_heard(unit, 0.1)
    return strength(sound, hertz) > 0.2 and strength(sound, not_hertz) < 0.001


def longest_gap_ms(sound: npt.NDArray[np.float64]) -> int:
    """Return the longest stretch with hardly any sound, in steps of 5 ms."""
    longest = present = 0
    for level in np.sqrt(np.mean(sound[: len(sound) // 240 * 240].reshape(-1, 240) ** 2, axis=1)):
        present = present + 5 if level < 0.05 else 0
        longest = max(longest, present)
    return longest


def error_of(answer: httpx.Response) -> tuple[int, int, str]:
    """Return the status, the number and the text of a refusal, which has its family's form."""
    content = answer.json()
    assert content.keys() == {"status", "error"}
    assert content["status"] == "error"
    return answer.status_code, content["error"]["code"], content["error"]["message"]


def text_of(content: Any) -> str:
    """Return anything JSON as text, to look for what must not be in it."""
    return json.dumps(content)
