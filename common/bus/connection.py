"""A daemon's connection to the bus, which outlives the broker.

Everything that must survive a lost broker is kept here: the factories of exported objects, the subscriptions and
the names. When the broker goes away a new connection is opened with *new* service objects; they are disposable
adapters, state lives in the domain objects behind them. Proxies stay valid, because they are bound to the
`_Link`, not to one sd-bus connection.
"""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import Any, Generic, TypeVar, cast

from sdbus import DbusInterfaceCommonAsync, SdBus, SdBusBaseError, sd_bus_open_system
from sdbus.exceptions import DbusNameHasNoOwnerError

from common.bus.callers import Matrix, load_matrix
from common.bus.errors import called, incoming
from common.bus.suite import BY_BUS_NAME, Member
from common.errors import ApplianceError, Unavailable

log = logging.getLogger(__name__)

CALL_TIMEOUT_S = 10.0
FIRST_ANSWER_S = 1.0
"""A broker that does not answer a new connection was dying when it took it; another attempt finds the next one."""
CALLS_IN_FLIGHT = 64
"""The broker refuses more than 128 pending replies per connection; half of that leaves room for its own."""
PING_INTERVAL_S = 1.0
RECONNECT_INTERVAL_S = 0.1

_Interface = TypeVar("_Interface", bound=DbusInterfaceCommonAsync)

_BROKER = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")


class Export(Generic[_Interface]):
    """An object this daemon offers; `current` is the service object on the present connection."""

    def __init__(self, factory: Callable[[], _Interface], path: str) -> None:
        self.factory = factory
        self.path = path
        self.current: _Interface | None = None


class _Subscription:
    def __init__(
        self, sender: str, path: str, interface: str, member: str, handler: Callable[..., None]
    ) -> None:
        self.match = (sender, path, interface, member)
        self.handler = handler
        self.slot: Any = None

    def received(self, message: Any) -> None:
        """Hand the content over; a handler that fails must not stop the others."""
        content = message.get_contents()
        try:
            if isinstance(content, tuple):
                self.handler(*content)
            elif content is None:
                self.handler()
            else:
                self.handler(content)
        except ApplianceError as error:
            log.warning(
                "signal %s of %s refused: %s, ignoring", self.match[3], self.match[0], error
            )


class _Link:
    """The present sd-bus connection, if there is one, and the calls in flight on it."""

    def __init__(self) -> None:
        self.bus: SdBus | None = None
        self.slots = asyncio.Semaphore(CALLS_IN_FLIGHT)


class _Calls:
    """What a proxy holds instead of an sd-bus connection: the present one, with a time-out on every call."""

    def __init__(self, link: _Link, timeouts_s: Mapping[str, float]) -> None:
        self._link = link
        self._timeouts_s = timeouts_s

    def new_method_call_message(self, *address: str) -> Any:
        if self._link.bus is None:
            raise Unavailable("the bus is not connected")
        return self._link.bus.new_method_call_message(*address)

    async def call_async(self, message: Any) -> Any:
        peer = message.destination
        timeout_s = self._timeouts_s.get(message.member, CALL_TIMEOUT_S)
        async with self._link.slots:
            if self._link.bus is None:
                raise Unavailable("the bus is not connected")
            try:
                async with asyncio.timeout(timeout_s):
                    return await self._link.bus.call_async(message)
            except TimeoutError:
                raise Unavailable(f"{called(peer)} did not answer within {timeout_s:g} s") from None
            except SdBusBaseError as error:
                raise incoming(error, peer) from error


