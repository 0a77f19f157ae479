"""The daemons that the edge asks, as far as its tests need them."""

import hashlib
import json
import os
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NoReturn

from common.accounts import Account, Role, Verifier, Verifiers
from common.bus.audio import AudioInterface
from common.bus.multicast import MulticastInterface
from common.bus.params import Pairs
from common.errors import Conflict, InvalidValue, NotFound, NotPermitted, Unavailable
from common.params.kinds import Access
from daemons.audio.params.owner import AUDIO

REALM = "AXIS_ACCC8E012345"
BOOT_ID = "8f4f3c4e-6e0e-4a53-9f0c-2a5c8b1f7d10"


SOUND = {
    name: parameter
    for name, parameter in AUDIO.registry.parameters.items()
    if parameter.owner == AUDIO.name and not name.startswith("Properties.")
}
"""The parameters of the sound path, which are there when they are asked for by name."""


class FakeParams:
    """A parameter daemon with a handful of parameters."""

    def __init__(self) -> None:
        self.values = {
            "Brand.Brand": "AXIS",
            "Brand.ProdFullName": "AXIS C8210 Network Audio Amplifier",
            "Brand.ProdShortName": "AXIS C8210",
            "HTTPS.Port": "443",
            "MediaClip.M0.Location": "/etc/audioclips/MediaClip.M0.wav",
            "MediaClip.M0.Name": "Lunch",
            "Network.SSH.Enabled": "no",
            "Properties.Firmware.Version": "12.9.0",
            "Properties.System.SerialNumber": "ACCC8E012345",
            "System.AccessLog": "Off",
        }
        self.levels = {"System.AccessLog": Access.ADMIN, "Network.SSH.Enabled": Access.ADMIN}
        self.written: list[tuple[dict[str, str], int, str, bool]] = []
        self.removed: list[list[str]] = []

    async def select(self, groups: list[str], access: int) -> list[tuple[bool, Pairs]]:
        """Return what lies below each group."""
        return [self._below(group, access) for group in groups]

    def _below(self, group: str, access: int) -> tuple[bool, Pairs]:
        pairs = [
            (name, value)
            for name, value in self.values.items()
            if (not group or name == group or name.startswith(f"{group}."))
            and self.levels.get(name, 0) <= access
        ]
        if group in SOUND:
            pairs = [(group, SOUND[group].default)]
        return bool(pairs), pairs

    async def definitions(self, groups: list[str], access: int) -> str:
        """Return declarations of the same."""
        found = [pair for group in groups for pair in self._below(group, access)[1]]
        return json.dumps([_view(name, value) for name, value in found])

    async def update(
        self, changes: dict[str, str], access: int, who: str, atomic: bool
    ) -> tuple[int, dict[str, str]]:
        """Write what is known and not `bad`."""
        self.written.append((changes, access, who, atomic))
        refused = {
            name: "must not be bad" if name in self.values else "is not called so"
            for name, value in changes.items()
            if (name not in self.values and name not in SOUND) or value == "bad"
        }
        return 7, refused

    async def add(self, template: str, parent: str, *_rest: Any) -> tuple[str, dict[str, str]]:
        """Make a group, of one template only."""
        if template != "streamprofile":
            raise InvalidValue(f"no template is called '{template}'")
        return f"{parent[0]}8", {}

    async def remove(self, groups: list[str], _access: int, _who: str) -> dict[str, str]:
        """Remove groups, of one kind only."""
        self.removed.append(groups)
        return {one: "cannot be removed" for one in groups if not one.startswith("Stream")}

    async def history(self, limit: int, _access: int) -> str:
        """Return one old change."""
        return json.dumps(
            [{"revision": limit, "time": 1.0, "who": "root", "name": "a", "old": "", "new": "b"}]
        )


def _view(name: str, value: str) -> dict[str, Any]:
    return {
        "name": name,
        "value": value,
        "default": value,
        "label": name.rpartition(".")[2],
        "help": "What it does.",
        "kind": SOUND[name].kind.field() if name in SOUND else {"type": "string", "max_length": 64},
        "writable": True,
        "hidden": False,
        "reset": "restore",
        "group": None,
        "security_level": "7714",
        "type": {"name": "string", "attributes": {"maxlen": "64"}, "entries": []},
        "flags": [],
    }


