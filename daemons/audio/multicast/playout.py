"""One source from datagrams to periods of PCM: sorted, decoded, made whole, each at its time by the sender's clock."""

from typing import Final

import numpy as np

from daemons.audio.multicast.decoders import Decoder, Resampler, decoder_of
from daemons.audio.multicast.encodings import COMFORT_NOISE, Encoding, encoding_of
from daemons.audio.multicast.figures import Figures
from daemons.audio.multicast.profiles import LatencyProfile
from daemons.audio.multicast.rtp import parse
from daemons.audio.multicast.sender_clock import SenderClock
from daemons.audio.multicast.srtp import SrtpSession
from daemons.audio.multicast.stream import Queued, Stream, Taken
from daemons.audio.sources import SAMPLE_RATE_HZ, Samples

PERIOD_FRAMES: Final = 480
END_S: Final = 1.0
"""After so long without a packet the source has stopped."""
_STEP_S: Final = 0.010
_FAR_S: Final = 1.0
"""A time stamp this far from where it should be belongs to a new count, once several agree."""
_AGREEING: Final = 4
_QUIET: Final = 0.003
_HEARD_MS: Final = 120.0
"""After so long nothing is left of what was made up."""
_CALM_S: Final = 10.0
"""After so long without a late packet the wait gets shorter again."""


