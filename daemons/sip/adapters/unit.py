"""The rest of the unit: who hears of calls, and who streams."""

import json
import logging

from common.bus.audio import AudioInterface
from common.bus.connection import Export
from common.errors import ApplianceError
from common.sip import SOURCE, CallState
from common.topics import Event
from daemons.sip.calls.registry import Call
from daemons.sip.service import SipService
from daemons.sip.topics import DTMF, STATE_CHANGE, state_event
from daemons.sip.vms import Streams

log = logging.getLogger(__name__)


class Suite:
    """Fulfils `Told`."""

    def __init__(self, audio: AudioInterface) -> None:
        self._audio = audio
        self.export: Export[SipService] | None = None

    def state(self, state: CallState) -> None:
        """All calls together are in another state."""
        self._announce(state_event(state))

    def change(self, call: Call) -> None:
        """A call's state has changed, for its reason."""
        self._announce(
            STATE_CHANGE.event(
                {"Source": SOURCE},
                {
                    "Reason": call.reason,
                    "CallId": call.id,
                    "RemoteURI": call.remote_uri,
                    "DeviceURI": call.device_uri,
                },
            )
        )

    def pressed(self, event: str, call: str) -> None:
        """A sequence of keys was pressed in a call."""
        self._announce(DTMF.event({"DTMFEventId": event}, {"CallId": call}))

    async def streams(self) -> Streams | None:
        """Return who talks and listens over HTTP; None while nobody knows."""
        try:
            live = json.loads(await self._audio.live_state())
        except ApplianceError as error:
            log.debug("who streams is not known now: %s", error.message)
            return None
        return Streams(to_network=len(live["listeners"]), to_device=int(live["talker"] is not None))

    def _announce(self, event: Event) -> None:
        if self.export is not None and self.export.current is not None:
            self.export.current.announce(event)