class FakeAudio:
    """An audio daemon with one clip."""

    def __init__(self) -> None:
        self.played: list[tuple[int, float, int]] = []
        self.ranks: list[tuple[str, int]] = []
        self.stopped_playbacks: list[str] = []
        self.stopped = 0
        self.added: list[tuple[bytes, str, str]] = []
        self.removed: list[int] = []
        self.clip = b"RIFF original"

    async def play_clip(
        self, clip: int, volume: float, repeat: int, class_: str, priority: int
    ) -> str:
        """Note what was to be played."""
        self._known(clip)
        self.played.append((clip, volume, repeat))
        self.ranks.append((class_, priority))
        return "p1"

    def __getattr__(self, name: str) -> Callable[..., Awaitable[NoReturn]]:
        """Return a method of the daemon that has not been needed here: it is away."""
        if not hasattr(AudioInterface, name) and not hasattr(MulticastInterface, name):
            raise AttributeError(name)

        async def away(*_arguments: Any) -> NoReturn:
            raise Unavailable("the audio daemon is away")

        return away

    async def output_state(self) -> str:
        """Describe a speaker."""
        return json.dumps({"type": "speaker", "gain_db": 0.0, "mute": False})

    async def find_clip(self, location: str) -> int:
        """Find the one clip."""
        if location.removeprefix("/etc/audioclips/") not in ("lunch.wav", "*.wav"):
            raise NotFound("no clip is there")
        return 0

    async def stop(self, playback: str) -> None:
        """Stop the one playback there is."""
        if playback != "p1":
            raise NotFound(f"no playback has the id '{playback}'")
        self.stopped_playbacks.append(playback)

    async def stop_clips(self) -> int:
        """Note it."""
        self.stopped += 1
        return 1

    async def add_clip(self, file: int, name: str, file_name: str) -> int:
        """Read the file."""
        content = os.read(file, 1 << 20)
        if not content.startswith(b"RIFF"):
            raise InvalidValue("the file is not a sound file")
        self.added.append((content, name, file_name))
        return 1

    async def remove_clip(self, clip: int) -> None:
        """Note it."""
        self._known(clip)
        self.removed.append(clip)

    async def clips(self) -> str:
        """Return the one clip."""
        return json.dumps([{"clip": 0, "name": "Lunch"}])

    async def open_clip(self, clip: int, form: str) -> tuple[int, str, str, int]:
        """Open a copy of the one clip."""
        self._known(clip)
        content = self.clip if form == "original" else b".snd" + self.clip
        with tempfile.TemporaryFile() as file:
            file.write(content)
            file.seek(0)
            return os.dup(file.fileno()), "audio/wav", "Mittag essen.wav", len(content)

    async def open_receive(self, *_wanted: object) -> tuple[int, str, int]:
        """Refuse: its input is off."""
        raise NotPermitted("the audio input is off")

    async def stream_formats(self) -> str:
        """Return one format."""
        return json.dumps({"g711": {8000: [64000]}})

    async def live_state(self) -> str:
        """Return that nobody talks and nobody listens."""
        return json.dumps({"talker": None, "listeners": []})

    async def now_playing(self) -> str:
        """Return that nothing plays."""
        return "[]"

    @staticmethod
    def _known(clip: int) -> None:
        if clip != 0:
            raise NotFound(f"there is no clip {clip}")


class FakeSystem:
    """A system daemon that keeps accounts in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[Account, str]] = {}
        self.is_ready = True
        self.restarts: list[str] = []
        self.resets: list[tuple[str, str]] = []
        self.located: list[float] = []
        self.asked = 0

    async def device(self) -> str:
        """Return who the unit is."""
        return json.dumps(
            {
                "product": "AXIS C8210 Network Audio Amplifier",
                "version": "12.9.0",
                "serial_number": "ACCC8E012345",
                "board": "simulated",
                "host_name": "axis-accc8e012345",
                "addresses": ["192.168.0.90"],
                "uptime_s": 7800.4,
                "boot_id": BOOT_ID,
                "needs_setup": not self.kept,
                "realtime": False,
                "daemons": [{"name": "audio", "ready": True}],
            }
        )

    async def ready(self, _timeout_s: float) -> bool:
        """Say what the test wants."""
        self.asked += 1
        return self.is_ready

    async def accounts(self) -> str:
        """Return the accounts."""
        return json.dumps(
            [
                {
                    "name": one.name,
                    "role": one.role.value,
                    "group": one.group,
                    "ptz": one.ptz,
                    "comment": one.comment,
                }
                for one, _password in self.kept.values()
            ]
        )

    async def add_account(
        self, name: str, password: str, role: str, group: str, comment: str
    ) -> None:
        """Add one; eight are enough here."""
        if name in self.kept or len(self.kept) >= 8:
            raise Conflict("it exists, or there are too many")
        self.put(Account(name, Role(role), group, role == "admin", comment), password)

    async def add_first_account(self, name: str, password: str) -> None:
        """Add the first."""
        if self.kept:
            raise Conflict("there is one already")
        self.put(Account(name, Role.ADMIN, "root", True), password)

    async def update_account(self, name: str, changes: Mapping[str, str]) -> None:
        """Change one."""
        account, password = self._find(name)
        role = Role(changes.get("role", account.role.value))
        ptz = changes.get("ptz", "yes" if account.ptz else "no") == "yes"
        comment = changes.get("comment", account.comment)
        self.put(
            Account(name, role, account.group, ptz, comment), changes.get("password", password)
        )

    async def remove_account(self, name: str) -> None:
        """Delete one."""
        self._find(name)
        if name == "root":
            raise Conflict("the root account cannot be deleted")
        del self.kept[name]

    async def restart(self, who: str) -> None:
        """Note it."""
        self.restarts.append(who)

    async def reset(self, level: str, who: str) -> None:
        """Note it."""
        self.resets.append((level, who))

    async def locate(self, duration_s: float) -> None:
        """Note it; being located twice is too much."""
        if duration_s and self.located and self.located[-1]:
            raise Conflict("it is being located already")
        self.located.append(duration_s)

    def put(self, account: Account, password: str) -> None:
        """Keep an account."""
        self.kept[account.name] = (account, password)

    def verifiers(self) -> Verifiers:
        """Return what the edge checks passwords against."""
        return Verifiers(
            REALM,
            "11" * 32,
            "22" * 32,
            [verifier(one.name, password, one.role) for one, password in self.kept.values()],
        )

    def _find(self, name: str) -> tuple[Account, str]:
        if name not in self.kept:
            raise NotFound(f"there is no account '{name}'")
        return self.kept[name]


def verifier(name: str, password: str, role: Role = Role.ADMIN) -> Verifier:
    """Return the verifier of an account."""
    secret = f"{name}:{REALM}:{password}".encode()
    md5 = hashlib.md5(secret, usedforsecurity=False).hexdigest()
    return Verifier(name, role, md5, hashlib.sha256(secret).hexdigest(), "")
