"""A program of the same PJSIP as ours that answers by itself and sends back what it hears, and does nothing else."""

import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from bench.figures import CannotMeasure
from bench.peers.baresip import wait_until_bound
from bench.ports import free_port

_PROGRAM = """
import sys, time
import pjsua2 as pj

class Call(pj.Call):
    def onCallState(self, prm):
        if self.getInfo().state == pj.PJSIP_INV_STATE_DISCONNECTED:
            over.append(self)

    def onCallMediaState(self, prm):
        sound = self.getAudioMedia(-1)
        sound.startTransmit(sound)

class Account(pj.Account):
    def onIncomingCall(self, prm):
        call = Call(self, prm.callId)
        calls[prm.callId] = call
        answer = pj.CallOpParam(True)
        answer.statusCode = 200
        answer.opt.textCount = answer.opt.videoCount = 0
        call.answer(answer)

calls, over = {}, []
endpoint = pj.Endpoint()
endpoint.libCreate()
settings = pj.EpConfig()
settings.logConfig.level = settings.logConfig.consoleLevel = 0
settings.uaConfig.threadCnt = 0
settings.uaConfig.mainThreadOnly = True
settings.medConfig.noVad = True
endpoint.libInit(settings)
endpoint.audDevManager().setNullDev()
transport = pj.TransportConfig()
transport.port = int(sys.argv[1])
transport.boundAddress = "127.0.0.1"
endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport)
endpoint.libStart()
account = pj.AccountConfig()
account.idUri = "sip:unit@127.0.0.1:" + sys.argv[1]
own = Account()
own.create(account)
while True:
    endpoint.libHandleEvents(10)
    while over:
        gone = over.pop()
        calls = {id_: call for id_, call in calls.items() if call is not gone}
        del gone
"""


@contextmanager
def running_pjsua() -> Iterator[int]:
    """Run it; yields its port."""
    if importlib.util.find_spec("pjsua2") is None:
        raise CannotMeasure("the SIP stack is not built: make pjsip")
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", _PROGRAM, str(port)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until_bound(port, process, "the plain pjsua2 program")
        yield port
    finally:
        process.kill()
        process.wait()
