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


for _error, _name in NAMES.items():
    map_exception_to_dbus_error(_error, _name)
map_exception_to_dbus_error(InternalError, "org.c8210.Error.Internal")


def outgoing(error: errors.ApplianceError) -> errors.ApplianceError:
    """Return `error` as the member of the family that has a name on the bus."""
    for ancestor in type(error).__mro__:
        if ancestor in NAMES:
            found: type[errors.ApplianceError] = ancestor
            return error if type(error) is found else found(error.message)
    return InternalError("")


def called(peer: str) -> str:
    """Return what people call the owner of a bus name."""
    member = BY_BUS_NAME.get(peer)
    return f"the {member.name} daemon" if member else peer


def incoming(error: SdBusBaseError, peer: str) -> errors.ApplianceError:
    """Return what a failed call to `peer` means to the caller: unless the broker forbids it, it is not there."""
    if isinstance(error, DbusAccessDeniedError):
        return errors.NotPermitted(f"{peer} may not be called by this daemon")
    return errors.Unavailable(f"{called(peer)} does not answer now")
