"""The error codes of JSON APIs, by family (VAPIX page 1.4; the letters are those of the conventions page)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from common import errors


class Fault(Enum):
    """What can be wrong with a JSON request before anything is done."""

    INTERNAL = "Internal error"
    BAD_VALUE = "Invalid parameter value specified"
    FORBIDDEN = "Access forbidden"
    NOT_POST = "HTTP request type not supported"
    VERSION = "The requested API version is not supported by this implementation"
    METHOD = "The requested method is not supported"
    BAD_JSON = "Invalid JSON"
    MISSING = "Required parameter missing or invalid"
    TOO_LARGE = "The request body is too large"


class ApiFault(Exception):
    """An error object as the answer."""

    def __init__(self, fault: Fault, message: str = "") -> None:
        self.fault = fault
        self.message = message or fault.value
        super().__init__(self.message)


@dataclass(frozen=True)
class Family:
    """One table of codes."""

    codes: Mapping[Fault, int]
    errors: Mapping[type[errors.ApplianceError], int]
    """Codes of the suite's own errors; an API adds those of its own to it."""

    def with_errors(self, **codes: int) -> "Family":
        """Return this family with codes of one API; each is named after an error of the suite."""
        own = {getattr(errors, name): code for name, code in codes.items()}
        return Family(self.codes, {**self.errors, **own})

    def with_codes(self, codes: Mapping[Fault, int]) -> "Family":
        """Return this family with other codes for some faults."""
        return Family({**self.codes, **codes}, self.errors)


def _family(internal: int, bad_value: int, forbidden: int, **codes: int) -> Family:
    named = {Fault[name.upper()]: code for name, code in codes.items()}
    return Family(
        {
            Fault.INTERNAL: internal,
            Fault.BAD_VALUE: bad_value,
            Fault.FORBIDDEN: forbidden,
            **named,
        },
        {
            errors.ApplianceError: internal,
            errors.InvalidValue: bad_value,
            errors.NotFound: bad_value,
            errors.NotPermitted: forbidden,
        },
    )


FIRST_GENERATION = _family(
    8000,
    1000,
    2001,
    not_post=2002,
    version=2003,
    method=2004,
    bad_json=4000,
    missing=4002,
    too_large=4000,
)
"""Family E: apidiscovery, basicdeviceinfo."""

SECOND_GENERATION = _family(
    1100,
    2104,
    2105,
    not_post=2107,
    version=2100,
    method=2102,
    bad_json=2101,
    missing=2103,
    too_large=2106,
)
"""Family B: most newer APIs."""

SYSTEMREADY = Family(dict.fromkeys(Fault, 1000), {errors.ApplianceError: 1000})
"""Family D: systemready knows internal errors only."""
