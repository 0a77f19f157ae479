"""What the events daemon knows of its unit from the parameters: names and numbers for texts, and the time zone."""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Final

from common.errors import InvalidValue
from daemons.events.modifiers import Facts, expanded
from daemons.events.schedules.local_time import posix_zone

log = logging.getLogger(__name__)

GROUPS: Final = ("Network.HostName", "Network.eth0", "Time.POSIXTimeZone", "Time.DST.Enabled")


class UnitFacts:
    """The facts as they are now."""

    def __init__(self) -> None:
        self._values: Mapping[str, str] = {}
        self.zone: tzinfo = UTC

    def take(self, values: Mapping[str, str]) -> None:
        """Live by other parameters."""
        self._values = values
        text = values.get("Time.POSIXTimeZone", "")
        try:
            saving = values.get("Time.DST.Enabled", "yes") == "yes"
            self.zone = posix_zone(text, daylight_saving=saving) if text else UTC
        except InvalidValue as error:
            log.warning("schedules go by UTC: %s", error.message)
            self.zone = UTC

    def written(self, text: str, at: float, sequence: int = 0) -> str:
        """Return a text with its modifiers replaced (VAPIX events page 5.4); `at` in seconds since 1970.

        `sequence` is the number of the message that it belongs to, if it belongs to any.
        """
        if "%" not in text and "#" not in text:
            return text  # as most are, and a storm of messages asks for many
        facts = Facts(
            datetime.fromtimestamp(at, self.zone),
            self._values.get("Network.eth0.IPAddress", ""),
            self._values.get("Network.eth0.MACAddress", ""),
            self._values.get("Network.HostName", ""),
            sequence,
        )
        return expanded(text, facts)
