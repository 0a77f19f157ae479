"""A phone that answers every call, with the guard before it and nothing else of the daemon: for test_sip_guard.

It takes orders as lines of JSON, [method, arguments...], and answers each with a line of JSON.
"""

import json
import os
import select
import sys
from collections.abc import Iterator
from typing import Any

import pjsua2

from daemons.sip.stack.guard import Guard, GuardFailed, GuardLimits

pj: Any = pjsua2
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # the stack logs to the standard output until it is told otherwise


def audio_alone() -> Any:
    """Return the settings of a call with one stream, of audio; text would be a second."""
    prm = pj.CallOpParam(True)
    prm.opt.audioCount, prm.opt.videoCount, prm.opt.textCount = 1, 0, 0
    return prm


class Line(pj.Call):  # type: ignore[misc]
    """A call; a raising callback would be lost in the stack, so these do next to nothing."""

    over = False

    def onCallState(self, prm: Any) -> None:  # noqa: N802 - pjsua2's name
        """Take note of the end."""
        self.over = self.getInfo().state == pj.PJSIP_INV_STATE_DISCONNECTED

    def answer(self, code: int) -> None:
        prm = audio_alone()
        prm.statusCode = code
        super().answer(prm)


class Phone(pj.Account):  # type: ignore[misc]
    """An account without a registrar."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Line] = []

    def onIncomingCall(self, prm: Any) -> None:  # noqa: N802 - pjsua2's name
        """Take the call."""
        call = Line(self, prm.callId)
        self.calls.append(call)
        call.answer(200)


class Program:
    """Everything in one thread, as the daemon's stack has it."""

    def __init__(self, port: int) -> None:
        self.guard = Guard()
        self.endpoint = pj.Endpoint()
        self.endpoint.libCreate()
        config = pj.EpConfig()
        config.logConfig.level = config.logConfig.consoleLevel = 0
        config.uaConfig.threadCnt = 0
        config.uaConfig.mainThreadOnly = True
        config.uaConfig.maxCalls = self.guard.slots
        config.medConfig.noVad = True
        self.endpoint.libInit(config)
        self.guard.install()
        transport = pj.TransportConfig()
        transport.port = port
        transport.boundAddress = "127.0.0.1"
        for kind in (pj.PJSIP_TRANSPORT_UDP, pj.PJSIP_TRANSPORT_TCP):
            self.endpoint.transportCreate(kind, transport)
        self.endpoint.libStart()
        self.endpoint.audDevManager().setNullDev()
        account = pj.AccountConfig()
        account.idUri = f"sip:phone@127.0.0.1:{port}"
        account.mediaConfig.srtpUse = pj.PJMEDIA_SRTP_OPTIONAL
        account.mediaConfig.srtpSecureSignaling = 0
        account.mediaConfig.transportConfig.boundAddress = "127.0.0.1"
        self.keeps = False
        self.phone = Phone()
        self.phone.create(account)

    def run(self) -> None:
        """Serve the stack and the orders until the orders end."""
        for line in self._orders():
            method, *arguments = json.loads(line)
            print(json.dumps(getattr(self, method)(*arguments)), file=answers, flush=True)

    def _orders(self) -> Iterator[str]:
        waiting = b""
        while True:
            self.endpoint.libHandleEvents(10)
            if not self.keeps:
                self.phone.calls = self._live()
            if not select.select([0], [], [], 0)[0]:
                continue
            if not (read := os.read(0, 65536)):
                return
            *lines, waiting = (waiting + read).split(b"\n")
            yield from (line.decode() for line in lines)

    def _live(self) -> list[Line]:
        return [call for call in self.phone.calls if not call.over]

    def keep(self, keeps: bool) -> None:
        """Set whether the objects of calls outlive their calls."""
        self.keeps = keeps

    def counters(self) -> dict[str, int]:
        return self.guard.counters()

    def slots(self) -> int:
        return self.guard.slots

    def known(self, *networks: str) -> str:
        try:
            self.guard.know(networks)
        except GuardFailed as error:
            return str(error)
        return ""

    def limits(self, changed: dict[str, int]) -> None:
        self.guard.limit(GuardLimits(**changed))  # type: ignore[arg-type]

    def calls(self) -> int:
        return len(self._live())

    def dial(self, uri: str) -> None:
        call = Line(self.phone)
        self.phone.calls.append(call)
        call.makeCall(uri, audio_alone())

    def confirmed(self) -> int:
        states = [call.getInfo().state for call in self._live()]
        return states.count(pj.PJSIP_INV_STATE_CONFIRMED)

    def hang_up(self) -> None:
        self.endpoint.hangupAllCalls()

    def codecs(self) -> list[str]:
        return [codec.codecId for codec in self.endpoint.codecEnum2()]

    def close(self) -> None:
        """Leave nothing of the stack behind."""
        self.endpoint.hangupAllCalls()
        self.phone.calls.clear()
        self.phone.shutdown()
        self.endpoint.libDestroy()


program = Program(int(sys.argv[1]))
program.run()
program.close()
os._exit(0)
