"""Where calls meet PCM: a fixed pool of ports on PJSIP's bridge.

A port is never destroyed while the bridge runs (that crashes in 2.17); a call borrows one and gives it back. Its two
callbacks run in PJSIP's media clock, every 10 ms.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import numpy as np
import pjsua2 as pj

from common import pcm
from daemons.sip.stack.safely import safely

PORTS: Final = 20
"""More than there may be calls, with some whose end is still on its way."""
_FRAME_BYTES: Final = pcm.PERIOD_FRAMES * 2
_FULL_SCALE: Final = 32_768.0
_PREFILL: Final = 2
"""Periods of what is to be sent that are there before sending starts: its sender keeps another clock, and is woken
late now and then."""
_MOST_WAITING: Final = 4
_SILENCE: Final = bytes(_FRAME_BYTES)

log = logging.getLogger(__name__)


class _Capture:
    """What is to be said into a call, from a PCM connection."""

    def __init__(self, descriptor: int) -> None:
        self._receiver = pcm.PcmReceiver(pcm.adopt(descriptor))
        self._waiting: deque[bytes] = deque(maxlen=_MOST_WAITING)
        self._flows = False
        self._floats = np.zeros(pcm.PERIOD_FRAMES, np.float32)
        self._shorts = np.zeros(pcm.PERIOD_FRAMES, np.int16)

    def next(self) -> "bytes | np.ndarray[tuple[int], np.dtype[np.int16]]":
        """Return the next frame, silence where there is none."""
        while frames := self._receiver.receive():
            if frames == pcm.PERIOD_FRAMES:
                self._waiting.append(bytes(self._receiver.payload))
        self._flows = len(self._waiting) >= (1 if self._flows else _PREFILL)
        if not self._flows:
            return _SILENCE
        np.multiply(np.frombuffer(self._waiting.popleft(), np.float32), _FULL_SCALE, self._floats)
        np.clip(self._floats, -_FULL_SCALE, _FULL_SCALE - 1, self._floats)
        np.copyto(self._shorts, self._floats, casting="unsafe")
        return self._shorts

    def close(self) -> None:
        self._receiver.close()


class Port(pj.AudioMediaPort):  # type: ignore[misc]
    """One port: what comes from a call goes to a playback, what comes from a capture goes to the call."""

    def __init__(self, number: int) -> None:
        super().__init__()
        layout = pj.MediaFormatAudio()
        layout.init(pj.PJMEDIA_FORMAT_PCM, pcm.SAMPLE_RATE_HZ, 1, 10_000, 16)
        self._lock = threading.Lock()
        self._playback: pcm.CaptureSender | None = None
        self._capture: _Capture | None = None
        self._heard = bytearray(_FRAME_BYTES)
        self._shorts = np.frombuffer(self._heard, np.int16)
        self._floats = np.zeros(pcm.PERIOD_FRAMES, np.float32)
        self.createPort(f"call-{number}", layout)

    def play_to(self, descriptor: int) -> None:
        """Send what the call says to a PCM connection; whoever reads too slowly loses some of it."""
        sender = pcm.CaptureSender(pcm.adopt(descriptor))
        with self._lock:
            before, self._playback = self._playback, sender
        if before:
            before.close()

    def capture_from(self, descriptor: int) -> None:
        """Say into the call what comes from a PCM connection."""
        capture = _Capture(descriptor)
        with self._lock:
            before, self._capture = self._capture, capture
        if before:
            before.close()

    def release(self) -> None:
        """Close both connections."""
        with self._lock:
            playback, self._playback = self._playback, None
            capture, self._capture = self._capture, None
        for end in (playback, capture):
            if end:
                end.close()

    @safely(None)
    def onFrameReceived(self, frame: pj.MediaFrame) -> None:  # noqa: N802 - PJSIP's name
        """Take 10 ms of what the other party says."""
        with self._lock:
            if self._playback is None:
                return
            if frame.type == pj.PJMEDIA_FRAME_TYPE_AUDIO and frame.size == _FRAME_BYTES:
                frame.buf.copy_to_bytearray(self._heard)
                np.multiply(self._shorts, 1 / _FULL_SCALE, self._floats)
            else:
                self._floats.fill(0.0)
            if not self._playback.push(self._floats.data):
                self._playback.close()
                self._playback = None

    @safely(None)
    def onFrameRequested(self, frame: pj.MediaFrame) -> None:  # noqa: N802 - PJSIP's name
        """Give 10 ms of what is said here."""
        with self._lock:
            samples = _SILENCE if self._capture is None else self._capture.next()
            frame.type = pj.PJMEDIA_FRAME_TYPE_AUDIO
            frame.size = _FRAME_BYTES
            frame.buf.assign_from_bytes(samples)


class Pool:
    """All ports there will ever be."""

    def __init__(self) -> None:
        self._all = [Port(number) for number in range(PORTS)]
        self._free = list(self._all)

    def rest(self) -> None:
        """Let PJSIP's clock stop until there is a call: it looks whether it may when something is disconnected."""
        one, other = self._all[:2]
        one.startTransmit(other)
        one.stopTransmit(other)

    def borrow(self) -> Port | None:
        """Return a free port, or None."""
        return self._free.pop() if self._free else None

    def give_back(self, port: Port) -> None:
        """Take a port back."""
        port.release()
        self._free.append(port)

    def connect(self, media: pj.AudioMedia, port: Port, sends: bool, receives: bool) -> None:
        """Let sound flow between a call and its port, as far as it may."""
        _switch(sends, lambda: port.startTransmit(media), lambda: port.stopTransmit(media))
        _switch(receives, lambda: media.startTransmit(port), lambda: media.stopTransmit(port))


def _switch(on: bool, start: Callable[[], None], stop: Callable[[], None]) -> None:
    if on:
        start()
    else:
        with suppress(pj.Error):  # it was not connected
            stop()
