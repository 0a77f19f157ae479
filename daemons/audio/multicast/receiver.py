"""The loop of the receiving worker: packets in, periods out, what happens to the daemon."""

import select
import socket
import struct
import time
from collections import deque
from typing import Final

import msgspec

from common import pcm
from daemons.audio.live.leveller import SpeechLeveller
from daemons.audio.live.talking import Levelling
from daemons.audio.multicast import messages
from daemons.audio.multicast.encodings import encoding_named
from daemons.audio.multicast.figures import Figures
from daemons.audio.multicast.playout import PERIOD_FRAMES, Playout
from daemons.audio.multicast.profiles import PROFILES
from daemons.audio.multicast.srtp import LONGEST_PACKET, SrtpSession
from daemons.audio.sources import Samples

_TICK_MS: Final = 5
_REPORT_S: Final = 1.0
# Nobody sends more than a packet every 2.5 ms to be heard. What comes beyond that waits in the kernel, which drops it.
_PACKETS_PER_S: Final = 500.0
_BURST: Final = 100.0
_REFUSED: Final = 0.125
"""What a packet counts that is not played, since it is soon seen: whoever floods a group cuts nobody off."""
_MOST_WAITING: Final = 30
"""Periods that may wait for the engine."""
_TIMESPEC: Final = struct.Struct("@ll")
_SO_TIMESTAMPNS: Final = 35
_UDP: Final = 17


class _Source:
    """One source: its socket, its sound, and how much may come."""

    def __init__(self, datagrams: socket.socket, listen: messages.Listen, now_s: float) -> None:
        self.id = listen.id
        self.datagrams = datagrams
        session = SrtpSession(bytes.fromhex(listen.srtp_key)) if listen.srtp_key else None
        self.playout = Playout(encoding_named(listen.encoding), PROFILES[listen.profile], session)
        self.sound: socket.socket | None = None
        self._leveller = SpeechLeveller()
        self.run = 0
        self.speaks = False
        self._stopped = False
        self.told = Figures()
        self._position = 0
        self._waiting: deque[bytes] = deque()
        """What the engine has not taken: the beginning of speech, while it opens its device."""
        self._credit = _BURST
        self._credited_s = now_s

    def close(self) -> None:
        self.datagrams.close()
        self.fall_silent()

    def fall_silent(self) -> None:
        """Let the engine play out what it has."""
        self._stopped = False
        self._waiting.clear()
        if self.sound is not None:
            self.sound.close()
            self.sound = None

    def read(self, now_s: float) -> bool:
        """Take what has come, as much as may; returns whether more waits than may."""
        self._credit = min(_BURST, self._credit + (now_s - self._credited_s) * _PACKETS_PER_S)
        self._credited_s = now_s
        while self._credit >= 1:
            try:
                datagram, notes, flags, _sender = self.datagrams.recvmsg(
                    LONGEST_PACKET, socket.CMSG_SPACE(_TIMESPEC.size)
                )
            except BlockingIOError:
                return False
            except OSError:
                self._credit -= 1
                continue  # an error of the network, told once, with nothing to read
            if flags & socket.MSG_TRUNC:
                self.playout.figures.malformed += 1
                played = False
            else:
                played = self.playout.receive(datagram, now_s - _age_s(notes))
            self._credit -= 1 if played else _REFUSED
        self.playout.figures.flooded += 1
        return True

    def start(self, levelling: Levelling) -> None:
        """Be about to speak: somebody else than before, so that nothing is known of how loud."""
        self.speaks = True
        self.run += 1
        self._leveller = SpeechLeveller()
        self.level(levelling)

    def level(self, levelling: Levelling) -> None:
        """Level what is spoken so from now on."""
        self._leveller.configure(enabled=levelling.enabled, target_lufs=levelling.target_lufs)

    def play(self, now_s: float) -> None:
        """Send on what is due."""
        while (period := self.playout.render(now_s)) is not None:
            self._send(self._leveller.process(period))

    def begin(self, sound: socket.socket) -> None:
        """Send to the engine from now on, and what has waited for it."""
        self.sound = sound
        self._flush()

    def _send(self, period: Samples) -> None:
        if self._stopped:
            return
        if len(self._waiting) >= _MOST_WAITING:
            self._waiting.popleft()
            self.playout.figures.untaken += 1
        self._waiting.append(pcm.pack(self._position, period.data))
        self._position += PERIOD_FRAMES
        self._flush()

    def _flush(self) -> None:
        if self.sound is None:
            return
        try:
            while self._waiting:
                self.sound.send(self._waiting[0])
                self._waiting.popleft()
        except BlockingIOError:
            pass  # it opens its device, or is behind
        except OSError:
            # Somebody stopped it: nothing more is heard before the sender pauses.
            self.sound.close()
            self.sound = None
            self._stopped = True
            self._waiting.clear()


