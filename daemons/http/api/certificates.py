"""`/api/certificates`: what certificates say, and who uses them; `/config/rest/cert` has no words for that."""

from typing import Final

import msgspec
from starlette.responses import Response

from common.certificates import Certificate
from common.params.kinds import Access
from daemons.http.api.rest import Resource, json
from daemons.http.call import Call

certificates = Resource("/api/certificates", frozenset({"GET"}), access=Access.ADMIN)
preinstalled = Resource("/api/certificates/preinstalled", frozenset({"GET"}), access=Access.ADMIN)

_CERTIFICATES: Final = msgspec.json.Decoder(list[Certificate])


@certificates.on("GET", access=Access.ADMIN, changes=False)
async def describe(call: Call) -> Response:
    """Return what is installed, and the unit's own: subject, issuer, times, key, names, users."""
    return json(_CERTIFICATES.decode(await call.unit.certificates.certificates()))


@preinstalled.on("GET", access=Access.ADMIN, changes=False)
async def describe_preinstalled(call: Call) -> Response:
    """Return the authorities that the unit came with, without the certificates themselves."""
    found = _CERTIFICATES.decode(await call.unit.certificates.preinstalled())
    return json([msgspec.structs.replace(each, certificate="") for each in found])
