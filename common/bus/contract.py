"""How the interfaces of `common.bus` declare their methods."""

from collections.abc import Callable
from typing import TypeVar

from sdbus import DbusUnprivilegedFlag, dbus_method_async

_Method = TypeVar("_Method")


def dbus_method(
    input_signature: str = "", result_signature: str = ""
) -> Callable[[_Method], _Method]:
    """Declare a method of an interface.

    sd-bus by itself answers only root and the service's own user. Who may call what is decided by the matrix
    (`common.bus.callers`, and the broker's policy made from it), and every daemon has a user of its own.
    """
    return dbus_method_async(input_signature, result_signature, flags=DbusUnprivilegedFlag)
