"""What the audio daemon offers: playing clips, keeping clips, live audio in, the locate sound."""

from collections.abc import Mapping
from typing import ClassVar

from sdbus import dbus_signal_async

from common.bus.contract import dbus_method
from common.bus.daemon import DaemonInterface


class AudioInterface(DaemonInterface, interface_name="org.c8210.Audio1"):
    """Everything that can be heard."""

    # A long clip is decoded and measured before the answer; a factory clip perhaps before it is first played.
    call_timeouts_s: ClassVar[Mapping[str, float]] = {
        "AddClip": 180.0,
        "OpenClip": 60.0,
        "PlayClip": 60.0,
        "OpenReceive": 40.0,  # the encoder worker, and perhaps the input process, start first
    }

    @dbus_method("udisi", "s")
    async def play_clip(
        self, clip: int, volume_percent: float, repeat: int, audio_class: str, priority: int
    ) -> str:
        """Start a clip and return the id of the playback; one of the same class and priority is replaced.

        `repeat` is the number of extra times: 0 plays once, -1 for ever. `volume_percent` 0..1000, linear.
        `audio_class` is one of emergency, page, announcement, advertisement, music; `priority` counts within it.
        """
        raise NotImplementedError

    @dbus_method("s", "u")
    async def find_clip(self, location: str) -> int:
        """Return the clip at `location`: a file name, a full `/etc/audioclips/` path, or a `*` pattern (random)."""
        raise NotImplementedError

    @dbus_method("", "u")
    async def stop_clips(self) -> int:
        """Stop every clip that plays; returns how many there were."""
        raise NotImplementedError

    @dbus_method("s", "")
    async def stop(self, playback: str) -> None:
        """Stop one playback by its id."""
        raise NotImplementedError

    @dbus_method("hss", "u")
    async def add_clip(self, file: int, name: str, file_name: str) -> int:
        """Check, decode and keep the sound file behind a descriptor; returns its clip number.

        An empty `name` gives `Clip MediaClip.M#`'s default: the file name without its ending, else that.
        """
        raise NotImplementedError

    @dbus_method("u", "")
    async def remove_clip(self, clip: int) -> None:
        """Delete a clip and its files; whatever plays it stops."""
        raise NotImplementedError

    @dbus_method("", "s")
    async def clips(self) -> str:
        """Return every clip as JSON: clip, name, location, factory, format, duration_s, sample_rate_hz ...

        Of its level: loudness_lufs and true_peak_dbtp as recorded, gain_db as it is played now, deviation_lu from the
        target (null where there is none), and whether it is so short that its loudest moment counts.
        """
        raise NotImplementedError

    @dbus_method("us", "hsst")
    async def open_clip(self, clip: int, form: str) -> tuple[int, str, str, int]:
        """Open a clip for download as `original` or `au`: (descriptor, MIME type, file name, size in bytes)."""
        raise NotImplementedError

    @dbus_method("", "s")
    async def now_playing(self) -> str:
        """Return what plays now as JSON: its clip or null, class, state (playing, ducked, paused) and the reason."""
        raise NotImplementedError

    @dbus_method("sssi", "hs")
    async def open_transmit(
        self, mime_type: str, client: str, audio_class: str, priority: int
    ) -> tuple[int, str]:
        """Start a live talker: (stream socket for encoded bytes, id of the playback).

        Write the bytes as they come and shut the writing side down at the end; the far end says one byte when the
        last sample has been played. It closes without a word when the talker was cut off.
        NotSupported for an unknown type, NotPermitted in the present duplex mode, Conflict when another talks that
        is as urgent; one that is less urgent is cut off.
        """
        raise NotImplementedError

    @dbus_method("ussi", "hs")
    async def open_talk(
        self, sample_rate_hz: int, client: str, audio_class: str, priority: int
    ) -> tuple[int, str]:
        """Start a live talker who sends 16-bit samples, little-endian, as they are spoken; else as `open_transmit`."""
        raise NotImplementedError

    @dbus_method("ussus", "hs")
    async def open_group_talk(
        self, sample_rate_hz: int, client: str, group: str, port: int, codec: str
    ) -> tuple[int, str]:
        """Start a talker as `open_talk` who is sent to a multicast group, not heard here: (socket, id of the page)."""
        raise NotImplementedError

    @dbus_method("suuuss", "hsu")
    async def open_receive(
        self, codec: str, sample_rate: int, bit_rate: int, channels: int, framing: str, client: str
    ) -> tuple[int, str, int]:
        """Start to listen to the audio input: (SEQPACKET socket, an encoded block in each packet; MIME type; bytes).

        An empty codec and a rate of 0 are what the parameters say. `framing` is `stream`, where AAC comes in ADTS and
        Opus in Ogg, or `packets`. The number of bytes is that of a block, exact where the codec's rate is constant.
        Who does not read in time loses the oldest blocks. The socket ends when the input is switched off.
        InvalidValue and NotSupported for the format, NotPermitted while the input is off or in the present duplex
        mode, Conflict when too many listen.
        """
        raise NotImplementedError

    @dbus_method("", "s")
    async def stream_formats(self) -> str:
        """Return every format there is to listen in as JSON: {codec: {sample rate: [bit rates]}}."""
        raise NotImplementedError

    @dbus_method("", "s")
    async def live_state(self) -> str:
        """Return who talks and who listens as JSON: duplex, input, format, talker, listeners, max_listeners."""
        raise NotImplementedError

    @dbus_method("sis", "hs")
    async def open_playback(self, audio_class: str, priority: int, what: str) -> tuple[int, str]:
        """Start a PCM source (`common.pcm`): (SOCK_SEQPACKET descriptor, id of the playback)."""
        raise NotImplementedError

    @dbus_method("sis", "hs")
    async def open_live_playback(
        self, audio_class: str, priority: int, what: str
    ) -> tuple[int, str]:
        """Start a PCM source as `open_playback` whose sender keeps a pace of its own, such as a call.

        What comes is played a little faster or slower; the sender never waits, and what is far too much is dropped.
        """
        raise NotImplementedError

    @dbus_method("s", "h")
    async def open_capture(self, tap: str) -> int:
        """Return a PCM connection (`common.pcm`) to read from: what a tap of the sound path carries.

        `output` is all that the speaker plays. While nothing plays nothing is sent; the packet after that has its
        GAP flag, and its position counts the time that has passed.
        `input` is what the audio input hears, with all its processing; `input-raw` the same before any of it.
        `talk` is `input` for somebody who is heard here at the same time: the echo canceller works while it is open,
        whatever the parameter says.
        Conflict while the input is off; the connection ends when it is switched off, or when its process dies:
        ask again then.
        """
        raise NotImplementedError

    @dbus_method("", "h")
    async def open_levels(self) -> int:
        """Return a SOCK_SEQPACKET connection that brings the levels 20 times a second, one JSON text per packet.

        input: on, peak_dbfs, rms_dbfs, level (0..100, 0 is -90 dBFS), triggered. output: peak_dbfs, rms_dbfs,
        limiter_db, gain_db (null is mute), avc_db, ambient_dbfs (null is unknown). Who reads too slowly misses some.
        """
        raise NotImplementedError

    @dbus_method("", "s")
    async def input_state(self) -> str:
        """Return the settings of the audio input and how it fares, as JSON; see `/api/audio/input`."""
        raise NotImplementedError

    @dbus_method("a{ss}", "a{ss}")
    async def check_parameters(self, changes: dict[str, str]) -> dict[str, str]:
        """Look at changes of checked parameters; return what is refused, name -> reason."""
        raise NotImplementedError

    @dbus_method("d", "")
    async def locate(self, duration_s: float) -> None:
        """Play the sound that helps a person find the unit, for `duration_s`; 0 stops it."""
        raise NotImplementedError

    @dbus_method("bd", "")
    async def start_self_test(self, calibrate: bool, speech_s: float) -> None:
        """Start a test from speaker to microphone; with `calibrate` later tests are compared with it.

        `speech_s` is how long the signal for the speech transmission index lasts, 4 to 30 s. NotSupported without an
        input, Conflict while a test runs or something plays that it must not disturb.
        """
        raise NotImplementedError

    @dbus_method("", "s")
    async def self_tests(self) -> str:
        """Return the results of the self tests as JSON, the oldest first, and how the present one gets on."""
        raise NotImplementedError

    @dbus_method("", "")
    async def start_impedance_test(self) -> None:
        """Start the test of the load: tones are heard for some seconds, and nothing else but an emergency.

        NotSupported where the board cannot measure; Conflict while a test runs, an emergency source plays or the
        amplifier's protection has tripped. The test goes on by itself: `impedance` tells how.
        """
        raise NotImplementedError

    @dbus_method("", "s")
    async def impedance(self) -> str:
        """Return the load and its test as JSON: measurable, state, result, present_ohm, message, progress."""
        raise NotImplementedError

    @dbus_method("", "s")
    async def output_state(self) -> str:
        """Return the output as JSON: gain, mute, equaliser, automatic volume, amplifier, device."""
        raise NotImplementedError

    @dbus_method("", "s")
    async def status(self) -> str:
        """Return the engine's state as JSON: realtime, device, periods, late periods, output gain."""
        raise NotImplementedError

    @dbus_signal_async("s")
    def playing_changed(self) -> str:
        """What plays changed; the content is that of `now_playing`."""
        raise NotImplementedError
