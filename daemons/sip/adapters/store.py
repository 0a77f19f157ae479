"""The settings as a record of the params daemon."""

import logging
from collections.abc import Mapping

import msgspec

from common.errors import NotFound
from common.params.client import ParamsClient
from daemons.sip.records import SETTINGS, Settings, SettingsRecord
from daemons.sip.settings.passwords import Change, in_account, in_configuration

log = logging.getLogger(__name__)

_ID = "1"


class Record:
    """One record; its passwords are sealed apart from it."""

    def __init__(self, params: ParamsClient) -> None:
        self._params = params

    async def load(self) -> tuple[int, Settings]:
        """Return what is kept, and its revision."""
        while True:
            revision, settings = await self._public()
            if not revision:
                return 0, settings
            try:
                kept = await self._params.record_secrets(SETTINGS.name, _ID)
            except NotFound:
                continue
            # Both are of the same writing: no account gets the password of another time.
            if (await self._public())[0] == revision:
                return revision, _filled(settings, kept.get("passwords", {}))

    async def save(self, revision: int, settings: Settings) -> int:
        """Keep the settings."""
        passwords: dict[str, str] = {}

        def seal(key: str, password: str) -> str:
            if password:
                passwords[key] = password
            return ""

        public = msgspec.structs.asdict(_with(settings, seal))
        record = SettingsRecord(**public, passwords=passwords)
        content = msgspec.json.encode(record).decode()
        return await self._params.bus.put_record(SETTINGS.name, _ID, revision, content)

    async def _public(self) -> tuple[int, Settings]:
        for _id, revision, content in await self._params.bus.records(SETTINGS.name):
            return revision, _read(content)
        return 0, Settings()


def _with(settings: Settings, change: Change) -> Settings:
    return msgspec.structs.replace(
        settings,
        configuration=in_configuration(settings.configuration, change),
        accounts=tuple(in_account(account, change) for account in settings.accounts),
    )


def _filled(settings: Settings, passwords: Mapping[str, str]) -> Settings:
    return _with(settings, lambda key, _empty: passwords.get(key, ""))


def _read(content: str) -> Settings:
    """Return settings; a part that this version cannot read stops no other."""
    parts = msgspec.json.decode(content, type=dict[str, msgspec.Raw])
    known = {}
    for field in msgspec.structs.fields(Settings):
        if field.name in parts:
            try:
                known[field.name] = msgspec.json.decode(parts[field.name], type=field.type)
            except msgspec.ValidationError as error:
                log.error("the kept %s cannot be read (%s), using the default", field.name, error)
    return Settings(**known)
