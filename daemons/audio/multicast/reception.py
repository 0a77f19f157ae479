"""The daemon's side of reception: sockets, the worker, and a playback for whoever speaks."""

import asyncio
import logging
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import msgspec

from common import pcm
from common.errors import ApplianceError
from daemons.audio.engine import Engine
from daemons.audio.foreign_clock import ForeignClockSource
from daemons.audio.live.talking import Levelling
from daemons.audio.multicast import groups, messages
from daemons.audio.multicast.figures import Figures
from daemons.audio.multicast.profiles import PROFILES
from daemons.audio.playback import PlaybackSpec
from daemons.audio.worker.launch import end, launch

log = logging.getLogger(__name__)

_AGAIN_S = 1.0
_SETTLE_S = 0.3
"""Interfaces come with several messages; one look afterwards is enough."""


@dataclass(frozen=True)
class Listening:
    """What is to be received."""

    address: str
    port: int
    encoding: str
    profile: str
    srtp_key: str = field(default="", repr=False)

    def same_packets(self, other: "Listening") -> bool:
        """Whether the same socket and key serve for both."""
        mine = (self.address, self.port, self.srtp_key)
        return mine == (other.address, other.port, other.srtp_key)


@dataclass
class _Received:
    listening: Listening
    group: groups.ReceivingGroup
    figures: Figures = field(default_factory=Figures)
    playback: str | None = None
    speaks: bool = False


class _Worker:
    def __init__(self, process: asyncio.subprocess.Process, connection: socket.socket) -> None:
        self.process = process
        self.connection = connection
        self.ready = False

    def tell(self, message: messages.ToWorker, *descriptors: int) -> None:
        """Send a message; a worker that no longer takes any is found dead where it is listened to."""
        with suppress(OSError):
            socket.send_fds(self.connection, [messages.dump(message)], descriptors)


