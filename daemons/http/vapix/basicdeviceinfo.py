"""`basicdeviceinfo.cgi`: who the unit is (VAPIX page 10.2). Success replies carry no `method`."""

import msgspec

from common.params.kinds import Access
from daemons.http.call import Call
from daemons.http.vapix.families import FIRST_GENERATION, ApiFault, Fault
from daemons.http.vapix.json_api import JsonApi, NoParameters

api = JsonApi(
    "/axis-cgi/basicdeviceinfo.cgi",
    id="basic-device-info",
    name="Basic Device Information",
    version="1.3",
    family=FIRST_GENERATION,
    access=Access.ANYBODY,
    echoes_method=False,
)

_UNRESTRICTED = {
    "Brand": "Brand.Brand",
    "BuildDate": "Properties.Firmware.BuildDate",
    "HardwareID": "Properties.System.HardwareID",
    "ProdFullName": "Brand.ProdFullName",
    "ProdNbr": "Brand.ProdNbr",
    "ProdShortName": "Brand.ProdShortName",
    "ProdType": "Brand.ProdType",
    "ProdVariant": "Brand.ProdVariant",
    "SerialNumber": "Properties.System.SerialNumber",
    "Version": "Properties.Firmware.Version",
    "WebURL": "Brand.WebURL",
}
_RESTRICTED = {
    "Architecture": "Properties.System.Architecture",
    "Soc": "Properties.System.Soc",
    "SocSerialNumber": "Properties.System.SocSerialNumber",
}
_ALL = _UNRESTRICTED | _RESTRICTED
_GROUPS = ["Brand", "Properties.Firmware", "Properties.System"]


class Wanted(msgspec.Struct):
    """The properties asked for by name."""

    names: list[str] = msgspec.field(name="propertyList")


class PropertyList(msgspec.Struct):
    """Property -> value."""

    properties: dict[str, str] = msgspec.field(name="propertyList")


@api.method("getAllProperties", access=Access.OPERATOR, changes=False)
async def get_all_properties(call: Call, _parameters: NoParameters) -> PropertyList:
    """Return every property."""
    return PropertyList(await _values(call, _ALL))


@api.method("getProperties", access=Access.OPERATOR, changes=False)
async def get_properties(call: Call, wanted: Wanted) -> PropertyList:
    """Return the properties asked for."""
    for name in wanted.names:
        if name not in _ALL:
            raise ApiFault(Fault.BAD_VALUE, f"Property not supported: {name[:64]}")
    return PropertyList(await _values(call, {name: _ALL[name] for name in wanted.names}))


@api.method("getAllUnrestrictedProperties", access=Access.ANYBODY, changes=False)
async def get_all_unrestricted_properties(call: Call, _parameters: NoParameters) -> PropertyList:
    """Return the properties that need no login."""
    return PropertyList(await _values(call, _UNRESTRICTED))


async def _values(call: Call, parameters: dict[str, str]) -> dict[str, str]:
    found = await call.unit.reading.select(_GROUPS, int(Access.INTERNAL))
    values = dict(pair for _known, pairs in found for pair in pairs)
    return {name: values.get(parameter, "") for name, parameter in parameters.items()}
