"""Keys that a caller presses become events (M-SIP-44 to 46).

Digits may be a code that opens something: no log and no error holds them.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from common.sip import DtmfConfiguration, DtmfTrigger

BETWEEN_S = 3.0
"""After so long without a key the next one begins anew."""
LONGER_S = 1.5
"""How long a sequence waits that may be the beginning of a longer one."""

Sequences = Mapping[str, str]
"""Sequence -> the id of its event."""


def sequences_of(configuration: DtmfConfiguration, triggers: Iterable[DtmfTrigger]) -> Sequences:
    """Return what a configuration listens for."""
    return {
        each.dtmf_sequence: each.dtmf_event_id
        for each in triggers
        if each.id in configuration.dtmf_trigger_id
    }


@dataclass
class _Pressed:
    keys: str
    sequences: Sequences
    at: float

    def __repr__(self) -> str:
        return f"_Pressed({len(self.keys)} keys)"

    @property
    def due(self) -> float:
        """When what was pressed so far stands for itself, by the monotonic clock."""
        return self.at + (LONGER_S if self.keys in self.sequences else BETWEEN_S)


class Keys:
    """What was pressed in each call."""

    def __init__(self, fire: Callable[[str, str], None]) -> None:
        """`fire` is called with the id of an event, and that of the call."""
        self._fire = fire
        self._calls: dict[str, _Pressed] = {}

    @property
    def due(self) -> float | None:
        """When `expire` has something to do, by the monotonic clock."""
        return min((pressed.due for pressed in self._calls.values()), default=None)

    def pressed(self, call: str, digit: str, sequences: Sequences, now: float) -> None:
        """A key was pressed."""
        self.expire(now)
        before = self._calls.pop(call, None)
        keys = (before.keys if before else "") + digit.upper()
        keys = self._consume(call, keys, sequences)
        if keys:
            self._calls[call] = _Pressed(keys, sequences, now)

    def expire(self, now: float) -> None:
        """Take note of the time: what waited for another key waits no more."""
        for call, pressed in list(self._calls.items()):
            if pressed.due <= now:
                del self._calls[call]
                self._done(call, pressed.keys, pressed.sequences)

    def forget(self, call: str) -> None:
        """A call is over; what was pressed whole counts."""
        pressed = self._calls.pop(call, None)
        if pressed is not None:
            self._done(call, pressed.keys, pressed.sequences)

    def _consume(self, call: str, keys: str, sequences: Sequences) -> str:
        """Fire what is complete at the beginning of `keys`, and return what may still become a sequence."""
        while keys:
            if any(sequence.startswith(keys) for sequence in sequences):
                if not _has_longer(keys, sequences):
                    self._done(call, keys, sequences)
                    return ""
                return keys
            # With this key it is no sequence's beginning. The longest one that was complete before counts, and a
            # wrong key spoils what it belongs to, and not what comes after it.
            whole = [keys[:end] for end in range(len(keys) - 1, 0, -1) if keys[:end] in sequences]
            if whole:
                self._done(call, whole[0], sequences)
                keys = keys[len(whole[0]) :]
            else:
                keys = keys[1:]
        return ""

    def _done(self, call: str, keys: str, sequences: Sequences) -> None:
        event = sequences.get(keys)
        if event:
            self._fire(event, call)


def _has_longer(keys: str, sequences: Sequences) -> bool:
    return any(sequence != keys and sequence.startswith(keys) for sequence in sequences)
