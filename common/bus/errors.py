"""How errors travel over the bus: each of `common.errors` under its own D-Bus name, and nothing else.

A method that raises anything outside the family has a bug: the traceback is logged where it happened and the
caller gets `org.c8210.Error.Internal` without a text.
"""

from sdbus import SdBusBaseError
from sdbus.exceptions import DbusAccessDeniedError, map_exception_to_dbus_error

from common import errors
from common.bus.suite import BY_BUS_NAME

NAMES: dict[type[errors.ApplianceError], str] = {
    error: f"org.c8210.Error.{error.__name__}" for error in errors.FAMILY
}


class InternalError(errors.ApplianceError):
    """The peer met a bug of its own; its log says which."""


_INTERNAL = "org.c8210.Error.Internal"
for _error, _name in NAMES.items():
    map_exception_to_dbus_error(_error, _name)
map_exception_to_dbus_error(InternalError, _INTERNAL)
_BY_NAME = {name: error for error, name in NAMES.items()}


def outgoing(error: errors.ApplianceError) -> errors.ApplianceError:
    """Return `error` as the member of the family that has a name on the bus."""
    for ancestor in type(error).__mro__:
        if ancestor in NAMES:
            found: type[errors.ApplianceError] = ancestor
            return error if type(error) is found else found(error.message)
    return InternalError("")


def packed(error: errors.ApplianceError) -> tuple[str, str]:
    """Return an error as one of several answers in a reply: its name on the bus, and its text."""
    named = outgoing(error)
    return NAMES.get(type(named), _INTERNAL), named.message


def unpacked(name: str, text: str) -> errors.ApplianceError:
    """Return the error that `packed` has made these of."""
    return _BY_NAME.get(name, InternalError)(text)


def called(peer: str) -> str:
    """Return what people call the owner of a bus name."""
    member = BY_BUS_NAME.get(peer)
    return f"the {member.name} daemon" if member else peer


def incoming(error: SdBusBaseError, peer: str) -> errors.ApplianceError:
    """Return what a failed call to `peer` means to the caller: unless the broker forbids it, it is not there."""
    if isinstance(error, DbusAccessDeniedError):
        return errors.NotPermitted(f"{peer} may not be called by this daemon")
    return errors.Unavailable(f"{called(peer)} does not answer now")
