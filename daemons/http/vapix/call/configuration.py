"""The settings of all of SIP, of the codecs, and of calls to a video management system."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, get_args

import msgspec

from common.params.kinds import Access
from common.sip import (
    AccountAttributes,
    AudioCodec,
    Codecs,
    Configuration,
    ConfigurationAttributes,
    Encryption,
    VmsCalls,
)
from daemons.http.call import Call
from daemons.http.vapix.call import fields, old_access_list, wire
from daemons.http.vapix.call.endpoint import api

_Answer = Mapping[str, Any]

_CONFIGURATION: Final = msgspec.json.Decoder(Configuration)
_CODECS: Final = msgspec.json.Decoder(Codecs)
_VMS: Final = msgspec.json.Decoder(VmsCalls)


@api.command("GetSIPConfiguration", access=Access.ADMIN, changes=False)
async def get_configuration(call: Call) -> _Answer:
    """Return the configuration."""
    configuration = await _configuration(call)
    shown = {**wire.shown(configuration), **old_access_list.shown(configuration)}
    return {"SIPConfiguration": shown}


@api.command("SetSIPConfiguration", access=Access.ADMIN, changes=True)
async def set_configuration(call: Call, arguments: Mapping[str, Any]) -> _Answer:
    """Change the configuration; what is left out stays with `KeepCurrent`, else it gets its default."""
    given = fields.structure(arguments, "SIPConfiguration")
    keep_current = fields.truth(arguments, "KeepCurrent", True)
    changes = wire.only_sent(Configuration, given)
    if old_access_list.is_in(given):
        now = await _configuration(call)
        changes = old_access_list.taken_over(changes, given, now, keep_current)
    await call.unit.sip.configure(msgspec.json.encode(changes).decode(), keep_current)
    return {}


@api.command("GetSupportedSIPConfigurationAttributes", access=Access.ADMIN, changes=False)
async def get_configuration_attributes(_call: Call) -> _Answer:
    """Return which attributes the configuration has."""
    return {"AttributeInfo": wire.attribute_infos(ConfigurationAttributes)}


@api.command("GetSupportedSIPAccountAttributes", access=Access.ADMIN, changes=False)
async def get_account_attributes(_call: Call) -> _Answer:
    """Return which attributes an account has."""
    return {"AttributeInfo": wire.attribute_infos(AccountAttributes)}


@api.command("GetSupportedMediaEncryptionModes", access=Access.ADMIN, changes=False)
async def get_encryption_modes(_call: Call) -> _Answer:
    """Return how the sound of calls can be encrypted."""
    return {"MediaEncryption": list(get_args(Encryption))}


# -- codecs ------------------------------------------------------------------------------------


@api.command("GetSupportedAudioCodecs", access=Access.ADMIN, changes=False)
async def get_supported_codecs(call: Call) -> _Answer:
    """Return the codecs that there are."""
    return _listed((await _codecs(call)).supported)


@api.command("GetDefaultAudioCodecs", access=Access.ADMIN, changes=False)
async def get_default_codecs(call: Call) -> _Answer:
    """Return the codecs in the order of the factory."""
    return _listed((await _codecs(call)).default)


@api.command("GetAudioCodecs", access=Access.ADMIN, changes=False)
async def get_codecs(call: Call) -> _Answer:
    """Return the codecs in use, the one to prefer first."""
    codecs = await _codecs(call)
    return _listed(codecs.chosen or codecs.default)


@api.command("SetAudioCodecs", access=Access.ADMIN, changes=True)
async def set_codecs(call: Call, arguments: Mapping[str, Any]) -> _Answer:
    """Use these codecs in this order."""
    given = fields.structures(arguments, "AudioCodec")
    codecs = [wire.merged(AudioCodec, None, one) for one in given]
    await call.unit.sip.choose_codecs(msgspec.json.encode(codecs).decode())
    return {}


def _listed(codecs: Sequence[AudioCodec]) -> _Answer:
    """Return codecs; what a codec does not have is left out, as it is optional."""
    return {
        "AudioCodec": [
            {name: value for name, value in wire.shown(codec).items() if value not in ("", None)}
            for codec in codecs
        ]
    }


# -- calls to a video management system --------------------------------------------------------


@api.command("GetVMSCallConfiguration", access=Access.ADMIN, changes=False)
async def get_vms_calls(call: Call) -> _Answer:
    """Return when a video management system counts as having answered."""
    return {"VMSCallConfiguration": _VMS.decode(await call.unit.sip.vms_calls())}


@api.command("SetVMSCallConfiguration", access=Access.ADMIN, changes=True)
async def set_vms_calls(call: Call, arguments: Mapping[str, Any]) -> _Answer:
    """Change when a video management system counts as having answered."""
    given = fields.structure(arguments, "VMSCallConfiguration")
    async with call.unit.sip_changes:
        now = _VMS.decode(await call.unit.sip.vms_calls())
        wanted = wire.merged(VmsCalls, now, {name: _threshold(name, given[name]) for name in given})
        await call.unit.sip.configure_vms_calls(msgspec.json.encode(wanted).decode())
    return {}


def _threshold(name: str, value: Any) -> Any:
    """Return a number of streams; a negative one means none, as the documents have it."""
    return max(value, 0) if name.endswith("Streams") and type(value) is int else value


async def _configuration(call: Call) -> Configuration:
    return _CONFIGURATION.decode(await call.unit.sip.configuration())


async def _codecs(call: Call) -> Codecs:
    return _CODECS.decode(await call.unit.sip.codecs())
