"""The Call service on the whole unit: every command, in both forms, as a stranger's client gives it."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.sip_http_rig import JSON, PATH, SIMPLE, Service, as_new, call_service
from tests.contract.test_http_clients import LOGIN, curl
from tests.suite import Unit, until

INVALID = ("env:Sender", "ter:InvalidArgVal", "ter:InvalidArgVal")
NOT_FOUND = ("env:Sender", "ter:InvalidArgVal", "ter:NotFound")
MISSING = ("env:Sender", "ter:InvalidArgs", "null")
FAILED = ("env:Receiver", "ter:Action", "ter:Failure")
NOT_SUPPORTED = ("env:Receiver", "ter:ActionNotSupported", "ter:NotSupported")
THEIR_PASSWORD = "a password of theirs"


@pytest.fixture(params=[JSON, SIMPLE])
def service(unit: Unit, request: pytest.FixtureRequest) -> Iterator[Service]:
    """The service in one of its forms, its settings as new before and after."""
    with call_service(unit) as opened:
        opened.form = request.param
        yield opened


def test_the_configuration_as_it_comes_and_changes(service: Service) -> None:
    """Every documented field has its default; what is left out stays, or gets its default if that is asked for."""
    shown = service.give("GetSIPConfiguration")["SIPConfiguration"]
    documented = {
        "SIPEnabled": "false",
        "ICEEnabled": "false",
        "AllowIncomingCalls": "false",
        "TURNEnabled": "false",
        "STUNEnabled": "false",
        "ApplyUserAuthentication": "false",
        "SIPPort": "5060",
        "SIPTLSPort": "5061",
        "RTPStartPort": "4000",
        "ApplyAllowedURIs": "false",
        "ApplyAccessList": "false",
        "AccessListPolicy": "Allow",
        "CallingTimeout": "60",
    }
    assert documented.items() <= shown.items()
    changes = {
        "AllowIncomingCalls": True,
        "SIPPort": 6000,
        "STUNServers": [{"Server": "stun.example"}],
        "TURNServers": [{"Server": "turn.example:3478", "Username": "u", "Password": "p & q"}],
        "AllowedURIs": ["sip:*@example.com"],
        "Attribute": [{"Name": "MaxCallDuration", "Value": "60"}],
    }
    assert service.give("SetSIPConfiguration", SIPConfiguration=changes) == {}
    change = {"CallingTimeout": 20, "Attribute": [{"Name": "MaxCalls", "Value": "2"}]}
    assert service.give("SetSIPConfiguration", SIPConfiguration=change) == {}
    shown = service.give("GetSIPConfiguration")["SIPConfiguration"]
    assert (shown["SIPPort"], shown["CallingTimeout"]) == ("6000", "20")
    assert shown["STUNServers"] == [{"Server": "stun.example"}]
    assert shown["AccessList"] == shown["AllowedURIs"] == ["sip:*@example.com"]
    attributes = {one["Name"]: one["Value"] for one in shown["Attribute"]}
    assert (attributes["MaxCallDuration"], attributes["MaxCalls"]) == ("60", "2")
    infos = service.give("GetSupportedSIPConfigurationAttributes")["AttributeInfo"]
    assert [info["Name"] for info in infos] == list(attributes)
    assert {info["Type"] for info in infos} == {"bool", "int", "string"}
    service.give("SetSIPConfiguration", SIPConfiguration={"STUNServers": []}, KeepCurrent=True)
    assert "STUNServers" not in service.give("GetSIPConfiguration")["SIPConfiguration"]
    service.give("SetSIPConfiguration", SIPConfiguration={"SIPPort": 6000}, KeepCurrent=False)
    shown = service.give("GetSIPConfiguration")["SIPConfiguration"]
    assert (documented | {"SIPPort": "6000"}).items() <= shown.items()


@pytest.mark.covers("M-SIP-26", part="by API")
def test_accounts_are_made_changed_and_removed(service: Service) -> None:
    """One and many; a new default one takes that from the other; what is left out stays."""
    assert service.give("SetSIPAccount", SIPAccount={"UserId": "6001"})["SIPAccountId"]
    whole = {
        "UserId": "6002",
        "Password": "secure",
        "Registrar": "192.0.2.1",
        "PublicDomain": "example.axis.com",
        "CallerId": "Entrance Door",
        "IsDefault": True,
        "SIPProxies": [{"Server": "192.0.2.2", "Username": "u", "Password": "p"}],
        "Attribute": [{"Name": "AnswerAutomatically", "Value": "false"}],
    }
    ids = service.give("SetSIPAccounts", SIPAccount=[{"UserId": "6003"}, whole])["SIPAccountId"]
    assert ids[1].startswith("sip_account_")
    shown = service.give("GetSIPAccount", SIPAccountId=ids[1])["SIPAccount"]
    assert shown["Password"] == shown["SIPProxies"][0]["Password"] == "*****"
    assert shown["Attribute"] == whole["Attribute"]
    assert shown["CallerId"] == "Entrance Door"
    service.give("SetSIPAccount", SIPAccount={"Id": ids[1], "Name": "Hall"})
    service.give("SetSIPAccount", SIPAccount=shown | {"Name": "Hall"})
    assert service.give("GetSIPAccounts", SIPAccountId=[ids[1], "nobody"])["SIPAccount"] == [
        shown | {"Name": "Hall"}
    ]
    everything = service.give("GetSIPAccounts")["SIPAccount"]
    assert len(everything) == 4
    assert [one["Id"] for one in everything if one["IsDefault"] == "true"] == [ids[1]]
    statuses = service.give("GetSIPAccountStatuses")["SIPAccountStatus"]
    assert [one["SIPAccountId"] for one in statuses] == [one["Id"] for one in everything]
    status = service.give("GetSIPAccountStatus", SIPAccountId="peer-to-peer")["SIPAccountStatus"]
    assert (status["Status"], status["StatusText"]) == ("0", "SIP disabled")
    assert service.give("RemoveSIPAccount", SIPAccountId="nobody") == {}
    assert service.fault("RemoveSIPAccount", SIPAccountId=ids[1]) == FAILED
    service.give("SetSIPAccount", SIPAccount={"Id": "peer-to-peer", "IsDefault": True})
    assert service.give("RemoveSIPAccounts", SIPAccountId=ids) == {}
    assert len(service.give("GetSIPAccounts")["SIPAccount"]) == 2
    infos = service.give("GetSupportedSIPAccountAttributes")["AttributeInfo"]
    assert infos[0] == {"Name": "AnswerAutomatically", "Type": "bool", "Default": "true"}
    modes = service.give("GetSupportedMediaEncryptionModes")["MediaEncryption"]
    assert modes == ["None", "SRTPBestEffort", "SRTPMandatory"]


@pytest.mark.covers("M-SIP-44", "M-SIP-45", part="by API")
def test_keys_are_made_to_cause_events(service: Service) -> None:
    """Events, the sequences that cause them, and the accounts on which they do."""
    event = service.give("SetDTMFEvent", DTMFEvent={"Name": "stop audio"})["DTMFEventId"]
    events = service.give("SetDTMFEvents", DTMFEvent=[{"Name": "a"}, {"Name": "b"}])["DTMFEventId"]
    trigger = {"DTMFSequence": "*1#A", "DTMFEventId": event}
    first = service.give("SetDTMFTrigger", DTMFTrigger=trigger)["DTMFTriggerId"]
    second = {"DTMFSequence": "2", "DTMFEventId": events[0]}
    (other,) = service.give("SetDTMFTriggers", DTMFTrigger=[second])["DTMFTriggerId"]
    shown = service.give("GetDTMFTrigger", DTMFTriggerId=first)["DTMFTrigger"]
    assert shown == {"Id": first, **trigger}
    default = {"Id": "dtmf_config_default", "DTMFTriggerId": [first, other], "RFC2976": False}
    service.give("SetDTMFConfiguration", DTMFConfiguration=default)
    own = {"Name": "Reception", "DTMFTriggerId": [other]}
    (id_,) = service.give("SetDTMFConfigurations", DTMFConfiguration=[own])["DTMFConfigurationId"]
    assert id_.startswith("dtmf_config_")
    shown = service.give("GetDTMFConfiguration", DTMFConfigurationId="dtmf_config_default")
    assert shown["DTMFConfiguration"] == {
        "Id": "dtmf_config_default",
        "Name": "Peer-to-peer accounts",
        "DTMFTriggerId": [first, other],
        "RFC2833": "true",
        "RFC2976": "false",
    }
    assert len(service.give("GetDTMFConfigurations")["DTMFConfiguration"]) == 2
    assert service.fault("SetDTMFTrigger", DTMFTrigger=trigger) == INVALID  # the sequence is taken
    assert service.give("RemoveDTMFTrigger", DTMFTriggerId=first) == {}
    assert service.give("GetDTMFTriggers")["DTMFTrigger"] == [{"Id": other, **second}]
    assert service.give("RemoveDTMFTriggers", DTMFTriggerId=[other, "x"]) == {}
    assert service.give("RemoveDTMFConfiguration", DTMFConfigurationId=id_) == {}
    assert service.give("RemoveDTMFConfigurations", DTMFConfigurationId=["x"]) == {}
    assert service.give("GetDTMFEvent", DTMFEventId=event)["DTMFEvent"]["Name"] == "stop audio"
    assert service.give("RemoveDTMFEvent", DTMFEventId=event) == {}
    assert len(service.give("GetDTMFEvents")["DTMFEvent"]) == 2
    assert service.give("RemoveDTMFEvents", DTMFEventId=events) == {}


def test_codecs_and_calls_to_a_management_system(service: Service) -> None:
    """In the order that was sent; supported ones only."""
    supported = service.give("GetSupportedAudioCodecs")["AudioCodec"]
    names = [codec["Name"] for codec in supported]
    assert {"PCMU", "PCMA", "G722", "opus"} <= set(names)
    default = service.give("GetDefaultAudioCodecs")
    assert service.give("GetAudioCodecs") == default
    wanted = [{"Name": "PCMA"}, {"Name": "opus"}]
    assert service.give("SetAudioCodecs", AudioCodec=wanted) == {}
    chosen = service.give("GetAudioCodecs")["AudioCodec"]
    assert [codec["Name"] for codec in chosen] == ["PCMA", "opus"]
    assert service.fault("SetAudioCodecs", AudioCodec=[{"Name": "MP3"}]) == INVALID
    vms = {"Enabled": True, "Timeout": 40}
    assert service.give("SetVMSCallConfiguration", VMSCallConfiguration=vms) == {}
    shown = service.give("GetVMSCallConfiguration")["VMSCallConfiguration"]
    assert shown["AudioFromNetworkToDeviceStreams"] == "1"
    assert (shown["Enabled"], shown["Timeout"]) == ("true", "40")


def test_what_is_wrong_changes_nothing(service: Service) -> None:
    """Faults as documented, in both forms, and all settings are as before."""
    before = service.settings()
    proxy = {"Password": "p"}
    wrong: list[tuple[str, dict[str, Any], Any]] = [
        ("SetSIPConfiguration", {"SIPConfiguration": {"SIPPort": 80}}, INVALID),
        ("SetSIPConfiguration", {"SIPConfiguration": {"SIPPort": 70_000}}, INVALID),
        ("SetSIPConfiguration", {"SIPConfiguration": {"CallingTimeout": 601}}, INVALID),
        ("SetSIPConfiguration", {"SIPConfiguration": {"SIPEnabled": "perhaps"}}, INVALID),
        ("SetSIPConfiguration", {"KeepCurrent": True}, MISSING),
        ("SetSIPAccount", {"SIPAccount": {"UserId": "a", "Transport": "sctp"}}, INVALID),
        ("SetSIPAccount", {"SIPAccount": {"MediaEncryption": "SRTPMandatory"}}, INVALID),
        ("SetSIPAccounts", {"SIPAccount": [{"UserId": "a"}, {"UserId": 'a"b'}]}, INVALID),
        ("SetSIPAccount", {"SIPAccount": {"UserId": "a", "SIPProxies": [proxy]}}, MISSING),
        ("SetSIPAccount", {}, MISSING),
        ("SetDTMFTrigger", {"DTMFTrigger": {"DTMFSequence": "E"}}, INVALID),
        ("SetAudioCodecs", {}, MISSING),
        ("SetVMSCallConfiguration", {"VMSCallConfiguration": {"Timeout": "soon"}}, INVALID),
        ("RemoveSIPAccounts", {}, MISSING),
        ("GetSIPAccount", {"SIPAccountId": "nobody"}, NOT_FOUND),
        ("GetSIPAccountStatus", {"SIPAccountId": "nobody"}, NOT_FOUND),
        ("GetDTMFConfiguration", {"DTMFConfigurationId": "none"}, NOT_FOUND),
        ("GetCallStatus", {"CallId": "none"}, NOT_FOUND),
        ("TerminateCall", {"CallId": "none"}, NOT_FOUND),
        ("Call", {}, MISSING),
        ("Call", {"To": "sip:127.0.0.1"}, FAILED),  # SIP is off
        ("AnswerCall", {"CallId": "none"}, NOT_SUPPORTED),
    ]
    for command, arguments, expected in wrong:
        assert service.fault(command, **arguments) == expected, (command, arguments)
    assert service.settings() == before


def test_curl_as_the_documents_have_it(unit: Unit) -> None:
    """JSON as a form, the simple form by GET and by POST, with Digest; discovery and parameters tell of it."""
    url = f"{unit.http_url}{PATH}"
    with call_service(unit) as service:
        login = ("-g", "--anyauth", "-u", LOGIN)
        enabled = '{"axcall:SetSIPConfiguration":{"SIPConfiguration":{"AllowIncomingCalls":true}}}'
        assert curl(*login, url, "-s", "-d", enabled) == "{}"
        simple = f"{url}?format=simple&action=axcall:GetSIPConfiguration"
        assert "SIPConfiguration_AllowIncomingCalls=true" in curl(*login, simple).splitlines()
        made = "format=simple&action=axcall:SetSIPAccount&SIPAccount_UserId=door"
        id_ = curl(*login, f"{url}?{made}").removeprefix('SIPAccountId="').removesuffix('"\n')
        posted = f"action=axcall:GetSIPAccount&SIPAccountId={id_}"
        lines = curl(*login, f"{url}?format=simple", "-d", posted).splitlines()
        assert 'SIPAccount_UserId="door"' in lines
        parameters = service.client.get("/axis-cgi/param.cgi?action=list&group=Properties.API.SIP")
        assert parameters.text.splitlines() == [
            "root.Properties.API.SIP.SIP=yes",
            "root.Properties.API.SIP.Version=2.2",
        ]


def test_an_operator_calls_and_sets_nothing(unit: Unit) -> None:
    """Another site has no way at all, whatever the browser's login."""
    with call_service(unit) as service:
        account = {"user": "olga", "pwd": THEIR_PASSWORD, "grp": "users", "sgrp": "operator"}
        service.client.post("/axis-cgi/pwdgrp.cgi", data={"action": "add", **account})
        before = service.settings()
        try:
            with unit.user("olga", THEIR_PASSWORD) as client:
                operator = Service(client)
                assert operator.give("GetSIPAccounts")["SIPAccount"]
                assert operator.give("GetCallStatuses") is not None
                assert operator.fault("Call", To="sip:127.0.0.1") == FAILED
                assert client.get("/api/sip").json()["enabled"] is False
                for form in (JSON, SIMPLE):
                    operator.form = form
                    for command, arguments in (
                        ("SetSIPConfiguration", {"SIPConfiguration": {"SIPEnabled": True}}),
                        ("SetSIPAccount", {"SIPAccount": {"UserId": "x"}}),
                        ("RemoveDTMFConfiguration", {"DTMFConfigurationId": "x"}),
                        ("GetSIPConfiguration", {}),
                    ):
                        assert operator.sent(command, **arguments).status_code == 403
        finally:
            gone = {"action": "remove", "user": "olga"}
            service.client.post("/axis-cgi/pwdgrp.cgi", data=gone)
        for form in (JSON, SIMPLE):
            abroad = Service(service.client, form)
            service.client.headers["Sec-Fetch-Site"] = "cross-site"
            account = {"UserId": "x"}
            assert abroad.sent("SetSIPAccount", SIPAccount=account).status_code == 403
            del service.client.headers["Sec-Fetch-Site"]
        assert service.settings() == before


