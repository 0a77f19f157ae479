"""The Call service of a running unit, as curl users and pages speak to it, in both of its forms."""

import importlib.util
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote_plus

import httpx
import pytest

from tests.suite import Unit, free_port

PATH = "/vapix/call"
SIMPLE, JSON = "simple", "json"
needs_stack = pytest.mark.skipif(
    importlib.util.find_spec("pjsua2") is None, reason="the SIP stack is not built here"
)


@dataclass
class Refused(Exception):
    """A fault."""

    fault: dict[str, Any]


@dataclass
class Service:
    """One client; `form` is in which form it speaks, and it compares values as texts."""

    client: httpx.Client
    form: str = JSON

    def give(self, command: str, **arguments: Any) -> Any:
        """Give a command; return the answer, with every value as text, or raise what it was refused with."""
        answer = self.sent(command, **arguments)
        content = from_lines(answer.text) if self.form == SIMPLE else as_texts(answer.json())
        if answer.status_code == 200:
            return content
        assert answer.status_code == 400, answer.text
        raise Refused(content)

    def sent(self, command: str, **arguments: Any) -> httpx.Response:
        """Give a command; return the answer as it is."""
        action = f"axcall:{command}"
        if self.form == JSON:
            return self.client.post(PATH, content=json.dumps({action: arguments}))
        query = "&".join(f"{name}={value}" for name, value in flat(arguments))
        return self.client.get(f"{PATH}?format=simple&action={action}&{query}")

    def fault(self, command: str, **arguments: Any) -> tuple[str, str, str]:
        """Give a command that has to be refused; return the three parts of the fault."""
        with pytest.raises(Refused) as refused:
            self.give(command, **arguments)
        told = refused.value.fault
        assert list(told) == ["Fault", "FaultCode", "FaultSubCode", "FaultReason", "FaultMsg"]
        return told["Fault"], told["FaultCode"], told["FaultSubCode"]

    def settings(self) -> list[Any]:
        """Return everything that can be set."""
        names = ("SIPConfiguration", "SIPAccounts", "AudioCodecs", "VMSCallConfiguration")
        dtmf = ("DTMFConfigurations", "DTMFEvents", "DTMFTriggers")
        return [self.give(f"Get{name}") for name in (*names, *dtmf)]


def flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Return arguments in the simple form."""
    before = f"{name}_" if name else ""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from flat(inner, f"{before}{key}")
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from flat(inner, f"{before}{index}")
    elif isinstance(value, str):
        yield name, f'"{quote(value)}"'
    else:
        yield name, "" if value == [] else json.dumps(value)


def from_lines(text: str) -> dict[str, Any]:
    """Return an answer in the simple form as JSON would have it, but for lists without anything."""
    whole: dict[str, Any] = {}
    for line in text.splitlines():
        name, _, value = line.partition("=")
        *outer, last = name.split("_")
        inner = whole
        for key in outer:
            inner = inner.setdefault(key, {})
        inner[last] = unquote_plus(value[1:-1]) if value.startswith('"') else value
    return {key: with_lists(value) for key, value in whole.items()}


def with_lists(value: Any) -> Any:
    """Return the same with a list where all keys are numbers."""
    if not isinstance(value, dict):
        return value
    if all(key.isdigit() for key in value):
        return [with_lists(inner) for inner in value.values()]
    return {key: with_lists(inner) for key, inner in value.items()}


def as_texts(value: Any) -> Any:
    """Return an answer in JSON with every value as text, and without lists that hold nothing."""
    match value:
        case dict():
            return {key: as_texts(inner) for key, inner in value.items() if inner != []}
        case list():
            return [as_texts(inner) for inner in value]
        case str():
            return value
        case _:
            return json.dumps(value)


def as_new(service: Service) -> None:
    """Bring all settings of SIP back to what they are out of the box."""
    service.give("SetSIPConfiguration", SIPConfiguration={}, KeepCurrent=False)
    accounts = service.client.post(PATH, json={"axcall:GetSIPAccounts": {}}).json()["SIPAccount"]
    # Only when all are gone is the one of the factory there again, as it was.
    service.give("RemoveSIPAccounts", SIPAccountId=[account["Id"] for account in accounts])
    for kind in ("Trigger", "Event"):
        asked: dict[str, Any] = {f"axcall:GetDTMF{kind}s": {}}
        found = service.client.post(PATH, json=asked).json()[f"DTMF{kind}"]
        ids = [one["Id"] for one in found]
        service.give(f"RemoveDTMF{kind}s", **{f"DTMF{kind}Id": ids})
    default = {"Id": "dtmf_config_default", "RFC2833": True, "RFC2976": True}
    service.give("SetDTMFConfiguration", DTMFConfiguration=default)
    codecs = service.client.post(PATH, json={"axcall:GetDefaultAudioCodecs": {}}).json()
    service.give("SetAudioCodecs", **codecs)
    vms = {"Enabled": False, "AudioFromNetworkToDeviceStreams": 1, "Timeout": 30}
    service.give("SetVMSCallConfiguration", VMSCallConfiguration=vms)


@contextmanager
def call_service(unit: Unit) -> Iterator[Service]:
    """Yield the service for root; its settings are as new before and after."""
    with unit.admin() as client:
        service = Service(client)
        as_new(service)
        try:
            yield service
        finally:
            service.form = JSON
            as_new(service)


def ports() -> dict[str, int]:
    """Return ports that nobody uses, for a configuration."""
    return {"SIPPort": free_port(), "SIPTLSPort": free_port()}
