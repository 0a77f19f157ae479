"""What the events daemon offers: the topics there are and the present state of each."""

from sdbus import dbus_signal_async

from common.bus.contract import dbus_method
from common.bus.daemon import DaemonInterface


class EventsInterface(DaemonInterface, interface_name="org.c8210.Events1"):
    """Every topic of the suite in one place."""

    @dbus_method("", "s")
    async def topics(self) -> str:
        """Return every declared topic as JSON."""
        raise NotImplementedError

    @dbus_method("s", "s")
    async def current(self, prefix: str) -> str:
        """Return the present states whose topic starts with `prefix`, as JSON [{topic, source, data, since}]."""
        raise NotImplementedError

    @dbus_signal_async("sa{ss}a{ss}d")
    def happened(self) -> tuple[str, dict[str, str], dict[str, str], float]:
        """A checked event, once per change of state: (topic, source, data, seconds since 1970)."""
        raise NotImplementedError
