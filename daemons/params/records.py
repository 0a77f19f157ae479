"""Typed records: shape and revision are checked here, their meaning by the daemon that owns them."""

from typing import Any

import msgspec

from common.errors import Conflict, InvalidValue, NotFound, NotPermitted
from common.params.registry import RecordType
from daemons.params.change import Change
from daemons.params.sealing import Sealer
from daemons.params.state import State
from daemons.params.tree import Tree

LONGEST_ID = 256


def listed(state: State, type_: RecordType) -> list[tuple[str, int, str]]:
    """Return (id, revision, content) of every record of a type, by id."""
    return sorted(
        (id_, record.revision, record.content)
        for (name, id_), record in state.records.items()
        if name == type_.name
    )


def put(
    tree: Tree, sealer: Sealer, owner: str, type_name: str, id_: str, revision: int, content: str
) -> Change:
    """Return the writing of a record; secret fields that are left out keep their value."""
    type_ = _owned(tree, owner, type_name)
    if not 0 < len(id_) <= LONGEST_ID or not id_.isprintable():
        raise InvalidValue(f"the id of a record has 1 to {LONGEST_ID} printable characters")
    _expect(tree.state, type_, id_, revision)
    full = type_.maximum is not None and len(listed(tree.state, type_)) >= type_.maximum
    if not revision and full:
        raise Conflict(f"there can be at most {type_.maximum} of {type_.name}")
    key = secret_key(type_.name, id_)
    given = _object(content)
    kept = unsealed(tree.state, sealer, key) if type_.secret_fields else {}
    whole = _shaped(type_, kept | given)
    change = Change(owner)
    secret = {name: whole[name] for name in sorted(type_.secret_fields) if name in whole}
    public = {name: value for name, value in whole.items() if name not in type_.secret_fields}
    change.records[type_.name, id_] = msgspec.json.encode(public).decode()
    if secret and secret != kept:
        change.secrets[key] = sealer.seal(key, msgspec.json.encode(secret).decode())
    return change


def delete(tree: Tree, owner: str, type_name: str, id_: str, revision: int) -> Change:
    """Return the deletion of a record, with its secrets."""
    type_ = _owned(tree, owner, type_name)
    if (type_.name, id_) not in tree.state.records:
        raise NotFound(f"there is no {type_.name} '{id_[:100]}'")
    _expect(tree.state, type_, id_, revision)
    change = Change(owner)
    change.records[type_.name, id_] = None
    if (key := secret_key(type_.name, id_)) in tree.state.secrets:
        change.secrets[key] = None
    return change


def secret_key(type_: str, id_: str) -> str:
    """Return the name under which the secret fields of a record are sealed."""
    return f"{type_}/{id_}"


def holds_secrets(state: State, type_: RecordType, id_: str, content: str) -> bool:
    """Say whether a record has secret fields that are sealed, or is to have some."""
    if not type_.secret_fields:
        return False
    return secret_key(type_.name, id_) in state.secrets or any(
        f'"{name}"' in content for name in type_.secret_fields
    )


def unsealed(state: State, sealer: Sealer, key: str) -> dict[str, Any]:
    """Return the secret fields of a record, as far as this unit's key opens them."""
    sealed = state.secrets.get(key)
    text = None if sealed is None else sealer.unseal(key, sealed)
    return {} if text is None else _object(text)


def _owned(tree: Tree, owner: str, type_name: str) -> RecordType:
    type_ = tree.registry.record(type_name)
    if type_.owner != owner:
        raise NotPermitted(f"records of {type_.name} do not belong to {owner}")
    return type_


def _expect(state: State, type_: RecordType, id_: str, revision: int) -> None:
    record = state.records.get((type_.name, id_))
    present = 0 if record is None else record.revision
    if present != revision:
        raise Conflict(f"{type_.name} '{id_}' was changed by somebody else in the meantime")


def _object(content: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(content.encode(), type=dict[str, Any])
    except (msgspec.DecodeError, msgspec.ValidationError):
        raise InvalidValue("a record is a JSON object") from None


def _shaped(type_: RecordType, content: dict[str, Any]) -> dict[str, Any]:
    try:
        shaped = msgspec.convert(content, type_.shape)
    except msgspec.ValidationError as error:
        # The text of the error may quote a value: leave it out where that could be a secret.
        reason = "" if type_.secret_fields else f": {error}"
        raise InvalidValue(f"this is not the shape of {type_.name}{reason}") from None
    built: dict[str, Any] = msgspec.to_builtins(shaped)
    return built