class Connection:
    """The bus as one daemon sees it."""

    def __init__(self, member: Member) -> None:
        self.member = member
        self._link = _Link()
        self._broker: SdBus | None = None
        self._socket: tuple[int, int] | None = None
        self._exports: list[Export[Any]] = []
        self._subscriptions: list[_Subscription] = []
        self._owners: dict[str, str] = {}
        self._told_of: set[str] = set()
        """Whose owner a signal of this connection has told."""
        self._watchers: list[tuple[str, Callable[[bool], None]]] = []
        self._matrix: Matrix = load_matrix()
        self._reconnected: list[Callable[[], None]] = []
        self._names_slot: Any = None
        self._tasks: asyncio.TaskGroup | None = None

    @property
    def connected(self) -> bool:
        """Whether the broker answered last time."""
        return self._link.bus is not None

    # -- what daemons use --

    def proxy(self, interface: type[_Interface], member: Member) -> _Interface:
        """Return a typed proxy for `member`'s interface; it stays valid over a lost broker."""
        calls = _Calls(self._link, getattr(interface, "call_timeouts_s", {}))
        return interface.new_proxy(member.bus_name, member.path, cast(SdBus, calls))

    def export(
        self, factory: Callable[[], _Interface], path: str | None = None
    ) -> Export[_Interface]:
        """Offer an object; `factory` is called again after each reconnect."""
        export = Export(factory, path or self.member.path)
        self._exports.append(export)
        if self._link.bus is not None:
            self._serve(export, self._link.bus)
        return export

    async def subscribe(
        self, signal: Any, member: Member, handler: Callable[..., None], path: str | None = None
    ) -> None:
        """Call `handler` with the content of each `signal` (named as `AudioInterface.event`) of `member`."""
        subscription = _Subscription(
            member.bus_name, path or member.path, signal.interface_name, signal.signal_name, handler
        )
        self._subscriptions.append(subscription)
        if self._link.bus is not None:
            await self._listen(subscription, self._link.bus)

    def watch(self, member: Member, handler: Callable[[bool], None]) -> None:
        """Call `handler` with True when `member` appears on the bus, with False when it goes."""
        self._watchers.append((member.bus_name, handler))
        if member.bus_name in self._owners:
            handler(True)

    def present(self, member: Member) -> bool:
        """Whether `member` is on the bus now."""
        return member.bus_name in self._owners

    def on_reconnect(self, handler: Callable[[], None]) -> None:
        """Call `handler` after each new connection but the first, to publish full state."""
        self._reconnected.append(handler)

    def start(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Carry out `work`, which somebody coming or going on the bus calls for, as a task of the daemon."""
        if self._tasks is None:
            work.close()
            raise Unavailable("the bus is not connected")
        self._tasks.create_task(work, name=name)

    async def caller_may(self, sender: str, interface: str, method: str) -> bool:
        """Say whether the connection `sender` owns a name that the matrix lets call this."""
        allowed = self._matrix.get(interface, {}).get(method, frozenset())
        if any(self._owners.get(name) == sender for name in allowed):
            return True
        # The change of owner may still be queued behind this call: ask the broker itself before refusing.
        for name in allowed:
            if await self._ask_owner(name) == sender:
                return True
        return False

    async def caller(self, sender: str) -> Member | None:
        """Return the member of the suite behind the connection `sender`, if it is one."""
        for name, member in BY_BUS_NAME.items():
            if self._owners.get(name) == sender:
                return member
        for (
            name,
            member,
        ) in BY_BUS_NAME.items():  # its name may be news still queued behind the call
            if await self._ask_owner(name) == sender:
                return member
        return None

    # -- the connection's life --

    @asynccontextmanager
    async def opened(
        self, tasks: asyncio.TaskGroup, alive: Callable[[], None]
    ) -> AsyncIterator[None]:
        """Connect, keep connected, and call `alive` after each answer of the broker."""
        self._tasks = tasks
        while not await self._connect():
            await asyncio.sleep(RECONNECT_INTERVAL_S)
        keeper = tasks.create_task(self._keep(alive), name="bus")
        try:
            yield
        finally:
            keeper.cancel()
            self._drop()

    async def _keep(self, alive: Callable[[], None]) -> None:
        while True:
            if await self._answers():
                alive()
                await asyncio.sleep(PING_INTERVAL_S)
                continue
            log.warning("the bus is gone, connecting again")
            self._drop()
            while not await self._connect():
                await asyncio.sleep(RECONNECT_INTERVAL_S)
            log.info("the bus is back")
            for handler in self._reconnected:
                handler()

    async def _connect(self) -> bool:
        try:
            bus = sd_bus_open_system()
        except SdBusBaseError:
            return False
        # Peers may call as soon as the name is ours, which is before we know: the broker can be asked from here on.
        self._broker, self._socket = bus, _socket(bus)
        self._told_of.clear()
        try:
            async with asyncio.timeout(FIRST_ANSWER_S):
                self._names_slot = await bus.match_signal_async(
                    *_BROKER, "NameOwnerChanged", self._owner_changed
                )
            async with asyncio.timeout(CALL_TIMEOUT_S):
                for export in self._exports:
                    self._serve(export, bus)
                for subscription in self._subscriptions:
                    await self._listen(subscription, bus)
                await bus.request_name_async(self.member.bus_name, 0)
                self._link.bus = bus
                for name in BY_BUS_NAME:
                    owner = await self._ask_owner(name)
                    # A signal right behind the answer is handled before it, and newer.
                    if name not in self._told_of:
                        self._set_owner(name, owner)
        except (SdBusBaseError, TimeoutError) as error:
            log.warning("cannot use the bus: %r, trying again", error)
            self._drop()
            return False
        return True

    async def _answers(self) -> bool:
        bus = self._link.bus
        if bus is None:
            return False
        # Not Peer.Ping: the system bus' own policy forbids that to everybody.
        message = bus.new_method_call_message(*_BROKER, "GetId")
        try:
            async with asyncio.timeout(2.0):
                await bus.call_async(message)
        except (SdBusBaseError, TimeoutError):
            return False
        return True

    def _drop(self) -> None:
        bus, self._broker, self._link.bus = self._broker, None, None
        for export in self._exports:
            export.current = None
        for subscription in self._subscriptions:
            subscription.slot = None
        self._names_slot = None
        # sd-bus itself closes the descriptor of a connection that the broker has lost. Its number may be somebody
        # else's by now, whose reading a second close would end.
        if bus is not None and _socket(bus) == self._socket:
            bus.close()
        for name in list(self._owners):
            self._set_owner(name, "")

    def _serve(self, export: Export[Any], bus: SdBus) -> None:
        export.current = export.factory()
        export.current.export_to_dbus(export.path, bus)

    async def _listen(self, subscription: _Subscription, bus: SdBus) -> None:
        subscription.slot = await bus.match_signal_async(*subscription.match, subscription.received)

    # -- who owns which name --

    async def _ask_owner(self, name: str) -> str:
        if self._broker is None:
            return ""
        message = self._broker.new_method_call_message(*_BROKER, "GetNameOwner")
        message.append_data("s", name)
        try:
            reply = await self._broker.call_async(message)
        except DbusNameHasNoOwnerError:
            return ""
        return str(reply.get_contents())

    def _owner_changed(self, message: Any) -> None:
        name, _before, owner = message.get_contents()
        if name in BY_BUS_NAME:
            self._told_of.add(name)
            self._set_owner(name, owner)

    def _set_owner(self, name: str, owner: str) -> None:
        before = self._owners.get(name, "")
        if owner == before:
            return
        if owner:
            self._owners[name] = owner
        else:
            del self._owners[name]
        for watched, handler in self._watchers:
            if watched == name:
                if before and owner:
                    handler(False)
                handler(bool(owner))


def _socket(bus: SdBus) -> tuple[int, int] | None:
    """Return which socket stands behind the connection's descriptor; None when there is none."""
    try:
        status = os.fstat(bus.get_fd())
    except (OSError, SdBusBaseError):
        return None
    return status.st_dev, status.st_ino