class Receiver:
    """Serves the daemon until it lets go."""

    def __init__(self, connection: int) -> None:
        self._daemon = _adopted(connection, socket.AF_UNIX, socket.SOCK_SEQPACKET, 0)
        self._sources: dict[str, _Source] = {}
        self._levelling = Levelling()
        self._by_descriptor: dict[int, _Source] = {}
        self._poll = select.poll()
        self._poll.register(self._daemon, select.POLLIN)
        self._held_back: list[_Source] = []
        self._released_s = 0.0
        """When they may be read again."""
        self._reported_s = 0.0

    def run(self, held: list[str], missing: list[str]) -> None:
        """Say that we are ready, and work until the daemon closes the connection."""
        self._tell(messages.Ready(held, missing))
        while True:
            ready = self._poll.poll(self._longest_wait_ms())
            now_s = time.monotonic()
            if self._held_back and now_s >= self._released_s:
                self._release()
            for descriptor, _events in ready:
                if descriptor == self._daemon.fileno():
                    if not self._listen_to_daemon(now_s):
                        return
                elif (source := self._by_descriptor.get(descriptor)) and source.read(now_s):
                    self._hold_back(source, now_s)
            for source in self._sources.values():
                self._serve(source, now_s)
            if now_s - self._reported_s >= _REPORT_S:
                self._report(now_s)

    def _longest_wait_ms(self) -> float | None:
        sources = self._sources.values()
        if self._held_back or any(source.speaks for source in sources):
            return _TICK_MS
        if any(source.playout.figures != source.told for source in sources):
            return 1000 * _REPORT_S
        return None

    def _serve(self, source: _Source, now_s: float) -> None:
        playout = source.playout
        if playout.active and not source.speaks:
            source.start(self._levelling)
            self._tell(messages.Started(source.id, source.run))
        if source.speaks:
            source.play(now_s)
            if playout.over(now_s):
                source.speaks = False
                source.fall_silent()
                self._tell(messages.Ended(source.id, source.run))

    def _hold_back(self, source: _Source, now_s: float) -> None:
        if not self._held_back:
            self._released_s = now_s + _TICK_MS / 1000
        self._poll.unregister(source.datagrams)
        self._held_back.append(source)

    def _release(self) -> None:
        for source in self._held_back:
            if source.id in self._sources:
                self._poll.register(source.datagrams, select.POLLIN)
        self._held_back.clear()

    def _listen_to_daemon(self, now_s: float) -> bool:
        packet, descriptors, _flags, _address = socket.recv_fds(
            self._daemon, messages.PACKET_LIMIT, 1
        )
        if not packet:
            return False
        match messages.to_worker(packet):
            case messages.Listen() as listen:
                datagrams = _adopted(descriptors[0], socket.AF_INET, socket.SOCK_DGRAM, _UDP)
                datagrams.setblocking(False)
                source = _Source(datagrams, listen, now_s)
                self._sources[listen.id] = self._by_descriptor[datagrams.fileno()] = source
                self._poll.register(datagrams, select.POLLIN)
            case messages.Change(id_, encoding, profile):
                if (known := self._sources.get(id_)) is not None:
                    known.playout.configure(encoding_named(encoding), PROFILES[profile])
            case messages.Forget(id_):
                self._forget(id_)
            case messages.Level(levelling):
                self._levelling = levelling
                for each in self._sources.values():
                    each.level(levelling)
            case messages.Play(id_, run):
                sound = _adopted(descriptors[0], socket.AF_UNIX, socket.SOCK_SEQPACKET, 0)
                sound.setblocking(False)
                speaker = self._sources.get(id_)
                if speaker is None or not speaker.speaks or speaker.run != run:
                    sound.close()
                else:
                    speaker.begin(sound)
        return True

    def _forget(self, id_: str) -> None:
        source = self._sources.pop(id_, None)
        if source is not None:
            if source in self._held_back:
                self._held_back.remove(source)
            else:
                self._poll.unregister(source.datagrams)
            del self._by_descriptor[source.datagrams.fileno()]
            source.close()

    def _report(self, now_s: float) -> None:
        self._reported_s = now_s
        for source in self._sources.values():
            if source.playout.figures != source.told:
                source.told = msgspec.structs.replace(source.playout.figures)
                self._tell(messages.Counted(source.id, source.told))

    def _tell(self, message: messages.FromWorker) -> None:
        self._daemon.send(messages.dump(message))


def _adopted(descriptor: int, family: int, kind: int, protocol: int) -> socket.socket:
    # All three are said, so that Python need not ask the kernel: that call is out of reach once we are confined.
    return socket.socket(family, kind, protocol, fileno=descriptor)


def _age_s(notes: list[tuple[int, int, bytes]]) -> float:
    """Return how long ago the kernel got a packet; the wall clock may jump in between, so within reason."""
    for level, kind, data in notes:
        if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS):
            seconds, nanoseconds = _TIMESPEC.unpack(data)
            age_s = (time.time_ns() - seconds * 1_000_000_000 - nanoseconds) / 1e9
            return age_s if 0.0 <= age_s <= 0.2 else 0.0
    return 0.0
