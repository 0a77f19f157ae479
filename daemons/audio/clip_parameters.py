"""The clips as parameters: each clip is a group `MediaClip.M#`, which this daemon keeps in step with its files.

The files are what is true: a group without a clip is dropped, a clip without a group gets one. Only the name
belongs to the parameters. A group that somebody removes takes its clip with it.
"""

import asyncio
import logging
import re
from collections.abc import Mapping

from common.errors import ApplianceError, Unavailable
from common.params.client import ParamsClient
from daemons.audio.clips.catalogue import ClipInfo
from daemons.audio.clips.store import ClipStore

log = logging.getLogger(__name__)

GROUP = "MediaClip"
LONGEST_NAME = 64
RETRY_INTERVAL_S = 1.0

_MEMBER = re.compile(r"MediaClip\.M([0-9]+)\.(Name|Location|Type)")
_GROUP = re.compile(r"MediaClip\.M([0-9]+)")


class ClipParameters:
    """Names of clips, and their groups."""

    def __init__(self, params: ParamsClient, store: ClipStore) -> None:
        self._params = params
        self._store = store
        self._names: dict[int, str] = {}
        self._change = asyncio.Lock()

    def name(self, info: ClipInfo) -> str:
        """Return what a person calls the clip."""
        return self._names.get(info.index) or first_name(info)

    def take(self, values: Mapping[str, str]) -> None:
        """Learn the names from the parameters."""
        found = {}
        for name, value in values.items():
            if (match := _MEMBER.fullmatch(name)) is not None and match[2] == "Name":
                found[int(match[1])] = value
        self._names = found

    async def add(self, info: ClipInfo, name: str) -> None:
        """Make the group of a new clip."""
        async with self._change:
            await self._params.bus.put_group(group_of(info.index), _values(info, name))
            self._names[info.index] = name

    async def drop(self, index: int) -> None:
        """Drop the group of a clip that is gone."""
        async with self._change:
            await self._params.bus.drop_groups([group_of(index)])
            self._names.pop(index, None)

    async def reconcile(self) -> None:
        """Bring groups in step with the clips; tried until the params daemon answers."""
        while True:
            try:
                async with self._change:
                    await self._reconcile_once()
            except Unavailable:
                await asyncio.sleep(RETRY_INTERVAL_S)
            except ApplianceError as error:
                log.warning("the clips' parameters cannot be written: %s, ignoring", error)
                return
            else:
                return

    async def _reconcile_once(self) -> None:
        stored: dict[int, dict[str, str]] = {}
        for name, value in (await self._params.values([GROUP])).items():
            if (match := _MEMBER.fullmatch(name)) is not None:
                stored.setdefault(int(match[1]), {})[match[2]] = value
        clips = {info.index: info for info in self._store.list()}
        stray = [group_of(index) for index in stored if index not in clips]
        if stray:
            await self._params.bus.drop_groups(stray)
        for index, info in clips.items():
            before = stored.get(index, {})
            wanted = _values(info, before.get("Name") or first_name(info))
            if before != wanted:
                await self._params.bus.put_group(group_of(index), wanted)
            self._names[index] = wanted["Name"]


def removed_clips(removed_groups: list[str]) -> list[int]:
    """Return the clips whose groups are among those removed."""
    return [
        int(match[1]) for group in removed_groups if (match := _GROUP.fullmatch(group)) is not None
    ]


def group_of(index: int) -> str:
    """Return the group of a clip."""
    return f"{GROUP}.M{index}"


def first_name(info: ClipInfo) -> str:
    """Return the name of a clip that nobody has named (VAPIX page 5.1)."""
    return (info.title or f"Clip {group_of(info.index)}")[:LONGEST_NAME]


def _values(info: ClipInfo, name: str) -> dict[str, str]:
    return {"Name": name, "Location": info.location, "Type": "audio"}
