"""The boards the suite runs on, one file each; `load` returns the one of this machine."""

import importlib
import os

from hw.ports import Board

BOARDS = ("simulated", "host", "c8210_hat")


def load(name: str | None = None) -> Board:
    """Return the board `name`, or else the one that `C8210_BOARD` names."""
    wanted = name or os.environ.get("C8210_BOARD", "")
    if wanted not in BOARDS:
        raise RuntimeError(f"C8210_BOARD must be one of {', '.join(BOARDS)}, not '{wanted}'")
    board: Board = importlib.import_module(f"hw.boards.{wanted}").BOARD
    return board
