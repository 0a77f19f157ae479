"""`cert`: the certificates of the unit, and whom it believes (VAPIX sys-users-security page 4b).

A private key goes in and never comes out. Beyond the reference, an alias consists of what stands in a path without
escapes, `ca_certificates` has the pre-installed authorities, too, a private key may be encrypted with a `passphrase`,
and one that is in use cannot be removed.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final, TypeVar

import msgspec

from common.certificates import KEYSTORE, Certificate, NewKey
from common.errors import Conflict, InvalidValue, NotFound
from common.params.kinds import Access
from daemons.http.call import Call
from daemons.http.problems import Problem
from daemons.http.vapix.config.frame import APIS, ConfigApi

Parts = Mapping[str, str]
_Shape = TypeVar("_Shape")

_READ: Final = {"roles": ["admin", "operator", "viewer"]}
_WRITE: Final = {"roles": ["admin"]}


def _property(summary: str, *, readable: bool = True, settable: bool = False) -> dict[str, Any]:
    operations = ({"get": _READ} if readable else {}) | ({"set": _WRITE} if settable else {})
    return {
        "short_description": summary,
        "data_type": "string",
        "nullable": False,
        "operations": operations,
    }


def _collection(summary: str, required: list[str], **properties: Any) -> dict[str, Any]:
    optional = [name for name in properties if name not in required]
    return {
        "short_description": summary,
        "collection": "map",
        "key_property": "alias",
        "properties": properties,
        "operations": {
            "get": _READ,
            "add": {**_WRITE, "fields": {"required": required, "optional": optional}},
            "remove": _WRITE,
        },
    }


_ALIAS: Final = _property("Letters, digits and any of . _ ~ -, over both collections once")
_PEM: Final = _property("PEM", settable=True)
_MODEL: Final = {
    "collection": "singleton",
    "entities": {
        "certificates": _collection(
            "Client/server certificates",
            ["alias", "certificate", "private_key"],
            alias=_ALIAS,
            certificate=_PEM,
            private_key=_property("PEM", readable=False),
            passphrase=_property("That of an encrypted private key", readable=False),
            keystore=_property("Where the private key is kept"),
        ),
        "ca_certificates": _collection(
            "Certificates of authorities",
            ["alias", "certificate"],
            alias=_ALIAS,
            certificate=_PEM,
        ),
    },
    "operations": {"get": _READ},
}

api = APIS.add(
    ConfigApi(
        "cert",
        "Certificate management",
        "Certificates with which the unit shows who it is, and those of whom it believes.",
        major=1,
        state="released",
        version="1.0.3",
        access=Access.VIEWER,
        model=_MODEL,
    )
)

_Text = Annotated[str, msgspec.Meta(min_length=1)]


class _New(msgspec.Struct, forbid_unknown_fields=True):
    alias: str
    certificate: _Text
    private_key: _Text
    passphrase: str = ""
    keystore: str = KEYSTORE


class _NewAuthority(msgspec.Struct, forbid_unknown_fields=True):
    alias: str
    certificate: _Text


class _Changed(msgspec.Struct, forbid_unknown_fields=True):
    certificate: _Text


class _Container(msgspec.Struct, forbid_unknown_fields=True):
    alias: str
    pkcs12: _Text
    passphrase: str = ""
    keystore: str = KEYSTORE


class _Made(msgspec.Struct, forbid_unknown_fields=True):
    alias: str
    subject: str
    key_type: str = "EC-P256"
    keystore: str = KEYSTORE
    subject_alt_names: list[str] = []
    valid_from: int | None = None
    valid_to: int | None = None


class _Wanted(msgspec.Struct, forbid_unknown_fields=True):
    subject: str = ""
    subject_alt_names: list[str] = []


# -- client/server certificates ----------------------------------------------------------------


@api.on("GET", "", access=Access.VIEWER, changes=False)
async def get_all(call: Call, _parts: Parts, _data: Any) -> dict[str, Any]:
    """Return the whole of it."""
    return {
        "certificates": await _shown(call, "client"),
        "ca_certificates": await _shown(call, "authority"),
        "keystores": _KEYSTORES,
        "settings": {"keystore": KEYSTORE},
    }


@api.on("GET", "/certificates", access=Access.VIEWER, changes=False)
async def get_certificates(call: Call, _parts: Parts, _data: Any) -> Any:
    """Return the client/server certificates, the unit's own among them."""
    return await _shown(call, "client")


