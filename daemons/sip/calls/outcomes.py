"""What becomes of a call: from SIP's status to the reason that VAPIX knows, and to words."""

from common.sip import Reason
from daemons.sip.calls.registry import Call

_BUSY = {486, 600}
_DENIED = {401, 402, 403, 407, 433, 603, 607, 608}
_NO_ANSWER = {408, 480}


_PROGRESS = {
    180: "it rings at the other end",
    181: "the call is being forwarded",
    182: "the call waits in a queue",
    183: "the other end is being reached",
}


def progress(code: int, sound: bool) -> str:
    """Return how far a call of ours has come that nobody has answered yet; empty where nobody says anything of it.

    The service has one state for it, Calling: its Ringing is that of calls that come in, and rules answer those.
    """
    said = _PROGRESS.get(code, "")
    return f"{said}, and its sound is heard already" if said and sound else said


def outcome(call: Call, code: int) -> Reason:
    """Return why a call ended that we did not end."""
    if call.state == "Active" or code in (0, 200, 487):
        return "Terminated"
    if call.incoming:
        return "Failed" if code >= 300 else "Terminated"
    if code in _BUSY:
        return "Busy"
    if code in _DENIED:
        return "Denied"
    if code in _NO_ANSWER:
        return "NoAnswer"
    return "Failed"


def words(code: int, text: str) -> str:
    """Return the same for a person."""
    return f"{code} {text}".strip() if code >= 300 else text
