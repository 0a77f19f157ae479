"""What the HTTP edge offers to the others: a look at parameters before they are written."""

from common.bus.contract import dbus_method
from common.bus.daemon import DaemonInterface


class HttpInterface(DaemonInterface, interface_name="org.c8210.Http1"):
    """The HTTP edge."""

    @dbus_method("a{ss}", "a{ss}")
    async def check_parameters(self, changes: dict[str, str]) -> dict[str, str]:
        """Try a web server configuration with `changes`; return what is refused, name -> reason."""
        raise NotImplementedError
