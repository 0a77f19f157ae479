"""`/vapix/call`: what its commands do with settings."""

import asyncio
from typing import Any

import pytest

from common.sip import HIDDEN, Account, Configuration, SipProxy, TurnServer, VmsCalls
from tests.unit.http.call_service import INVALID, ask, fault, simply
from tests.unit.http.edge import Edge

SAMPLE = {
    "SIPEnabled": False,
    "TURNServers": [],
    "STUNServers": [],
    "ICEEnabled": False,
    "AllowIncomingCalls": False,
    "TURNEnabled": False,
    "STUNEnabled": False,
    "ApplyUserAuthentication": False,
    "AllowedUsers": [],
    "SIPPort": 5060,
    "SIPTLSPort": 5061,
    "ApplyAllowedURIs": False,
    "AllowedURIs": [],
}


async def account(edge: Edge, **account: Any) -> str:
    """Set an account, and return its id."""
    id_: str = (await ask(edge, "axcall:SetSIPAccount", SIPAccount=account))["SIPAccountId"]
    return id_


async def configure(edge: Edge, keep: Any = None, **configuration: Any) -> None:
    """Set the configuration."""
    more = {} if keep is None else {"KeepCurrent": keep}
    answer = await ask(edge, "axcall:SetSIPConfiguration", SIPConfiguration=configuration, **more)
    assert answer == {}


# -- configuration -----------------------------------------------------------------------------


async def test_the_documented_samples_of_the_configuration(edge: Edge) -> None:
    """Each key of the sample is there with its value, in both forms; and the sample that enables SIP is taken."""
    shown = (await ask(edge, "axcall:GetSIPConfiguration"))["SIPConfiguration"]
    assert SAMPLE.items() <= shown.items()
    lines = await simply(edge, "axcall:GetSIPConfiguration")
    for name, value in SAMPLE.items():
        if value != []:
            assert f"SIPConfiguration_{name}={str(value).lower()}" in lines
    await configure(edge, **{**SAMPLE, "SIPEnabled": True})
    assert edge.sip.kept == Configuration(sip_enabled=True)


async def test_only_what_is_sent_is_changed(edge: Edge) -> None:
    """With `KeepCurrent`, which is the default; without it the rest gets its default, which is the daemon's to do."""
    await configure(edge, SIPPort=5070, Attribute=[{"Name": "MaxCalls", "Value": "7"}])
    await configure(edge, None, SIPEnabled="true")
    assert edge.sip.configured == [
        ({"SIPPort": 5070, "Attributes": {"MaxCalls": 7}}, True),
        ({"SIPEnabled": True}, True),
    ]
    assert await simply(edge, "axcall:SetSIPConfiguration&SIPConfiguration_SIPPort=6000") == []
    assert edge.sip.kept.sip_port == 6000
    await configure(edge, False, SIPEnabled=True)
    assert edge.sip.kept == Configuration(sip_enabled=True)


async def test_null_is_the_default(edge: Edge) -> None:
    """As the documents have it of the list's policy."""
    await configure(edge, AccessListPolicy="Block", CallingTimeout=5, AccessList=["a"])
    await configure(edge, AccessListPolicy=None, CallingTimeout=None, AccessList=None)
    assert edge.sip.kept == Configuration()