def test_a_killed_daemon_forgets_nothing_and_tells_no_secret(unit: Unit) -> None:
    """While it is away there are faults; what was acknowledged is there again; no password is read anywhere."""
    secrets = ("M4rk3r-account", "M4rk3r-proxy", "M4rk3r-relay")
    with call_service(unit) as service:
        proxy = {"Server": "192.0.2.2", "Username": "u", "Password": secrets[1]}
        account = {"UserId": "1", "Registrar": "192.0.2.1", "Password": secrets[0]}
        service.give("SetSIPAccount", SIPAccount={**account, "SIPProxies": [proxy]})
        relay = {"Server": "192.0.2.3", "Username": "u", "Password": secrets[2]}
        service.give("SetSIPConfiguration", SIPConfiguration={"TURNServers": [relay]})
        before = service.settings()
        unit.kill("sip")

        def answered() -> bool:
            answer = service.sent("GetSIPConfiguration")
            if answer.status_code != 200:
                told = answer.json()
                assert (told["Fault"], told["FaultCode"]) == ("env:Receiver", "ter:Action")
            return answer.status_code == 200

        until("it is there again", answered)
        assert service.settings() == before
        shown = repr(before)
        service.form = SIMPLE
        for command in ("GetSIPConfiguration", "GetSIPAccounts", "GetSIPAccountStatuses"):
            shown += service.sent(command).text
        shown += service.client.get("/api/sip").text
        shown += service.client.get("/axis-cgi/param.cgi?action=list").text
        shown += unit.log.read_text(errors="replace")
        assert not [secret for secret in secrets if secret in shown]
        service.form = JSON
        as_new(service)
