"""The thread of the input process that keeps the sound card's time: device, processing, taps, levels.

It takes orders from a queue and leaves reports in another; no file, no log, no lock, no bus.
"""

import os
import threading
import time
from collections import deque
from collections.abc import Callable
from itertools import chain
from typing import Final

import msgspec

from common.pcm import PERIOD_FRAMES, CaptureSender, PcmReceiver
from common.realtime import become_realtime
from daemons.audio.input.chain import Chain
from daemons.audio.input.line import InputDevice, InputLine
from daemons.audio.input.loudness import Listener
from daemons.audio.input.protocol import (
    Configure,
    Device,
    Fault,
    Overrun,
    Ready,
    Report,
    Tap,
)

# Below the engine's 60: what is heard goes before what is listened to.
_PRIORITY: Final = 55
_MOST_REPORTS: Final = 256

Work = Callable[[], None]


class Capture:
    """Gets one period after the other, from `start` until the process ends."""

    def __init__(self, factory: Callable[[], InputDevice]) -> None:
        self._orders: deque[Work] = deque()
        self._reports: deque[Report] = deque(maxlen=_MOST_REPORTS)
        self.news = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._line = InputLine(factory, PERIOD_FRAMES, self._report_device)
        self._chain = Chain(lambda reason: self._leave(Fault(reason, fatal=False)))
        self._listener = Listener(self._leave)
        self._taps: dict[Tap, list[CaptureSender]] = {tap: [] for tap in Tap}
        self._settings = Configure()
        self._talks = 0
        self._talks_ended: deque[None] = deque()
        self._overruns = 0
        self._next_overrun_report_s = 0.0
        self._thread = threading.Thread(target=self._live, name="capture", daemon=True)

    # --- for the process's main thread -----------------------------------------------------------

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def configure(self, settings: Configure) -> None:
        """Live by other settings. What has to be loaded or built for them is, before the thread sees it."""
        self._settings = settings
        if self._talks:
            settings = msgspec.structs.replace(settings, echo_cancellation=True)
        change = self._chain.prepare(settings)

        def apply() -> None:
            change()
            self._listener.configure(settings)

        self._orders.append(apply)

    def add_tap(self, tap: Tap, sender: CaptureSender) -> None:
        """Send to one more reader from the next period on."""
        if tap is Tap.TALK:
            self._talks += 1
            self.configure(self._settings)
        self._orders.append(lambda: self._taps[tap].append(sender))

    def follow_talks(self) -> None:
        """Do without what only a talk needed that has ended; when there is `news`."""
        while self._talks_ended:
            self._talks_ended.popleft()
            self._talks -= 1
            self.configure(self._settings)

    def set_reference(self, receiver: PcmReceiver) -> None:
        """Take what the speaker plays from here on from `receiver`."""
        self._orders.append(lambda: self._chain.set_reference(receiver))

    def reports(self) -> list[Report]:
        """Return what there is to tell; `news` becomes readable when there is something."""
        return [self._reports.popleft() for _ in range(len(self._reports))]

    # --- the thread ------------------------------------------------------------------------------

    def _live(self) -> None:
        try:
            self._leave(Ready(become_realtime(_PRIORITY)))
            while True:
                self._period()
        except Exception as error:
            self._leave(Fault(f"{type(error).__name__}: {error}", fatal=True))

    def _period(self) -> None:
        while self._orders:
            self._orders.popleft()()
        raw = self._line.read()
        if self._line.overruns != self._overruns:
            self._overran()
        self._push(Tap.RAW, raw.data)
        processed = self._chain.process(raw)
        self._push(Tap.INPUT, processed.data)
        self._push(Tap.TALK, processed.data)
        self._listener.hear(raw, processed, self._chain.quiet)

    def _overran(self) -> None:
        """Mark the gap for every reader, and say it, though not every time."""
        self._overruns = self._line.overruns
        for sender in chain.from_iterable(self._taps.values()):
            sender.skip(0)
        now = time.monotonic()
        if now >= self._next_overrun_report_s:
            self._next_overrun_report_s = now + 1.0
            self._leave(Overrun(self._overruns))

    def _push(self, tap: Tap, samples: memoryview) -> None:
        senders = self._taps[tap]
        gone = [sender for sender in senders if not sender.push(samples)]
        for sender in gone:
            senders.remove(sender)
            sender.close()
            if tap is Tap.TALK:
                self._talks_ended.append(None)
                os.eventfd_write(self.news, 1)

    def _report_device(self, there: bool, detail: str) -> None:
        self._leave(Device(there, detail))

    def _leave(self, report: Report) -> None:
        self._reports.append(report)
        os.eventfd_write(self.news, 1)
