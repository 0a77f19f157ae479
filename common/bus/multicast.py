"""What the audio daemon offers of multicast: the controller's list of sources, and pages to groups."""

from collections.abc import Mapping
from typing import ClassVar

from sdbus import DbusInterfaceCommonAsync

from common.bus.contract import dbus_method


class MulticastInterface(DbusInterfaceCommonAsync, interface_name="org.c8210.Multicast1"):
    """Multicast audio in (VAPIX page 6.4) and out. What is a `str` without a name of its own is JSON."""

    call_timeouts_s: ClassVar[Mapping[str, float]] = {"PageClip": 60.0}

    @dbus_method("", "s")
    async def controller(self) -> str:
        """Return the controller: enabled, audiocodec, and sources by priority, each without its key."""
        raise NotImplementedError

    @dbus_method("s", "")
    async def change_controller(self, changes: str) -> None:
        """Change `enabled` or `audiocodec`."""
        raise NotImplementedError

    @dbus_method("s", "s")
    async def add_source(self, source: str) -> str:
        """Add a source: label, ipAddress, port, and perhaps prio, latencyProfile, srtpKey; returns it with its id.

        InvalidValue for what cannot be, Conflict when there is a source of that address and port.
        """
        raise NotImplementedError

    @dbus_method("ss", "")
    async def change_source(self, id_: str, changes: str) -> None:
        """Change some properties of a source; a new `prio` moves the others. NotFound for an unknown id."""
        raise NotImplementedError

    @dbus_method("s", "")
    async def remove_source(self, id_: str) -> None:
        """Remove a source; whatever it plays stops. The unit's own cannot be removed."""
        raise NotImplementedError

    @dbus_method("", "s")
    async def state(self) -> str:
        """Return {running, sources: [{id, label, speaking, playback, encrypted, fault, figures}]}."""
        raise NotImplementedError

    @dbus_method("usus", "s")
    async def page_clip(self, clip: int, group: str, port: int, codec: str) -> str:
        """Send a clip to a group and return the page's id. InvalidValue, NotFound, Conflict when too many are sent."""
        raise NotImplementedError

    @dbus_method("suss", "hs")
    async def open_page(self, group: str, port: int, codec: str, what: str) -> tuple[int, str]:
        """Start a live page: (`common.pcm` descriptor for the talker's sound, id of the page).

        It ends when the other end is closed, after all that was sent has gone out.
        """
        raise NotImplementedError

    @dbus_method("", "s")
    async def pages(self) -> str:
        """Return what is being sent: [{id, what, kind, group, port, codec, seconds}]."""
        raise NotImplementedError

    @dbus_method("s", "")
    async def stop_page(self, id_: str) -> None:
        """Stop sending; NotFound for a page that is over."""
        raise NotImplementedError
