"""The form of what is put into the unit by the action service, before the events daemon judges its meaning."""

from typing import TypeVar

import msgspec

from common.rules import Form
from daemons.http.soap.fault import invalid

_Form = TypeVar("_Form", bound=Form)


def as_json(form: _Form) -> str:
    """Return it for the bus; a `SoapFault` when it is longer than there is room for."""
    encoded = msgspec.json.encode(form)
    try:
        msgspec.json.decode(encoded, type=type(form))
    except msgspec.ValidationError as error:
        raise invalid(f"{error}") from None
    return encoded.decode()
