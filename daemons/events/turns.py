"""Work in order, some of it at a time: however much there is, whatever else the event loop has to do goes on."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

SLICE_S = 0.02
"""How long the others wait at most, and one piece of work more."""

_Piece = TypeVar("_Piece")


class Turns(Generic[_Piece]):
    """Pieces of work on their way to whoever does them, in the order in which they came."""

    def __init__(self, do: Callable[[_Piece], None], *, slice_s: float = SLICE_S) -> None:
        self._do = do
        self._slice_s = slice_s
        self._waiting: deque[_Piece] = deque()
        self._planned = False

    def __len__(self) -> int:
        return len(self._waiting)

    def __iter__(self) -> Iterator[_Piece]:
        return iter(self._waiting)

    def add(self, piece: _Piece) -> None:
        """Have a piece done, in the next step of the event loop if nothing waits before it."""
        self._waiting.append(piece)
        self._plan()

    def clear(self) -> None:
        """Forget what waits."""
        self._waiting.clear()

    def _plan(self) -> None:
        if not self._planned:
            self._planned = True
            asyncio.get_running_loop().call_soon(self._take_a_turn)

    def _take_a_turn(self) -> None:
        self._planned = False
        end = time.monotonic() + self._slice_s
        try:
            while self._waiting:
                self._do(self._waiting.popleft())
                if time.monotonic() >= end:
                    break
        finally:
            if self._waiting:
                self._plan()
