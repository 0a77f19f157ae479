"""The error codes of JSON APIs, by family (VAPIX page 1.4; the letters are those of the conventions page)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from common import errors
from common.errors import ApplianceError, nearest


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
    UNKNOWN = "Unknown parameter"


class ApiFault(Exception):
    """An error object as the answer."""

    def __init__(
        self,
        fault: Fault,
        message: str = "",
        *,
        details: Mapping[str, str] | None = None,
        others: Sequence["ApiFault"] = (),
        code: int | None = None,
    ) -> None:
        """`details` say what in the request is at fault; `others` are further faults of the same request.

        `code` is one that the API has for this alone.
        """
        self.fault = fault
        self.message = message
        """What is wrong in this request; empty where there is nothing to say but what the family says."""
        self.details = details
        self.others = others
        self.code = code
        super().__init__(message or fault.value)


@dataclass(frozen=True)
class Family:
    """One table of codes."""

    codes: Mapping[Fault, int]
    errors: Mapping[type[errors.ApplianceError], int]
    """Codes of the suite's own errors; an API adds those of its own to it."""
    words: Mapping[Fault, str] = field(default_factory=dict)
    """How faults are called where that is documented."""

    def message_of(self, fault: ApiFault) -> str:
        """Return what is said of a fault."""
        return fault.message or self.words.get(fault.fault, fault.fault.value)

    def code_of(self, error: ApplianceError) -> int:
        """Return the code of an error of the suite."""
        return nearest(self.errors, error) or self.codes[Fault.INTERNAL]

    def with_errors(self, **codes: int) -> "Family":
        """Return this family with codes of one API; each is named after an error of the suite."""
        own = {getattr(errors, name): code for name, code in codes.items()}
        return replace(self, errors={**self.errors, **own})

    def with_codes(self, codes: Mapping[Fault, int]) -> "Family":
        """Return this family with other codes for some faults."""
        return replace(self, codes={**self.codes, **codes})


def _family(internal: int, bad_value: int, forbidden: int, **codes: int) -> Family:
    named = {Fault[name.upper()]: code for name, code in codes.items()}
    return Family(
        {
            Fault.INTERNAL: internal,
            Fault.BAD_VALUE: bad_value,
            Fault.FORBIDDEN: forbidden,
            Fault.UNKNOWN: bad_value,
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

AUDIO = replace(
    SECOND_GENERATION.with_codes({Fault.TOO_LARGE: 2107}),  # 2106 is a failed login here
    words={
        Fault.VERSION: "The requested API version is not supported.",
        Fault.BAD_JSON: "The provided JSON input was invalid.",
        Fault.FORBIDDEN: "Authorization failed.",
    },
)
"""Family B with the words of VAPIX page 6.1, where there is nothing better to say."""

NETWORK = replace(
    _family(
        1000,
        4004,
        4002,
        not_post=2000,
        version=4001,
        method=4000,
        bad_json=3000,
        missing=4003,
        too_large=2001,
    ),
    words={Fault.MISSING: "Missing parameter(s)"},
)
"""Family A: the network's settings, time, ssh."""

SYSTEMREADY = Family(dict.fromkeys(Fault, 1000), {errors.ApplianceError: 1000})
"""Family D: systemready knows internal errors only."""
