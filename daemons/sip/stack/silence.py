"""Whether anybody is there still: packets that come say so."""

Packets = tuple[int, ...]
"""How many have come in all; only whether it is another number than before counts."""


class Silence:
    """What has come in one call, and when."""

    def __init__(self, longest_s: float, now: float) -> None:
        self._longest_s = longest_s
        self._packets: Packets = ()
        self._since = now

    def too_long(self, packets: Packets, now: float) -> bool:
        """Take note of what has come; returns whether nothing has for too long, once for each time that long."""
        silent = packets == self._packets and now - self._since >= self._longest_s
        if silent or packets != self._packets:
            self._packets, self._since = packets, now
        return silent
