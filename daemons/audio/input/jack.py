"""What can be plugged into the audio input: which types and powers the board has, and the selecting of one."""

from collections.abc import Mapping
from typing import Any, Final

from common.bus.connection import Connection
from common.params.kinds import Choice
from common.params.registry import PARAMETERS
from daemons.audio.params.input import INPUT_TYPE, MICROPHONE_POWER_TYPE
from hw.ports import Board

_TYPE: Final = INPUT_TYPE.name
_POWER: Final = MICROPHONE_POWER_TYPE.name
_POWERED: Final = "mic"
_NO_POWER: Final = "none"


class InputJack:
    """The jack of the audio input."""

    def __init__(self, board: Board, connection: Connection) -> None:
        self._there: Final = {
            _TYPE: board.sound.input_types if board.sound.capture else (),
            _POWER: board.sound.input_powers,
        }
        selector = board.input_selector
        self._selector = selector(connection) if selector else None

    @property
    def types(self) -> tuple[str, ...]:
        """The types that are present."""
        return self._there[_TYPE]

    def refused(self, changes: Mapping[str, str]) -> dict[str, str]:
        """Return which parameters would select what is not present, with the reason."""
        return {
            name: f"{_label(name, changes[name])} is not present on this unit"
            for name, there in self._there.items()
            if name in changes and changes[name] not in there
        }

    def describe(self) -> dict[str, list[dict[str, Any]]]:
        """Return every type and power there could be, and whether it is present."""
        return {
            what: [
                {"id": value, "label": label, "present": value in self._there[name]}
                for value, label in _choices(name)
            ]
            for what, name in (("types", _TYPE), ("powers", _POWER))
        }

    def select(self, type_: str, power: str) -> None:
        """Listen to that type of input with that power, from now on; returns at once.

        Only a microphone is powered: whatever else is plugged in has no use for a voltage, and may be harmed by it.
        """
        if self._selector is not None and not self.refused({_TYPE: type_, _POWER: power}):
            self._selector.select(type_, power if type_ == _POWERED else _NO_POWER)

    async def run(self) -> None:
        """Keep the jack as it was last told, until cancelled."""
        if self._selector is not None:
            await self._selector.run()


def _choices(name: str) -> tuple[tuple[str, str], ...]:
    kind = PARAMETERS.parameters[name].kind
    return kind.choices if isinstance(kind, Choice) else ()


def _label(name: str, value: str) -> str:
    return dict(_choices(name)).get(value, value[:20])