async def test_attributes_are_texts(edge: Edge) -> None:
    """Names, types and defaults can be asked for; unknown ones are ignored, as documented."""
    infos = (await ask(edge, "axcall:GetSupportedSIPConfigurationAttributes"))["AttributeInfo"]
    assert {"Name": "DisableTCPSwitch", "Type": "bool", "Default": "false"} in infos
    assert {"Name": "MaxCallDuration", "Type": "int", "Default": "3600"} in infos
    assert {"Name": "RegistrationInterval", "Type": "int", "Default": "300"} in infos
    assert {"Name": "AudioDirection", "Type": "string", "Default": "SendReceive"} in infos
    assert (await ask(edge, "axcall:GetSupportedSIPAccountAttributes"))["AttributeInfo"] == [
        {"Name": "AnswerAutomatically", "Type": "bool", "Default": "true"}
    ]
    wanted = [
        {"Name": "DisableTCPSwitch", "Value": True},
        {"Name": "MaxCallDuration", "Value": "60"},
        {"Name": "AudioDirection", "Value": "Receive"},
        {"Name": "VideoResolution", "Value": "640x480"},
    ]
    await configure(edge, Attribute=wanted)
    shown = (await ask(edge, "axcall:GetSIPConfiguration"))["SIPConfiguration"]["Attribute"]
    assert {"Name": "DisableTCPSwitch", "Value": "true"} in shown
    assert {"Name": "MaxCallDuration", "Value": "60"} in shown
    assert [one["Name"] for one in shown] == [info["Name"] for info in infos]
    await configure(edge, Attribute=[{"Name": "MaxCallDuration", "Value": None}])
    assert edge.sip.kept.attributes.max_call_duration == 3600
    assert edge.sip.kept.attributes.disable_tcp_switch


async def test_the_passwords_of_servers_are_not_shown(edge: Edge) -> None:
    """Even if the daemon did."""
    edge.sip.kept = Configuration(turn_servers=(TurnServer(server="t", password="M4rk3r"),))
    shown = (await ask(edge, "axcall:GetSIPConfiguration"))["SIPConfiguration"]
    assert shown["TURNServers"] == [{"Server": "t", "Username": "", "Password": HIDDEN}]
    lines = await simply(edge, "axcall:GetSIPConfiguration")
    assert "M4rk3r" not in "".join(lines)


async def test_the_old_access_list(edge: Edge) -> None:
    """The deprecated fields are the list of who may call."""
    await configure(edge, ApplyAllowedURIs=True, AllowedURIs=["sip:a@b"])
    kept = edge.sip.kept
    assert (kept.apply_access_list, kept.access_list) == (True, ("sip:a@b",))
    whole = (await ask(edge, "axcall:GetSIPConfiguration"))["SIPConfiguration"]
    assert (whole["ApplyAllowedURIs"], whole["AllowedURIs"]) == (True, ["sip:a@b"])
    # An old client changes its field and sends all it has read; a new client likewise.
    await configure(edge, **{**whole, "AllowedURIs": ["sip:c@d"]})
    assert edge.sip.kept.access_list == ("sip:c@d",)
    whole = (await ask(edge, "axcall:GetSIPConfiguration"))["SIPConfiguration"]
    await configure(edge, **{**whole, "AccessList": ["sip:e@f"], "AccessListPolicy": "Block"})
    assert edge.sip.kept.access_list == ("sip:e@f",)
    assert edge.sip.kept.access_list_policy == "Block"
    # Of who may not call an old client knows nothing, and leaves it alone.
    whole = (await ask(edge, "axcall:GetSIPConfiguration"))["SIPConfiguration"]
    assert (whole["ApplyAllowedURIs"], whole["AllowedURIs"]) == (False, [])
    before = edge.sip.kept
    await configure(edge, **{**SAMPLE, "SIPPort": before.sip_port})
    assert edge.sip.kept == before


# -- accounts ----------------------------------------------------------------------------------


async def test_the_documented_samples_of_accounts(edge: Edge) -> None:
    """A peer-to-peer and a registered one, in both forms."""
    assert await account(edge, UserId="6001") == "sip_account_0"
    query = "axcall:SetSIPAccount&SIPAccount_UserId=6002"
    assert await simply(edge, query) == ['SIPAccountId="sip_account_1"']
    registered = {
        "UserId": "6003",
        "Password": "secure",
        "Registrar": "192.168.0.1",
        "PublicDomain": "example.axis.com",
    }
    assert await account(edge, **registered) == "sip_account_2"
    kept = edge.sip.kept_accounts["sip_account_2"]
    assert (kept.user_id, kept.password, kept.registrar) == ("6003", "secure", "192.168.0.1")
    assert await ask(edge, "axcall:GetSIPAccountStatus", SIPAccountId="peer-to-peer") == {
        "SIPAccountStatus": {
            "SIPAccountId": "peer-to-peer",
            "SIPURI": "sip:192.168.0.90:5060",
            "IsDefault": True,
            "RegURI": "",
            "Status": 0,
            "StatusText": "Does not register",
            "FailedOver": False,
        }
    }
    assert 'SIPAccount_1_UserId="6001"' in await simply(edge, "axcall:GetSIPAccounts")