@api.on("POST", "/certificates", access=Access.ADMIN, changes=True)
async def add_certificate(call: Call, _parts: Parts, data: Any) -> Any:
    """Install a client/server certificate with its private key."""
    new = _read(data, _New)
    _check_keystore(new.keystore)
    await call.unit.certificates.add(new.alias, new.certificate, new.private_key, new.passphrase)
    return await _item(call, "client", new.alias)


@api.on("GET", "/certificates/{alias}", access=Access.VIEWER, changes=False)
async def get_certificate(call: Call, parts: Parts, _data: Any) -> Any:
    """Return one of them."""
    return await _item(call, "client", parts["alias"])


@api.on("PATCH", "/certificates/{alias}", access=Access.ADMIN, changes=True)
async def set_certificate(call: Call, parts: Parts, data: Any) -> None:
    """Put another certificate for the same key in the place of one."""
    await _replace(call, "client", parts["alias"], _read(data, _Changed).certificate)


@api.on("DELETE", "/certificates/{alias}", access=Access.ADMIN, changes=True)
async def remove_certificate(call: Call, parts: Parts, _data: Any) -> None:
    """Remove one with its private key."""
    await _remove(call, "client", parts["alias"])


@api.on("POST", "/certificates/{alias}/get_csr", access=Access.ADMIN, changes=False, action=True)
async def get_request(call: Call, parts: Parts, data: Any) -> Any:
    """Return a certificate signing request by the key of one."""
    wanted = _read(data, _Wanted)
    await _item(call, "client", parts["alias"])
    return await call.unit.certificates.request(
        parts["alias"], wanted.subject, wanted.subject_alt_names
    )


@api.on("GET", "/certificates/{alias}/{property}", access=Access.VIEWER, changes=False)
async def get_property(call: Call, parts: Parts, _data: Any) -> Any:
    """Return one property of a client/server certificate; its private key has no way out."""
    return await _one_property(call, "client", parts)


@api.on("PATCH", "/certificates/{alias}/certificate", access=Access.ADMIN, changes=True)
async def set_property(call: Call, parts: Parts, data: Any) -> None:
    """Put another certificate for the same key in the place of one."""
    await _replace(call, "client", parts["alias"], _read(data, str))


@api.on("POST", "/create_certificate", access=Access.ADMIN, changes=True, action=True)
async def create_certificate(call: Call, _parts: Parts, data: Any) -> Any:
    """Make a private key and a self-signed certificate."""
    made = _read(data, _Made)
    _check_keystore(made.keystore)
    key_type = "EC-" + made.key_type.removeprefix("NIST-") if "NIST" in made.key_type else None
    new = _read(
        {
            "alias": made.alias,
            "subject": made.subject,
            "key_type": key_type or made.key_type,
            "subject_alt_names": made.subject_alt_names,
            "valid_from": made.valid_from,
            "valid_to": made.valid_to,
        },
        NewKey,
    )
    await call.unit.certificates.create(msgspec.json.encode(new).decode())
    return await _item(call, "client", new.alias)


@api.on("POST", "/install_from_pkcs12", access=Access.ADMIN, changes=True, action=True)
async def install_container(call: Call, _parts: Parts, data: Any) -> Any:
    """Install a client/server certificate from PKCS #12."""
    new = _read(data, _Container)
    _check_keystore(new.keystore)
    await call.unit.certificates.add_container(new.alias, new.pkcs12, new.passphrase)
    return await _item(call, "client", new.alias)


# -- authorities -------------------------------------------------------------------------------


@api.on("GET", "/ca_certificates", access=Access.VIEWER, changes=False)
async def get_authorities(call: Call, _parts: Parts, _data: Any) -> Any:
    """Return the certificates of authorities, the pre-installed ones among them."""
    return await _shown(call, "authority")


@api.on("POST", "/ca_certificates", access=Access.ADMIN, changes=True)
async def add_authority(call: Call, _parts: Parts, data: Any) -> Any:
    """Install the certificate of an authority."""
    new = _read(data, _NewAuthority)
    await call.unit.certificates.add_authority(new.alias, new.certificate)
    return await _item(call, "authority", new.alias)


@api.on("GET", "/ca_certificates/{alias}", access=Access.VIEWER, changes=False)
async def get_authority(call: Call, parts: Parts, _data: Any) -> Any:
    """Return one of them."""
    return await _item(call, "authority", parts["alias"])


@api.on("PATCH", "/ca_certificates/{alias}", access=Access.ADMIN, changes=True)
async def set_authority(call: Call, parts: Parts, data: Any) -> None:
    """Put another certificate in the place of one."""
    await _replace(call, "authority", parts["alias"], _read(data, _Changed).certificate)


