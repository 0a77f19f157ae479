"""`ssh.cgi`: whether the SSH server is on (VAPIX sys-users-security, section 8)."""

from typing import Final

import msgspec

from common.errors import InvalidValue
from common.params.kinds import Access
from daemons.http.call import Call
from daemons.http.vapix.families import NETWORK, ApiFault, Fault
from daemons.http.vapix.json_api import JsonApi, NoData, NoParameters

PARAMETER: Final = "Network.SSH.Enabled"

api = JsonApi(
    "/axis-cgi/ssh.cgi", id="ssh", name="SSH", version="1.0", family=NETWORK, access=Access.ADMIN
)


class SshInfo(msgspec.Struct):
    """The answer of `getSshInfo`."""

    enabled: bool


class SshConfiguration(msgspec.Struct):
    """What `setSshConfiguration` sets."""

    enabled: bool | msgspec.UnsetType = msgspec.UNSET


@api.method("getSshInfo", access=Access.ADMIN, changes=False)
async def get_ssh_info(call: Call, _parameters: NoParameters) -> SshInfo:
    """Return whether SSH is on."""
    found = await call.unit.reading.select([PARAMETER], int(call.access))
    values = dict(pair for _known, pairs in found for pair in pairs)
    return SshInfo(values.get(PARAMETER) == "yes")


@api.method("setSshConfiguration", access=Access.ADMIN, changes=True)
async def set_ssh_configuration(call: Call, wanted: SshConfiguration) -> NoData:
    """Switch SSH on or off."""
    if isinstance(wanted.enabled, msgspec.UnsetType):
        raise ApiFault(Fault.MISSING)
    changes = {PARAMETER: "yes" if wanted.enabled else "no"}
    _revision, refused = await call.unit.params.update(changes, int(call.access), call.who, True)
    if refused:
        raise InvalidValue(refused[PARAMETER])
    return NoData()