async def test_what_a_page_of_2025_sends(edge: Edge) -> None:
    """Nulls for what nobody has filled in, lists without anything, fields that mean nothing here."""
    id_ = await account(
        edge,
        Name="tests",
        UserId="speaker",
        Attribute=[],
        Enabled=True,
        IsDefault=False,
        SIPProxies=[],
        SecondarySIPProxies=[],
        DTMFConfigurationId="dtmf_config_default",
        PublicDomain=None,
        Password=None,
        StreamParameters="resolution=640x480",
        AllowMWI=False,
        Id="sip_account_1",
    )
    assert edge.sip.kept_accounts[id_] == Account(
        id="sip_account_1",
        name="tests",
        user_id="speaker",
        dtmf_configuration_id="dtmf_config_default",
    )


async def test_what_is_left_out_of_an_account_stays(edge: Edge) -> None:
    """The password too, and attributes one by one."""
    proxy = {"Server": "p", "Username": "u", "Password": "q"}
    id_ = await account(
        edge, Username="6001", Password="secret", Registrar="r", CallerId="x", SIPProxies=[proxy]
    )
    before = edge.sip.kept_accounts[id_]
    assert before.user_id == "6001"
    assert before.sip_proxies == (SipProxy(server="p", username="u", password="q"),)
    await account(edge, Id=id_, Name="Hall")
    assert edge.sip.kept_accounts[id_].name == "Hall"
    await account(
        edge,
        Id=id_,
        Name=None,
        Password=None,
        Attribute=[{"Name": "AnswerAutomatically", "Value": "false"}],
    )
    now = edge.sip.kept_accounts[id_]
    assert not now.attributes.answer_automatically
    await account(edge, Id=id_, Attribute=[])
    now = edge.sip.kept_accounts[id_]
    assert (now.name, now.password, now.registrar) == ("", "secret", "r")
    assert not now.attributes.answer_automatically
    await account(edge, Id=id_, Password=HIDDEN)
    assert edge.sip.kept_accounts[id_].password == "secret"
    await account(edge, Id=id_, Password="")
    now = edge.sip.kept_accounts[id_]
    assert (now.password, now.registrar) == ("", "r")