@api.on("DELETE", "/ca_certificates/{alias}", access=Access.ADMIN, changes=True)
async def remove_authority(call: Call, parts: Parts, _data: Any) -> None:
    """Remove one that somebody has installed."""
    await _remove(call, "authority", parts["alias"])


@api.on("GET", "/ca_certificates/{alias}/{property}", access=Access.VIEWER, changes=False)
async def get_authority_property(call: Call, parts: Parts, _data: Any) -> Any:
    """Return one property of the certificate of an authority."""
    return await _one_property(call, "authority", parts)


@api.on("PATCH", "/ca_certificates/{alias}/certificate", access=Access.ADMIN, changes=True)
async def set_authority_property(call: Call, parts: Parts, data: Any) -> None:
    """Put another certificate in the place of one."""
    await _replace(call, "authority", parts["alias"], _read(data, str))


# -- keystores ---------------------------------------------------------------------------------

_KEYSTORES: Final = [{"id": KEYSTORE, "security_level": "SOFTWARE", "certifications": []}]


@api.on("GET", "/keystores", access=Access.VIEWER, changes=False)
async def get_keystores(_call: Call, _parts: Parts, _data: Any) -> Any:
    """Return where private keys can be kept."""
    return _KEYSTORES


@api.on("GET", "/settings", access=Access.VIEWER, changes=False)
async def get_settings(_call: Call, _parts: Parts, _data: Any) -> Any:
    """Return where private keys are kept if nothing is said."""
    return {"keystore": KEYSTORE}


@api.on("GET", "/settings/keystore", access=Access.VIEWER, changes=False)
async def get_keystore(_call: Call, _parts: Parts, _data: Any) -> Any:
    """Return where private keys are kept if nothing is said."""
    return KEYSTORE


@api.on("PATCH", "/settings/keystore", access=Access.ADMIN, changes=True)
async def set_keystore(_call: Call, _parts: Parts, data: Any) -> None:
    """Choose where private keys are kept; this unit has one keystore."""
    _check_keystore(_read(data, str))


# -- the parts ---------------------------------------------------------------------------------

_CERTIFICATES: Final = msgspec.json.Decoder(list[Certificate])


async def _listed(call: Call, kind: str) -> list[Certificate]:
    store = call.unit.certificates
    found = _CERTIFICATES.decode(await store.certificates())
    if kind == "authority":
        found += _CERTIFICATES.decode(await store.preinstalled())
    return [each for each in found if each.kind == kind]


async def _shown(call: Call, kind: str) -> list[dict[str, str]]:
    return [_as_item(each) for each in await _listed(call, kind)]


async def _item(call: Call, kind: str, alias: str) -> dict[str, str]:
    for each in await _listed(call, kind):
        if each.alias == alias:
            return _as_item(each)
    raise NotFound(f'"{alias[:63]}"')


async def _one_property(call: Call, kind: str, parts: Parts) -> str:
    item = await _item(call, kind, parts["alias"])
    if parts["property"] not in item:
        where = "certificates" if kind == "client" else "ca_certificates"
        name = f"{parts['alias'][:63]}/{parts['property'][:63]}"
        raise Problem(404, "not_found", f"{api.base}/{where}/{name}")
    return item[parts["property"]]


async def _replace(call: Call, kind: str, alias: str, certificate: str) -> None:
    await _item(call, kind, alias)
    try:
        await call.unit.certificates.replace(alias, certificate)
    except Conflict as error:
        raise Problem(409, "conflict", error.message) from None


async def _remove(call: Call, kind: str, alias: str) -> None:
    await _item(call, kind, alias)
    try:
        await call.unit.certificates.remove(alias)
    except Conflict as error:
        # It is there, and has to stay: not what the family's own word for a conflict says.
        raise Problem(409, "conflict", error.message) from None


def _as_item(certificate: Certificate) -> dict[str, str]:
    item = {"alias": certificate.alias, "certificate": certificate.certificate}
    return item | ({"keystore": KEYSTORE} if certificate.kind == "client" else {})


def _check_keystore(keystore: str) -> None:
    if keystore != KEYSTORE:
        raise InvalidValue(f"keystore: there is no '{keystore[:32]}', only {KEYSTORE}")


def _read(data: Any, shape: type[_Shape]) -> _Shape:
    try:
        return msgspec.convert(data, shape)
    except msgspec.ValidationError as error:
        raise InvalidValue(f"{error}") from None
