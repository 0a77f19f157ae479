"""What every daemon of the suite offers, and how methods are offered."""

import asyncio
import functools
import logging
import os
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ClassVar, TypeVar, cast

from sdbus import (
    DbusInterfaceCommonAsync,
    dbus_method_async_override,
    dbus_signal_async,
    get_current_message,
)

from common.bus.connection import Connection
from common.bus.contract import dbus_method
from common.bus.errors import InternalError, outgoing
from common.errors import ApplianceError, NotPermitted
from common.topics import Event

log = logging.getLogger(__name__)

_Method = TypeVar("_Method", bound=Callable[..., Awaitable[Any]])


class DaemonInterface(DbusInterfaceCommonAsync, interface_name="org.c8210.Daemon1"):
    """The part of the contract that all daemons share: the events they know of."""

    connection: Connection
    call_timeouts_s: ClassVar[Mapping[str, float]] = {}
    """How long a caller waits for methods that may take long, by their names on the wire."""

    @dbus_method(result_signature="a(sa{ss}a{ss})")
    async def states(self) -> list[tuple[str, dict[str, str], dict[str, str]]]:
        """Return the present state of every stateful topic: (topic, source items, data items)."""
        raise NotImplementedError

    @dbus_signal_async("sa{ss}a{ss}d")
    def event(self) -> tuple[str, dict[str, str], dict[str, str], float]:
        """Something happened: (topic, source items, data items, when), values in XML text form.

        The time is in seconds since 1970, where who tells knows better than the moment of telling; else 0.
        """
        raise NotImplementedError

    @dbus_signal_async("")
    def states_changed(self) -> None:
        """Other states than before exist: ask for all of them again. A state that changes its value is an event."""
        raise NotImplementedError

    def announce(self, event: Event, at: float = 0.0) -> None:
        """Send `event` to whoever listens; `at` is when it happened (seconds since 1970), 0 for now."""
        self.event.emit((event.topic, dict(event.source), dict(event.data), at))


def handed_over(descriptor: int) -> int:
    """Return a descriptor for a method's reply, and close ours once the reply has its own copy.

    sd-bus copies a descriptor into the message, in the same step of the event loop in which the method returns.
    """
    asyncio.get_running_loop().call_soon(os.close, descriptor)
    return descriptor


def exported(method: _Method) -> _Method:
    """Offer a method of a service class: check the caller, translate errors, hide bugs.

    The service class must have an attribute `connection`. The method's interface and name are those of the
    message, so that the matrix speaks of what is on the wire.
    """

    @functools.wraps(method)
    async def guarded(self: Any, *arguments: Any) -> Any:
        message = get_current_message()
        connection: Connection = self.connection
        if not await connection.caller_may(
            message.sender or "", message.interface or "", message.member or ""
        ):
            log.warning("refused %s.%s to %s", message.interface, message.member, message.sender)
            raise NotPermitted(f"{message.interface}.{message.member} is not for this caller")
        try:
            return await method(self, *arguments)
        except ApplianceError as error:
            raise outgoing(error) from None
        except Exception:
            log.exception("%s.%s failed", message.interface, message.member)
            raise InternalError("") from None

    return cast(_Method, dbus_method_async_override()(guarded))