async def test_two_clients_at_once_take_nothing_back(
    edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each changes a field of the same account."""
    accounts = edge.sip.accounts

    async def slowly() -> str:
        shown = await accounts()
        await asyncio.sleep(0)
        return shown

    monkeypatch.setattr(edge.sip, "accounts", slowly)
    id_ = await account(edge, UserId="a")
    await asyncio.gather(account(edge, Id=id_, Name="Hall"), account(edge, Id=id_, CallerId="x"))
    kept = edge.sip.kept_accounts[id_]
    assert (kept.name, kept.caller_id) == ("Hall", "x")


async def test_no_password_of_an_account_is_shown(edge: Edge) -> None:
    """Whether there is one is; what was read can be sent back."""
    await account(edge, UserId="a", Password="M4rk3r")
    await account(edge, UserId="b")
    shown = (await ask(edge, "axcall:GetSIPAccounts"))["SIPAccount"]
    assert [one["Password"] for one in shown] == ["", HIDDEN, ""]
    assert "M4rk3r" not in "".join(await simply(edge, "axcall:GetSIPAccounts"))
    await ask(edge, "axcall:SetSIPAccounts", SIPAccount=shown)
    assert edge.sip.kept_accounts["sip_account_0"].password == "M4rk3r"


async def test_many_are_got_and_removed_whatever_their_ids(edge: Edge) -> None:
    """Unknown ids are ignored, a single one that is unknown is removed silently."""
    for user in ("a", "b"):
        await account(edge, UserId=user)
    wanted = ["sip_account_1", "nobody"]
    shown = (await ask(edge, "axcall:GetSIPAccounts", SIPAccountId=wanted))["SIPAccount"]
    assert [one["Id"] for one in shown] == ["sip_account_1"]
    lines = await simply(edge, "axcall:GetSIPAccounts&SIPAccountId_0=sip_account_0")
    assert 'SIPAccount_0_Id="sip_account_0"' in lines
    assert not any(line.startswith("SIPAccount_1") for line in lines)
    (status,) = (await ask(edge, "axcall:GetSIPAccountStatuses", SIPAccountId=wanted))[
        "SIPAccountStatus"
    ]
    assert status["SIPAccountId"] == "sip_account_1"
    assert await ask(edge, "axcall:RemoveSIPAccount", SIPAccountId="nobody") == {}
    assert await ask(edge, "axcall:RemoveSIPAccounts", SIPAccountId=wanted) == {}
    assert list(edge.sip.kept_accounts) == ["peer-to-peer", "sip_account_0"]


async def test_a_list_with_one_mistake_changes_nothing(edge: Edge) -> None:
    """All or none."""
    accounts = [{"UserId": "a"}, {"UserId": "b", "Transport": "x"}]
    assert await fault(edge, "axcall:SetSIPAccounts", SIPAccount=accounts) == INVALID
    assert edge.sip.untouched


# -- the rest ----------------------------------------------------------------------------------


async def test_dtmf_is_set_up_as_the_documents_do(edge: Edge) -> None:
    """An event, a sequence for it, and the sequence on the default configuration."""
    event = (await ask(edge, "axcall:SetDTMFEvent", DTMFEvent={"Name": "stop audio"}))[
        "DTMFEventId"
    ]
    trigger = {"DTMFSequence": "*1#", "DTMFEventId": event}
    trigger_id = (await ask(edge, "axcall:SetDTMFTrigger", DTMFTrigger=trigger))["DTMFTriggerId"]
    changed = {"Id": "dtmf_config_default", "DTMFTriggerId": [trigger_id], "RFC2976": False}
    answer = await ask(edge, "axcall:SetDTMFConfiguration", DTMFConfiguration=changed)
    assert answer == {"DTMFConfigurationId": "dtmf_config_default"}
    assert (await ask(edge, "axcall:GetDTMFConfigurations"))["DTMFConfiguration"] == [
        {
            "Id": "dtmf_config_default",
            "Name": "Peer-to-peer accounts",
            "DTMFTriggerId": [trigger_id],
            "RFC2833": True,
            "RFC2976": False,
        }
    ]
    lines = await simply(edge, f"axcall:GetDTMFTrigger&DTMFTriggerId={trigger_id}")
    assert lines == [
        f'DTMFTrigger_Id="{trigger_id}"',
        'DTMFTrigger_DTMFSequence="%2A1%23"',
        f'DTMFTrigger_DTMFEventId="{event}"',
    ]
    await ask(edge, "axcall:SetDTMFTriggers", DTMFTrigger=[{"Id": trigger_id, "DTMFSequence": "2"}])
    assert edge.sip.kept_dtmf["trigger"][trigger_id].dtmf_event_id == event
    await ask(edge, "axcall:RemoveDTMFTrigger", DTMFTriggerId=trigger_id)
    await ask(edge, "axcall:RemoveDTMFEvents", DTMFEventId=[event, "x"])
    assert (await ask(edge, "axcall:GetDTMFTriggers")) == {"DTMFTrigger": []}
    assert (await ask(edge, "axcall:GetDTMFEvents")) == {"DTMFEvent": []}


async def test_codecs_in_order(edge: Edge) -> None:
    """The factory's as long as nobody has chosen; what a codec does not have is left out."""
    opus, pcmu = {"Name": "opus", "SampleRate": 48_000}, {"Name": "PCMU", "SampleRate": 8000}
    assert await ask(edge, "axcall:GetSupportedAudioCodecs") == {"AudioCodec": [opus, pcmu]}
    for command in ("GetDefaultAudioCodecs", "GetAudioCodecs"):
        assert await ask(edge, f"axcall:{command}") == {"AudioCodec": [opus]}
    wanted = [{"Name": "PCMU"}, {**opus, "Options": None}]
    assert await ask(edge, "axcall:SetAudioCodecs", AudioCodec=wanted) == {}
    assert await ask(edge, "axcall:GetAudioCodecs") == {"AudioCodec": [{"Name": "PCMU"}, opus]}
    simple = "axcall:SetAudioCodecs&AudioCodec_0_Name=opus&AudioCodec_0_SampleRate=48000"
    assert await simply(edge, simple) == []
    assert await ask(edge, "axcall:GetAudioCodecs") == {"AudioCodec": [opus]}


async def test_calls_to_a_management_system(edge: Edge) -> None:
    """A negative number of streams is none, as documented; what is left out stays."""
    shown = await ask(edge, "axcall:GetVMSCallConfiguration")
    assert shown["VMSCallConfiguration"] == {
        "Enabled": False,
        "AudioFromDeviceToNetworkStreams": 0,
        "AudioFromNetworkToDeviceStreams": 1,
        "VideoFromDeviceToNetworkStreams": 0,
        "Timeout": 30,
    }
    changes = {"Enabled": True, "VideoFromDeviceToNetworkStreams": -1}
    assert await ask(edge, "axcall:SetVMSCallConfiguration", VMSCallConfiguration=changes) == {}
    assert edge.sip.kept_vms == VmsCalls(enabled=True)


async def test_a_call_from_begin_to_end(edge: Edge) -> None:
    """Placed by an operator, seen, ended."""
    answer = await ask(edge, "axcall:Call", "oscar", To="sip:192.168.0.2", SIPAccountId="")
    call = answer["CallId"]
    assert edge.sip.placed == [("sip:192.168.0.2", "")]
    status = (await ask(edge, "axcall:GetCallStatus", "oscar", CallId=call))["CallStatus"]
    assert status["CallState"] == "Active"
    assert (status["RemoteURI"], status["DeviceURI"]) == ("sip:192.168.0.2", "sip:192.168.0.90")
    assert "StopTime" not in status
    choices: list[dict[str, Any]] = [
        {},
        {"CallId": []},
        {"CallId": [call, "x"]},
        {"CallId": call},
    ]
    for ids in choices:
        assert (await ask(edge, "axcall:GetCallStatuses", "oscar", **ids)) == {
            "CallStatus": [status]
        }
    assert await ask(edge, "axcall:TerminateCall", "oscar", CallId=call) == {}
    assert edge.sip.terminated == [call]


@pytest.mark.parametrize("built", [True, False])
async def test_what_the_service_can_do(edge: Edge, built: bool) -> None:
    """Nothing where the stack was not built."""
    edge.sip.built = built
    names = ("SIP", "DTMF", "AudioCodec", "MediaEncryption", "Certificate", "Attribute")
    capabilities = (await ask(edge, "axcall:GetServiceCapabilities"))["Capabilities"]
    assert capabilities == dict.fromkeys(names, built)
    assert await ask(edge, "axcall:GetSupportedMediaEncryptionModes") == {
        "MediaEncryption": ["None", "SRTPBestEffort", "SRTPMandatory"]
    }
    lines = await simply(edge, "axcall:GetSupportedMediaEncryptionModes")
    assert lines[1] == 'MediaEncryption_1="SRTPBestEffort"'
