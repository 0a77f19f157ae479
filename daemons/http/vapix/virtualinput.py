"""`virtualinput/activate.cgi` and its like: inputs without a terminal, and `io/virtualinput.cgi` (VAPIX page 7.4).

Where VAPIX leaves it open: the duration may have decimals; with several things wrong the code is that of the schema
version first, then of the port, then of the duration.
"""

import re
from typing import Final

from starlette.responses import Response

from common.errors import ApplianceError, InvalidValue, NotFound
from common.params.kinds import Access
from daemons.http.call import Call
from daemons.http.forms import Arguments
from daemons.http.vapix.cgi import GET_OR_POST, CgiApi
from daemons.http.vapix.xml_answer import element, xml

SCHEMA_VERSION: Final = "1.1"
STAYS: Final = -1.0
_NAMESPACE: Final = "http://www.axis.com/vapix/http_cgi/virtualinput1"
_DURATION: Final = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,6})?")
_NUMBER: Final = re.compile(r"[0-9]{1,9}")
_MISSING, _NO_INPUT, _SCHEMA, _INTERNAL, _BAD_DURATION = 10, 20, 30, 40, 50


class _Refused(ApplianceError):
    """One of the errors of this API."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def _answer(content: str) -> Response:
    return xml("VirtualInputResponse", _NAMESPACE, f"{_NAMESPACE}_0.xsd", SCHEMA_VERSION, content)


def _failure(error: ApplianceError) -> Response:
    match error:
        case _Refused():
            code = error.code
        case NotFound():
            code = _NO_INPUT
        case InvalidValue():
            code = _BAD_DURATION
        case _:
            code = _INTERNAL
    told = element("ErrorCode", code) + element("ErrorDescription", error.message)
    return _answer(f"<Error><GeneralError>{told}</GeneralError></Error>")


def _api(what: str, name: str) -> CgiApi:
    return CgiApi(
        f"/axis-cgi/virtualinput/{what}.cgi",
        name=name,
        access=Access.OPERATOR,
        methods=GET_OR_POST,
        version=SCHEMA_VERSION,
        failure=_failure,
    )


activate_api = _api("activate", "Activate virtual input")
deactivate_api = _api("deactivate", "Deactivate virtual input")
schema_versions_api = _api("getschemaversions", "Virtual input schema versions")


@activate_api.only(
    access=Access.OPERATOR, changes=True, parameters=("schemaversion", "port", "duration")
)
async def activate(call: Call, arguments: Arguments) -> Response:
    """Activate a virtual input for good, for a number of seconds, or as a pulse (0)."""
    number = _number(arguments)
    changed = await call.unit.ioports.set_virtual_input(number, True, _duration_s(arguments))
    return _changed("ActivateSuccess", changed)


@deactivate_api.only(access=Access.OPERATOR, changes=True, parameters=("schemaversion", "port"))
async def deactivate(call: Call, arguments: Arguments) -> Response:
    """Deactivate a virtual input."""
    changed = await call.unit.ioports.set_virtual_input(_number(arguments), False, STAYS)
    return _changed("DeactivateSuccess", changed)


@schema_versions_api.only(access=Access.OPERATOR, changes=False)
async def get_schema_versions(_call: Call, _arguments: Arguments) -> Response:
    """Return the versions of the schema."""
    major, minor = SCHEMA_VERSION.split(".")
    told = (
        element("MajorVersion", major)
        + element("MinorVersion", minor)
        + element("Deprecated", "false")
    )
    version = f"<SchemaVersion>{told}</SchemaVersion>"
    return _answer(
        f"<Success><GetSchemaVersionsSuccess>{version}</GetSchemaVersionsSuccess></Success>"
    )


def _changed(name: str, changed: bool) -> Response:
    told = element("StateChanged", "true" if changed else "false")
    return _answer(f"<Success><{name}>{told}</{name}></Success>")


def _number(arguments: Arguments) -> int:
    """Return the number of the input; that there is none of it is for its owner to say."""
    for name in ("schemaversion", "port"):
        if not arguments.get(name):
            raise _Refused(_MISSING, f"{name} must be specified")
    schema, number = arguments["schemaversion"], arguments["port"]
    if schema != SCHEMA_VERSION.partition(".")[0]:
        raise _Refused(_SCHEMA, f"there is no schema version {schema[:32]}")
    if not _NUMBER.fullmatch(number):
        raise _Refused(_NO_INPUT, f"there is no virtual input {number[:32]}")
    return int(number)


def _duration_s(arguments: Arguments) -> float:
    if "duration" not in arguments:
        return STAYS
    given = arguments["duration"]
    if not _DURATION.fullmatch(given):
        raise _Refused(_BAD_DURATION, "the duration must be a number of seconds")
    return float(given)
