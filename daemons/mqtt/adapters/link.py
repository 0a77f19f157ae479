"""A session with the broker by paho, whose sockets the event loop watches."""

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.reasoncodes import ReasonCode

from daemons.mqtt.adapters.streams import Stream
from daemons.mqtt.adapters.transport import Attempt
from daemons.mqtt.plan import Message, Plan
from daemons.mqtt.ports import Listener, Refused

log = logging.getLogger(__name__)

TICK_S = 0.5
"""How often paho looks at its clock, for the keep-alive."""
CLOSING_S = 0.5
PACKETS_AT_ONCE = 32
"""How many packets are read before others get their turn."""
_OK = MQTTErrorCode.MQTT_ERR_SUCCESS


class _Paho(Client):
    """Paho on a connection that is there already."""

    stream: Stream | None = None

    def _create_socket(self) -> Any:
        """Hand the connection out, in the place of making one, which would block the event loop."""
        return self.stream

    def drop(self) -> None:
        """End the connection at once."""
        self._sock_close()


class PahoLink:
    """Fulfils `Link`. Everything but the way to the broker happens in the event loop's thread."""

    def __init__(self, plan: Plan, listener: Listener) -> None:
        self._plan = plan
        self._listener = listener
        self._loop = asyncio.get_running_loop()
        self._stream: Stream | None = None
        self._accepted: asyncio.Future[None] | None = None
        self._gone = asyncio.Event()
        self._why_gone = ""
        self._done: list[int] = []
        self._asked: dict[int, list[str]] = {}
        self._ticking: asyncio.TimerHandle | None = None
        self._paho = self._make_paho()

    def _make_paho(self) -> _Paho:
        config = self._plan.config
        paho = _Paho(
            CallbackAPIVersion.VERSION2,
            client_id=self._plan.client_id,
            clean_session=config.clean_session,
            reconnect_on_failure=False,
        )
        if config.username:
            paho.username_pw_set(config.username, config.password or None)
        if will := self._plan.last_will():
            paho.will_set(will.topic, will.payload, will.qos, will.retain)
        paho.max_inflight_messages_set(0)  # the outbox bounds it
        paho.connect_async(self._plan.host, self._plan.port, config.keep_alive_interval)
        paho.on_connect = self._answered
        paho.on_disconnect = self._disconnected
        paho.on_message = self._received
        paho.on_publish = self._published
        paho.on_subscribe = self._subscribed
        paho.on_socket_open = self._opened
        paho.on_socket_close = self._closed
        paho.on_socket_register_write = self._wants_to_write
        return paho

    # -- Link --

    async def connect(self) -> None:
        """Return when the broker has accepted."""
        stream = await _in_thread(Attempt(self._plan))
        self._gone.clear()
        self._paho.stream = stream
        self._accepted = self._loop.create_future()
        try:
            self._paho.reconnect()
            await self._accepted
        except BaseException:
            self._drop("given up")
            raise
        finally:
            self._accepted = None

    async def lost(self) -> str:
        """Return when the connection is no more, and why."""
        await self._gone.wait()
        return self._why_gone

    def publish(self, message: Message) -> int | None:
        """Hand a message over."""
        if self._stream is None:
            return None
        info = self._paho.publish(message.topic, message.payload, message.qos, message.retain)
        return info.mid if info.rc == _OK else None

    def subscribe(self, filters: dict[str, int]) -> None:
        """Ask for messages."""
        code, number = self._paho.subscribe(list(filters.items()))
        if code == _OK and number is not None:
            self._asked[number] = list(filters)

    def unsubscribe(self, filters: Sequence[str]) -> None:
        """Ask for these no more."""
        self._paho.unsubscribe(list(filters))

    async def close(self) -> None:
        """End the connection."""
        if self._stream is not None and self._paho.is_connected():
            self._paho.disconnect()
            try:
                async with asyncio.timeout(CLOSING_S):
                    await self._gone.wait()
            except TimeoutError:
                log.debug("the broker does not take the end of the connection")
        self._drop("ended")

    # -- what paho says --

    def _answered(
        self, _paho: Client, _data: Any, _flags: Any, reason: ReasonCode, _properties: Any
    ) -> None:
        if self._accepted is None or self._accepted.done():
            return
        if reason.is_failure:
            self._accepted.set_exception(Refused(f"the broker refuses: {reason}".lower()))
        else:
            self._accepted.set_result(None)

    def _disconnected(
        self, _paho: Client, _data: Any, _flags: Any, reason: ReasonCode, _properties: Any
    ) -> None:
        self._ended(f"the connection is lost: {reason}".lower())

    def _received(self, _paho: Client, _data: Any, message: MQTTMessage) -> None:
        self._listener.received(message.topic, bytes(message.payload))

    def _published(
        self, _paho: Client, _data: Any, number: int, _reason: Any, _properties: Any
    ) -> None:
        if not self._done:  # told outside of paho, for who is told may publish the next
            self._loop.call_soon(self._tell_done)
        self._done.append(number)

    def _tell_done(self) -> None:
        numbers, self._done = self._done, []
        for number in numbers:
            self._listener.done(number)

    def _subscribed(
        self, _paho: Client, _data: Any, number: int, reasons: list[ReasonCode], _properties: Any
    ) -> None:
        for filter_, reason in zip(self._asked.pop(number, []), reasons, strict=False):
            if reason.is_failure:
                log.warning("the broker refuses the subscription to '%s', ignoring", filter_)

    # -- the socket in the event loop --

    def _opened(self, _paho: Client, _data: Any, stream: Any) -> None:
        self._stream = stream
        self._loop.add_reader(stream.fileno(), self._readable)
        self._ticking = self._loop.call_later(TICK_S, self._tick)

    def _closed(self, _paho: Client, _data: Any, stream: Any) -> None:
        self._loop.remove_reader(stream.fileno())
        self._loop.remove_writer(stream.fileno())
        if self._ticking is not None:
            self._ticking.cancel()
        self._stream = None

    def _wants_to_write(self, _paho: Client, _data: Any, _stream: Any) -> None:
        self._loop.call_soon(self._write)  # not at once: what is published together leaves together

    def _readable(self) -> None:
        for _ in range(PACKETS_AT_ONCE):
            if not self._carry_out(self._paho.loop_read) or self._stream is None:
                return
            if self._stream.unsent:
                self._loop.add_writer(self._stream.fileno(), self._write)
            if not self._stream.pending():
                return
        self._loop.call_soon(self._again)

    def _again(self) -> None:
        if self._stream is not None:
            self._readable()

    def _write(self) -> None:
        stream = self._stream
        if stream is None:
            return
        self._carry_out(self._flush)
        if self._stream is not stream:
            return
        if stream.unsent or self._paho.want_write():
            self._loop.add_writer(stream.fileno(), self._write)
        else:
            self._loop.remove_writer(stream.fileno())

    def _flush(self) -> MQTTErrorCode:
        code = self._paho.loop_write()
        if self._stream is not None:
            self._stream.flush()
        return code

    def _tick(self) -> None:
        if self._carry_out(self._paho.loop_misc) and self._stream is not None:
            self._ticking = self._loop.call_later(TICK_S, self._tick)

    def _carry_out(self, work: Callable[[], MQTTErrorCode]) -> bool:
        """Let paho work; returns whether there is a connection still.

        What a broker sends may be anything: whatever it breaks in paho breaks this connection, and nothing else.
        """
        try:
            return work() == _OK
        except OSError as error:
            self._drop(f"the connection is lost: {error.strerror or type(error).__name__}".lower())
            return False
        except Exception as error:
            log.debug("the packets of the broker cannot be read", exc_info=error)
            self._drop(f"the broker does not speak MQTT: {type(error).__name__}")
            return False

    def _drop(self, why: str) -> None:
        """End the connection at once."""
        self._paho.drop()
        self._ended(why)

    def _ended(self, why: str) -> None:
        self._asked.clear()
        self._why_gone = why
        self._gone.set()
        if self._accepted is not None and not self._accepted.done():
            self._accepted.set_exception(Refused(why))


async def _in_thread(attempt: Attempt) -> Stream:
    """Carry an attempt out in a thread that nobody waits for when it is given up or the daemon ends."""
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[Stream] = loop.create_future()

    def told(stream: Stream | None, error: Exception | None) -> None:
        if outcome.done():
            if stream is not None:
                stream.close()
        elif stream is not None:
            outcome.set_result(stream)
        elif error is not None:
            outcome.set_exception(error)

    def work() -> None:
        stream, failure = None, None
        try:
            stream = attempt.open()
        except Exception as error:
            failure = error
        try:
            loop.call_soon_threadsafe(told, stream, failure)
        except RuntimeError:  # the loop is closed
            if stream is not None:
                stream.close()

    threading.Thread(target=work, name="connecting", daemon=True).start()
    try:
        return await outcome
    except asyncio.CancelledError:
        attempt.give_up()
        raise