class Playout:
    """Plays the packets of one source."""

    def __init__(
        self, encoding: Encoding, profile: LatencyProfile, srtp: SrtpSession | None = None
    ) -> None:
        self.figures = Figures()
        self._configured = encoding
        self._profile = profile
        self._srtp = srtp
        self._stream = Stream(self.figures)
        self._clock = SenderClock()
        self._active = False
        self._odd = 0
        self._grown_s = 0.0
        self._wanted_s = 0.0
        self._late_s = 0.0
        self._made_up_ms = 0.0
        self._settled = False
        self._set_up(encoding)

    def _set_up(self, encoding: Encoding) -> None:
        self._encoding = encoding
        self._decoder: Decoder = decoder_of(encoding)
        self._resampler = Resampler(encoding.sample_rate_hz, SAMPLE_RATE_HZ)
        self._ready: Samples = np.zeros(0, dtype=np.float32)
        self._playhead = 0
        """The sample of the sender's, at the rate of the encoding, that is decoded next."""
        self._usual = encoding.sample_rate_hz // 50

    @property
    def active(self) -> bool:
        """Whether a sender speaks."""
        return self._active

    def configure(self, encoding: Encoding, profile: LatencyProfile) -> None:
        """Live by another codec and profile from now on; what speaks goes over into the new latency in steps."""
        before = self._profile
        self._configured, self._profile = encoding, profile
        if self._active:
            change = before.receiver_s - profile.receiver_s
            self._grown_s += change
            self._wanted_s = max(0.0, -self._grown_s)

    def receive(self, datagram: bytes, arrived_s: float) -> bool:
        """Take what came from the network; returns whether it is a part of what is played."""
        if self._srtp is not None:
            opened = self._srtp.open(datagram)
            if opened is None:
                self.figures.unsealed += 1
                return False
            datagram = opened
        packet = parse(datagram)
        if packet is None:
            self.figures.malformed += 1
            return False
        noise = packet.payload_type == COMFORT_NOISE
        encoding = encoding_of(packet.payload_type, self._configured)
        if encoding is None and not noise:
            self.figures.unknown += 1
            return False
        taken, queued = self._stream.take(packet, arrived_s)
        if queued is None:
            return False
        if taken is Taken.BEGAN:
            self._begin(queued, self._stream.began_s)
        elif encoding is not None and encoding != self._encoding:
            self._stream.only(queued)
            self._begin(queued, arrived_s)
        else:
            self._keep_time(queued, taken, arrived_s)
        return True

    def due_s(self) -> float:
        """Return when the next period is due."""
        ahead = self._playhead / self._encoding.sample_rate_hz - len(self._ready) / SAMPLE_RATE_HZ
        return self._clock.ours(ahead) + self._profile.receiver_s + self._grown_s

    def render(self, now_s: float) -> Samples | None:
        """Return the period that is due now, if one is."""
        if not self._active or now_s < self.due_s():
            return None
        self._settled = True
        while len(self._ready) < PERIOD_FRAMES:
            self._advance(now_s)
        period, self._ready = self._ready[:PERIOD_FRAMES], self._ready[PERIOD_FRAMES:]
        self._clock.follow(now_s)
        self.figures.delay_ms = round(1000 * (self._profile.receiver_s + self._grown_s), 1)
        return period

    def over(self, now_s: float) -> bool:
        """Whether the sender has stopped; if so, the next one may come."""
        if not self._active or now_s - self._stream.heard_s < END_S:
            return False
        self.stop()
        return True

    def stop(self) -> None:
        """Forget the sender."""
        self._active = False
        self._stream.forget()

    # -- time --

    def _begin(self, first: Queued, arrived_s: float) -> None:
        """Go by the count of a sender from a packet on."""
        if self._active:
            self.figures.restarts += 1
        encoding = encoding_of(first.packet.payload_type, self._configured)
        self._set_up(encoding or self._encoding)
        self._active = True
        self._settled = False
        self._odd = 0
        self._grown_s = self._wanted_s = 0.0
        self._playhead = self._sample(first)
        self._clock.reset()
        self._clock.heard(self._second(first), arrived_s, settled=False)

    def _keep_time(self, queued: Queued, taken: Taken, arrived_s: float) -> None:
        """See whether a packet comes when it should."""
        wait_s = self._profile.receiver_s + self._grown_s
        early_s = self._clock.ours(self._second(queued)) + wait_s - arrived_s
        if early_s > wait_s + _FAR_S or -early_s > self._room_s + _STEP_S:
            self._odd += 1
            self._stream.drop(queued)
            if self._odd >= _AGREEING and taken is Taken.QUEUED:
                self._stream.only(queued)
                self._begin(queued, arrived_s)
            return
        self._odd = 0
        self._clock.heard(self._second(queued), arrived_s, self._settled)
        if early_s < 0:
            self._late_s = arrived_s
            self._wanted_s = min(self._room_s, max(self._wanted_s, -early_s + _STEP_S))

    @property
    def _room_s(self) -> float:
        return max(0.0, self._profile.growth_s - self._grown_s)

    def _sample(self, queued: Queued) -> int:
        return queued.time * self._encoding.sample_rate_hz // self._encoding.timestamp_hz

    def _second(self, queued: Queued) -> float:
        return queued.time / self._encoding.timestamp_hz

    # -- sound --

    def _advance(self, now_s: float) -> None:
        """Decode, or make up, what comes next."""
        rate = self._encoding.sample_rate_hz
        step = round(_STEP_S * rate)
        if self._wanted_s >= _STEP_S:
            # Wait longer from now on: something is put in that the sender did not send.
            self._add(self._made_up(self._decoder.conceal(step)))
            self._wanted_s -= _STEP_S
            self._grown_s += _STEP_S
        queued = self._stream.first()
        missing = None if queued is None else self._sample(queued) - self._playhead
        if queued is None or missing is None:
            self._pass(self._made_up(self._decoder.conceal(step)), now_s)
        elif missing <= 0:
            self._play(queued, -missing, now_s)
        elif queued.number == self._stream.next_number:
            self._pass(np.zeros(min(missing, step), dtype=np.float32), now_s)  # it did not speak
        elif missing <= self._usual:
            self._pass(self._made_up(self._decoder.recover(queued.packet.payload, missing)), now_s)
        else:
            lost = min(self._usual, missing - self._usual)
            self._pass(self._made_up(self._decoder.conceal(max(lost, 1))), now_s)

    def _play(self, queued: Queued, behind: int, now_s: float) -> None:
        self.figures.lost += queued.number - self._stream.next_number
        self._stream.pop(queued)
        if queued.packet.payload_type == COMFORT_NOISE:
            return
        try:
            samples = self._decoder.decode(queued.packet.payload)
        except ValueError:
            self.figures.malformed += 1
            if behind < self._usual:
                self._pass(self._made_up(self._decoder.conceal(self._usual - behind)), now_s)
            return
        self.figures.played += 1
        self._made_up_ms = 0.0
        self._usual = len(samples)
        self._pass(samples[behind:], now_s)

    def _made_up(self, samples: Samples) -> Samples:
        """Count what did not come, and let it fade: libopus would go on for most of a second."""
        lasts_ms = 1000 * len(samples) / self._encoding.sample_rate_hz
        begin_ms, self._made_up_ms = self._made_up_ms, self._made_up_ms + lasts_ms
        if self._made_up_ms <= _HEARD_MS:
            self.figures.concealed_ms += lasts_ms
        if self._made_up_ms <= _HEARD_MS / 2:
            return samples
        at_ms = np.linspace(begin_ms, self._made_up_ms, len(samples), endpoint=False)
        loudness = np.clip(2 * (1 - at_ms / _HEARD_MS), 0.0, 1.0)
        faded: Samples = (samples * loudness).astype(np.float32)
        return faded

    def _pass(self, samples: Samples, now_s: float) -> None:
        """Go on by some samples; what is quiet is left out when the wait is longer than it need be."""
        self._playhead += len(samples)
        seconds = len(samples) / self._encoding.sample_rate_hz
        if (
            0 < seconds <= self._grown_s
            and now_s - self._late_s > _CALM_S
            and float(np.max(np.abs(samples))) < _QUIET
        ):
            self._grown_s -= seconds
        else:
            self._add(samples)

    def _add(self, samples: Samples) -> None:
        self._ready = np.concatenate((self._ready, self._resampler.resample(samples)))
