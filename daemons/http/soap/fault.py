"""SOAP faults, in the forms that a real unit was recorded with (VAPIX events page 5.1)."""

from common import errors
from common.errors import ApplianceError, InvalidValue
from daemons.http.problems import problem_of
from daemons.http.soap import writer

STATUS = 400
"""Of the answer that carries a fault, whoever is to blame."""


class SoapFault(ApplianceError):
    """A fault as the answer."""

    def __init__(
        self,
        reason: str,
        *,
        detail: str = "",
        sub_code: str | None = None,
        code: str = "SOAP-ENV:Sender",
    ) -> None:
        """`detail` is XML with the prefixes of `names`, `sub_code` a qualified name."""
        super().__init__(reason)
        self.reason = reason
        self.detail = detail
        self.sub_code = sub_code
        self.code = code

    def as_body(self) -> str:
        """Return the element."""
        code = writer.text("SOAP-ENV:Value", self.code)
        if self.sub_code is not None:
            code += writer.element("SOAP-ENV:Subcode", writer.text("SOAP-ENV:Value", self.sub_code))
        parts = [
            writer.element("SOAP-ENV:Code", code),
            writer.element(
                "SOAP-ENV:Reason",
                writer.text("SOAP-ENV:Text", self.reason, {"xml:lang": "en"}),
            ),
        ]
        if self.detail:
            parts.append(writer.element("SOAP-ENV:Detail", self.detail))
        return writer.element("SOAP-ENV:Fault", *parts)


def of_error(error: ApplianceError) -> SoapFault:
    """Return what an error of the suite is to a SOAP client, where an operation says nothing better of it."""
    if isinstance(error, SoapFault):
        return error
    if isinstance(error, InvalidValue | errors.NotFound):
        return SoapFault(error.message, sub_code="ter:InvalidArgVal")
    message = problem_of(error).message
    return SoapFault(message, sub_code="ter:Action", code="SOAP-ENV:Receiver")


def malformed(why: str) -> SoapFault:
    """Return the fault of a message that is no SOAP, or not well-formed."""
    return SoapFault(why, sub_code="ter:WellFormed")


def invalid(violation: str) -> SoapFault:
    """Return the fault of a message that is not as the schema has it."""
    told = writer.text("SOAP-ENV:Text", f"Validation constraint violation: {violation}")
    return SoapFault("Invalid argument", sub_code="ter:InvalidArgs", detail=told)


def occurrence(name: str) -> SoapFault:
    """Return the fault of an element that lacks something, or has it too often."""
    return invalid(f"occurrence violation in element {name}")
