"""The process of the SIP stack without the daemon: a test gives the orders and reads the notices."""

import array
import asyncio
import importlib.util
import os
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TypeVar

import msgspec
import numpy as np
import pytest

from common import pcm
from common.sip import (
    PEER_TO_PEER,
    Account,
    AudioCodec,
    Configuration,
    ConfigurationAttributes,
    DtmfConfiguration,
)
from daemons.sip.accounts.registration import Server
from daemons.sip.accounts.stack_accounts import stack_account, stack_settings
from daemons.sip.endpoint import Installation, endpoint
from daemons.sip.settings.checks import checked_account
from daemons.sip.stack import wire
from tests.contract.private_bus import eventually
from tests.contract.sip_dialog import Dialog
from tests.contract.sip_message import Message
from tests.contract.sip_rtp import Samples
from tests.contract.sip_sanitized import assert_silent, sanitizers
from tests.suite import free_port

needs_stack = pytest.mark.skipif(
    importlib.util.find_spec("pjsua2") is None, reason="the SIP stack is not built (make pjsip)"
)
HOST = "127.0.0.1"
_Said = TypeVar("_Said", bound=wire.Notice)


class StackProcess:
    """The stack, and everything it has said."""

    def __init__(self, log_file: Path, namespace: str = "") -> None:
        self.log_file = log_file
        self.notices: list[wire.Notice] = []
        self._threads: list[threading.Thread] = []
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        inside = ("ip", "netns", "exec", namespace) if namespace else ()
        with log_file.open("ab") as log, theirs:
            self.process = subprocess.Popen(
                [
                    *inside,
                    sys.executable,
                    "-P",
                    "-m",
                    "daemons.sip.stack",
                    "--fd",
                    str(theirs.fileno()),
                ],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=os.environ | {"OPENBLAS_NUM_THREADS": "1"} | sanitizers(),
            )
        self._decoder = msgspec.json.Decoder(wire.Notice)
        self._follow(self._read)

    def _follow(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _read(self) -> None:
        # What is killed with an order unread resets the connection.
        with suppress(ConnectionResetError):
            while data := self._ours.recv(wire.LONGEST_MESSAGE):
                self.notices.append(self._decoder.decode(data))

    @property
    def log(self) -> str:
        """What it has logged."""
        return self.log_file.read_text(errors="replace")

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def order(self, order: wire.Order, *descriptors: int) -> None:
        """Give an order."""
        data = msgspec.json.encode(order)
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))]
        self._ours.sendmsg([data], rights if descriptors else [])

    def said(self, kind: type[_Said]) -> list[_Said]:
        """Return what it has said of a kind."""
        return [notice for notice in list(self.notices) if isinstance(notice, kind)]

    async def says(self, kind: type[_Said], timeout_s: float = 10.0, **wanted: object) -> _Said:
        """Wait until it has said something."""

        def found() -> _Said | None:
            assert self.alive, f"the stack ended with {self.process.returncode}:\n{self.log}"
            return next(
                (
                    notice
                    for notice in reversed(self.said(kind))
                    if all(getattr(notice, name) == value for name, value in wanted.items())
                ),
                None,
            )

        try:
            notice = await eventually(found, f"{kind.__name__} {wanted}", timeout_s)
        except AssertionError as failure:
            said = [notice for notice in self.notices if not isinstance(notice, wire.Alive)]
            raise AssertionError(f"{failure}\nsaid: {said}\n{self.log}") from None
        assert notice is not None
        return notice

    def hear(self, call: str) -> "Playback":
        """Take what a call says."""
        ours, theirs = pcm.pair()
        with theirs:
            self.order(wire.Playback(call), theirs.fileno())
        playback = Playback(ours)
        self._follow(playback.read)
        return playback

    def speak(self, call: str, samples: Samples) -> None:
        """Let a call hear samples of 48 kHz, at their pace."""
        ours, theirs = pcm.pair()
        with theirs:
            self.order(wire.Capture(call), theirs.fileno())

        def work() -> None:
            with ours:
                for number, first in enumerate(range(0, len(samples), pcm.PERIOD_FRAMES)):
                    data = samples[first : first + pcm.PERIOD_FRAMES].astype("<f4").tobytes()
                    head = pcm.HEADER.pack(number * pcm.PERIOD_FRAMES, 0, len(data) // 4)
                    try:
                        ours.send(head + data)
                    except OSError:
                        return
                    _rest.wait(0.01)

        _rest = threading.Event()
        self._follow(work)

    def close(self) -> None:
        """End it."""
        if self.alive:
            self.process.kill()
        self.process.wait()
        self._ours.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        self._ours.close()


class Playback:
    """What a call says, as the loudspeaker would get it."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self.parts: list[Samples] = []

    def read(self) -> None:
        """Take it until the stack closes."""
        with self._end:
            while data := self._end.recv(pcm.PACKET_BYTES):
                part = np.frombuffer(data[pcm.HEADER.size :], "<f4")
                self.parts.append(part.astype(np.float64))

    @property
    def samples(self) -> Samples:
        """All so far, 48 kHz."""
        parts = list(self.parts)
        return np.concatenate(parts) if parts else np.zeros(0)


def configured(attributes: dict[str, object] | None = None, **fields: object) -> Configuration:
    """Return a configuration with SIP on, everybody let in, and ports of its own."""
    usual = {"sip_enabled": True, "allow_incoming_calls": True}
    ports = {"sip_port": free_port(), "sip_tls_port": free_port(), "rtp_start_port": 20_000}
    more = ConfigurationAttributes(**(attributes or {}))  # type: ignore[arg-type]
    return Configuration(**{**usual, **ports, **fields, "attributes": more})  # type: ignore[arg-type]


def member(port: int, host: str = HOST, **fields: object) -> Account:
    """Return an account of a server."""
    usual = {"id": "one", "user_id": "unit", "password": "Marker-sip-4711", "is_default": True}
    return Account(**{**usual, "registrar": f"{host}:{port}", **fields})  # type: ignore[arg-type]


def alone(**fields: object) -> Account:
    """Return a peer-to-peer account."""
    usual = {"id": "one", "user_id": PEER_TO_PEER, "is_default": True}
    return Account(**{**usual, **fields})  # type: ignore[arg-type]


@asynccontextmanager
async def stack(
    folder: Path,
    configuration: Configuration,
    *accounts: Account,
    codecs: tuple[AudioCodec, ...] = (),
    installation: Installation = Installation(HOST),  # noqa: B008  # frozen
    namespace: str = "",
    known: tuple[str, ...] = (),
) -> AsyncIterator[StackProcess]:
    """Run the stack with what a person has set until the block ends; without accounts it has a peer-to-peer one."""
    keys = DtmfConfiguration()
    found = tuple(
        stack_account(
            checked_account(each), Server.PRIMARY, configuration, keys, default=each.is_default
        )
        for each in accounts or (alone(),)
    )
    settings = stack_settings(configuration, codecs, found, known)
    process = StackProcess(folder / "stack.log", namespace)
    try:
        process.order(wire.Start(endpoint(configuration, installation), settings))
        await process.says(wire.Ready, 20)
        yield process
    finally:
        await asyncio.to_thread(process.close)
        assert_silent(process.log)


async def answered(
    unit: StackProcess, dialog: Dialog, body: bytes, source: str = ""
) -> tuple[str, Message]:
    """Call the unit and have it answer; returns the id of the call and the final answer.

    `source` is the address of the caller, where others call at the same time.
    """
    before = len(unit.said(wire.Incoming))

    def incoming() -> list[wire.Incoming]:
        return [
            notice for notice in unit.said(wire.Incoming)[before:] if source in ("", notice.source)
        ]

    async with asyncio.TaskGroup() as tasks:
        asking = tasks.create_task(dialog.ask("INVITE", body=body), name="invite")
        came = await eventually(incoming, "the call comes in")
        unit.order(wire.Answer(came[0].call))
    return came[0].call, asking.result()
