"""The boards the suite runs on, one file each; `load` returns the one of this machine."""

import importlib
import logging
import os
from pathlib import Path

from hw.drivers import hat_eeprom
from hw.ports import Board

log = logging.getLogger(__name__)

BOARDS = ("simulated", "host", "c8210_hat")


def load(name: str | None = None) -> Board:
    """Return the board `name`, or the one that `C8210_BOARD` names, or else the one that is found here."""
    wanted = name or os.environ.get("C8210_BOARD") or detected()
    if wanted not in BOARDS:
        raise RuntimeError(f"C8210_BOARD must be one of {', '.join(BOARDS)}, not '{wanted}'")
    board: Board = importlib.import_module(f"hw.boards.{wanted}").BOARD
    return board


def is_simulated() -> bool:
    """Whether this is a simulated unit, which is never found, only asked for."""
    return os.environ.get("C8210_BOARD") == "simulated"


def detected(device_tree: Path = hat_eeprom.DEVICE_TREE) -> str:
    """Return the name of the board that this is: our HAT by its ID EEPROM, else a computer without our hardware.

    A simulated unit is never found, only asked for: a real device must not come up as one.
    """
    found = hat_eeprom.read(device_tree)
    if found is None:
        return "host"
    ours = importlib.import_module("hw.boards.c8210_hat")
    if (found.vendor, found.product_id) == (ours.HAT_VENDOR, ours.HAT_PRODUCT_ID):
        return "c8210_hat"
    log.warning("the HAT '%s' of %s is none of ours", found.product, found.vendor)
    return "host"
