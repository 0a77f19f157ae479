"""`/vapix/axast`: the automatic speaker test (VAPIX page 6.5).

A client calibrates once, and then has the speaker tested against that. Both commands answer at once; the report is
`Pending` until the test is over.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from common.errors import Conflict, NotSupported
from common.params.kinds import Access
from daemons.http.call import Call
from daemons.http.vapix.service_api import ServiceApi, ServiceFault

SPEECH_S: Final = 15.0

api = ServiceApi(
    "/vapix/axast",
    namespace="axast",
    id="speakertest",
    name="Auto Speaker Test",
    version="1.0",
    access=Access.ADMIN,
)

_STATUS: Final = {"ok": "OK", "failed": "InternalError"}
"""What the report calls a verdict; every other one is `Failed`."""


@api.command("CalibrateSpeakerTest", access=Access.ADMIN, changes=True)
async def calibrate(call: Call) -> Mapping[str, Any]:
    """Test the speaker, and compare later tests with this one."""
    await _start(call, calibrate=True)
    return {}


@api.command("PerformSpeakerTest", access=Access.ADMIN, changes=True)
async def perform(call: Call) -> Mapping[str, Any]:
    """Test the speaker."""
    state = await _state(call)
    if state["available"] and state["reference"] is None:
        raise ServiceFault(
            "axast:DeviceNotCalibrated",
            "The Auto Speaker Test cannot be done without prior calibration.",
        )
    await _start(call, calibrate=False)
    return {}


@api.command("GetSpeakerTestReport", access=Access.ADMIN, changes=False)
async def report(call: Call) -> Mapping[str, Any]:
    """Return how the last test ended, and when it was."""
    state = await _state(call)
    tests = [one for one in state["results"] if one["verdict"] != "abandoned"]
    compared = [one for one in tests if not one["reference"]]
    return {
        "SpeakerTestReport": {
            "SpeakerTestStatus": _status(state, tests),
            "TestTimestamp": compared[-1]["at"] if compared else "",
            "CalibrationTimestamp": state["reference"]["at"] if state["reference"] else "",
        }
    }


def _status(state: dict[str, Any], tests: list[dict[str, Any]]) -> str:
    if not state["available"]:
        return "DisabledInHardware"
    if state["running"]:
        return "Pending"
    if not tests:
        return "Calibrated" if state["reference"] else "Uncalibrated"
    last = tests[-1]
    return "Calibrated" if last["reference"] else _STATUS.get(last["verdict"], "Failed")


async def _state(call: Call) -> dict[str, Any]:
    state: dict[str, Any] = json.loads(await call.unit.audio.self_tests())
    return state


async def _start(call: Call, *, calibrate: bool) -> None:
    try:
        await call.unit.audio.start_self_test(calibrate, SPEECH_S)
    except NotSupported as error:
        raise ServiceFault("axast:DisabledInHardware", f"{error.message}.") from None
    except Conflict as error:
        raise ServiceFault("ter:Failure", f"{error.message}.") from None
