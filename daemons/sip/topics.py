"""What is told of calls. On a unit that cannot call nothing of it happens."""

from common.sip import SOURCE, CallState
from common.topics import TOPICS, Event, Item, ItemType, Topic

_SOURCE = (Item("Source", ItemType.STRING, "Source", values={SOURCE: "Speaker"}),)

CALL_STATE = TOPICS.declare(
    Topic(
        "tnsaxis:Call/State",
        "State",
        source=_SOURCE,
        data=(
            Item(
                "CallState",
                ItemType.STRING,
                "Call state",
                values={name: name for name in ("Idle", "Calling", "Ringing", "Active")},
            ),
        ),
        state="CallState",
    )
)

STATE_CHANGE = TOPICS.declare(
    Topic(
        "tnsaxis:Call/StateChange",
        "State change",
        source=_SOURCE,
        data=(
            Item(
                "Reason",
                ItemType.STRING,
                "Reason",
                values={
                    "Initiated": "Initiated",
                    "Denied": "Denied",
                    "NoAnswer": "No answer",
                    "Busy": "Busy",
                    "Failed": "Failed",
                    "AcceptedByRemote": "Accepted by remote",
                    "AcceptedByDevice": "Accepted by device",
                    "Terminated": "Terminated",
                },
            ),
            Item("CallId", ItemType.STRING, "Call ID"),
            Item("RemoteURI", ItemType.STRING, "Remote URI"),
            Item("DeviceURI", ItemType.STRING, "Device URI"),
        ),
    )
)

DTMF = TOPICS.declare(
    Topic(
        "tnsaxis:Call/DTMF",
        "DTMF",
        source=(Item("DTMFEventId", ItemType.STRING, "DTMF Event ID"),),
        data=(Item("CallId", ItemType.STRING, "Call ID"),),
    )
)


def state_event(state: CallState) -> Event:
    """Return the state of all calls as an event."""
    return CALL_STATE.event({"Source": SOURCE}, {"CallState": state})
