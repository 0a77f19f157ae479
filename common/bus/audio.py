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
    }

    @dbus_method("udisi", "s")
    async def play_clip(
        self, clip: int, volume_percent: float, repeat: int, audio_class: str, priority: int
    ) -> str:
        """Start a clip and return the id of the playback; a clip of the same class that plays is replaced.

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
        """Return every clip as JSON: clip, name, location, factory, format, duration_s, sample_rate_hz ..."""
        raise NotImplementedError

    @dbus_method("us", "hsst")
    async def open_clip(self, clip: int, form: str) -> tuple[int, str, str, int]:
        """Open a clip for download as `original` or `au`: (descriptor, MIME type, file name, size in bytes)."""
        raise NotImplementedError

    @dbus_method("", "s")
    async def now_playing(self) -> str:
        """Return what plays now as JSON, with class, state (playing, ducked, paused) and the reason."""
        raise NotImplementedError

    @dbus_method("ss", "hs")
    async def open_transmit(self, mime_type: str, client: str) -> tuple[int, str]:
        """Start a live talker: (stream socket for encoded bytes, id of the playback).

        Write the bytes as they come and shut the writing side down at the end; the far end closes the socket
        when the last sample has been played. NotSupported for an unknown type, Conflict when another talks.
        """
        raise NotImplementedError

    @dbus_method("sis", "hs")
    async def open_playback(self, audio_class: str, priority: int, what: str) -> tuple[int, str]:
        """Start a PCM source (`common.pcm`): (SOCK_SEQPACKET descriptor, id of the playback)."""
        raise NotImplementedError

    @dbus_method("d", "")
    async def locate(self, duration_s: float) -> None:
        """Play the sound that helps a person find the unit, for `duration_s`; 0 stops it."""
        raise NotImplementedError

    @dbus_method("", "s")
    async def status(self) -> str:
        """Return the engine's state as JSON: realtime, device, periods, late periods, output gain."""
        raise NotImplementedError

    @dbus_signal_async("s")
    def playing_changed(self) -> str:
        """What plays changed; the content is that of `now_playing`."""
        raise NotImplementedError