class Reception:
    """Keeps the worker in step with what is wanted."""

    def __init__(self, engine: Engine, spec_of: Callable[[str], PlaybackSpec]) -> None:
        self._engine = engine
        self._spec_of = spec_of
        self._wanted: Mapping[str, Listening] = {}
        self._received: dict[str, _Received] = {}
        self._faults: dict[str, str] = {}
        self._worker: _Worker | None = None
        self._changed = asyncio.Event()
        self._only = ""
        self._levelling = Levelling()
        self._layers: list[str] | None = None
        self.speaking_changed: Callable[[], None] = lambda: None

    @property
    def running(self) -> bool:
        """Whether the worker is at work."""
        return self._worker is not None and self._worker.ready

    def want(self, wanted: Mapping[str, Listening], only_interface: str) -> None:
        """Receive these from now on, and nothing else."""
        self._wanted = dict(wanted)
        self._only = only_interface
        self._changed.set()

    def level(self, levelling: Levelling) -> None:
        """Level the speech of all sources so from now on."""
        if levelling != self._levelling:
            self._levelling = levelling
            self._tell(messages.Level(levelling))

    def playbacks(self) -> dict[str, str]:
        """Return what plays: source -> playback."""
        return {id_: each.playback for id_, each in self._received.items() if each.playback}

    def speaking(self, id_: str) -> bool:
        """Whether a source speaks."""
        received = self._received.get(id_)
        return received is not None and received.speaks

    def figures(self, id_: str) -> Figures | None:
        """Return what was counted of a source; None while it is not received."""
        received = self._received.get(id_)
        return received.figures if received else None

    def fault(self, id_: str) -> str | None:
        """Return why a source is not received."""
        return self._faults.get(id_)

    def playback_ended(self, playback: str) -> None:
        """Note that the engine has let go of a playback."""
        for received in self._received.values():
            if received.playback == playback:
                received.playback = None

    async def run(self) -> None:
        """Work until cancelled; then nothing is received."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._follow_interfaces(), name="network interfaces")
                while True:
                    await self._changed.wait()
                    self._changed.clear()
                    if self._wanted and self._worker is None and not await self._start(tasks):
                        await asyncio.sleep(_AGAIN_S)
                        self._changed.set()
                    elif not self._wanted:
                        await self._stop()
                    else:
                        self._reconcile()
        finally:
            await self._stop()

    # -- the worker --

    async def _start(self, tasks: asyncio.TaskGroup) -> bool:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        with theirs:
            try:
                process = await launch("daemons.audio.multicast.receive", (theirs.fileno(),))
            except OSError as error:
                ours.close()
                log.error("the multicast worker cannot be started: %s", error)
                return False
        worker = self._worker = _Worker(process, ours)
        tasks.create_task(self._listen(worker), name="multicast worker")
        worker.tell(messages.Level(self._levelling))
        self._reconcile()
        return True

    async def _stop(self) -> None:
        worker, self._worker = self._worker, None
        for id_ in list(self._received):
            self._drop(id_)
        if worker is not None:
            with suppress(OSError):  # whoever listens to it finds the end, and closes
                worker.connection.shutdown(socket.SHUT_RDWR)
            await end(worker.process)

    async def _listen(self, worker: _Worker) -> None:
        loop = asyncio.get_running_loop()
        try:
            while packet := await loop.sock_recv(worker.connection, messages.PACKET_LIMIT):
                self._heard(worker, messages.from_worker(packet))
        except (OSError, msgspec.MsgspecError) as error:
            log.debug("the multicast worker: %r", error)
        finally:
            worker.connection.close()
        if self._worker is not worker:
            return
        log.error("the multicast worker is gone: starting another")
        await self._stop()
        await asyncio.sleep(_AGAIN_S)
        self._changed.set()

    def _heard(self, worker: _Worker, message: messages.FromWorker) -> None:
        match message:
            case messages.Ready(held, missing):
                worker.ready = True
                if held != self._layers:
                    self._layers = held
                    log.info("the multicast worker is confined by: %s", ", ".join(held))
                    if missing:
                        log.warning("it goes without, ignoring: %s", ", ".join(missing))
            case messages.Started(id_, run):
                self._started(worker, id_, run)
            case messages.Ended(id_):
                self._set_speaking(id_, False)
            case messages.Counted(id_, figures):
                if (received := self._received.get(id_)) is not None:
                    received.figures = figures

    def _started(self, worker: _Worker, id_: str, run: int) -> None:
        received = self._received.get(id_)
        if received is None:
            return
        theirs, ours = pcm.pair()
        profile = PROFILES[received.listening.profile]
        try:
            source = ForeignClockSource(ours, profile.engine_frames)
            received.playback = self._engine.play(source, self._spec_of(id_))
        except ApplianceError as error:
            log.warning("a multicast source is not heard: %s", error.message)
            theirs.close()
            return
        with theirs:
            worker.tell(messages.Play(id_, run), theirs.fileno())
        self._set_speaking(id_, True)

    def _set_speaking(self, id_: str, speaks: bool) -> None:
        received = self._received.get(id_)
        if received is not None and received.speaks != speaks:
            received.speaks = speaks
            self.speaking_changed()

    # -- sources --

    def _reconcile(self) -> None:
        """Let the worker receive what is wanted; what stays the same goes on undisturbed."""
        for id_, received in list(self._received.items()):
            wanted = self._wanted.get(id_)
            if wanted is None or not wanted.same_packets(received.listening):
                self._drop(id_)
            elif wanted != received.listening:
                received.listening = wanted
                self._tell(messages.Change(id_, wanted.encoding, wanted.profile))
        self._faults = {}
        present = groups.interfaces(self._only)
        for id_, wanted in self._wanted.items():
            if id_ not in self._received:
                self._receive(id_, wanted)
            if (known := self._received.get(id_)) is not None:
                known.group.join(present)
                if not present:
                    self._faults[id_] = groups.none_present(self._only)

    def _receive(self, id_: str, wanted: Listening) -> None:
        try:
            group = groups.ReceivingGroup(wanted.address, wanted.port)
        except OSError as error:
            self._faults[id_] = f"{wanted.address}:{wanted.port}: {error.strerror}"
            log.warning("cannot receive %s", self._faults[id_])
            asyncio.get_running_loop().call_later(10 * _AGAIN_S, self._changed.set)
            return
        self._received[id_] = _Received(wanted, group)
        listen = messages.Listen(id_, wanted.encoding, wanted.profile, wanted.srtp_key)
        self._tell(listen, group.socket.fileno())

    def _drop(self, id_: str) -> None:
        received = self._received.pop(id_)
        self._tell(messages.Forget(id_))
        received.group.close()
        if received.playback is not None:
            self._engine.stop(received.playback)
        if received.speaks:
            self.speaking_changed()

    def _tell(self, message: messages.ToWorker, *descriptors: int) -> None:
        if self._worker is not None:
            self._worker.tell(message, *descriptors)

    async def _follow_interfaces(self) -> None:
        """Join again when the network changes."""
        loop = asyncio.get_running_loop()
        try:
            news = groups.open_interface_news()
        except OSError as error:
            log.warning("changes of the network are not seen: %s", error.strerror)
            return
        with news:
            while True:
                with suppress(OSError):  # more news than fit: one look tells all
                    await loop.sock_recv(news, 65536)
                await asyncio.sleep(_SETTLE_S)
                with suppress(OSError):
                    while news.recv(65536):
                        pass
                self._changed.set()
