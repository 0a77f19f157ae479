"""Upgrades of the firmware as they travel over the bus: options, what is refused, and how far an upgrade is.

Names and values of the options are those of `firmwaremanagement.cgi` (VAPIX, firmware page 1).
"""

import re
from enum import Enum
from typing import Final, Literal

import msgspec

DEFAULT_ROLLBACK_MIN: Final = 10
LONGEST_ROLLBACK_MIN: Final = 1440
LARGEST_IMAGE_BYTES: Final = 1024 * 1024 * 1024
"""A whole slot fits into it."""
RESERVE_BYTES: Final = 64 * 1024 * 1024
"""What an image on its way must leave of the data partition to settings, clips and logs."""
_MINUTES = re.compile(r"[1-9][0-9]{0,3}")


class Refusal(Enum):
    """Why something is not done; the words are for programs, the message beside them for people."""

    OLDER = "older"
    """The image is an older version, which needs a factory default."""
    REVOKED = "revoked"
    UNCOMMITTED = "uncommitted"
    """The version that runs waits for its confirmation."""
    INVALID = "invalid"
    """The image is damaged."""
    OTHER_DEVICE = "other_device"
    UNSIGNED = "unsigned"
    """The image is not signed, or was changed after it was signed."""
    UNKNOWN_CERTIFICATE = "unknown_certificate"
    """It is signed by somebody whom this unit does not know."""
    BUSY = "busy"
    NO_OLD_VERSION = "no_old_version"


class Step(Enum):
    """Where an upgrade is."""

    IDLE = "idle"
    RECEIVING = "receiving"
    CHECKING = "checking"
    INSTALLING = "installing"
    INSTALLED = "installed"
    """Written and whole; the settings are being kept or reset."""
    RESTARTING = "restarting"
    TRIAL = "trial"
    """The new version runs and waits for its confirmation."""
    REVERTING = "reverting"
    """The unit restarts into the version before."""


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """How to upgrade."""

    factory_default_mode: Literal["none", "soft", "hard"] = "none"
    auto_commit: Literal["never", "boot", "started", "default"] = "default"
    auto_rollback: str | int = "default"
    """`never`, `default`, or after how many minutes, 1 to 1440, without a confirmation."""

    def __post_init__(self) -> None:
        """Refuse a time that is none."""
        text = str(self.auto_rollback)
        if text in ("never", "default"):
            return
        if not _MINUTES.fullmatch(text) or int(text) > LONGEST_ROLLBACK_MIN:
            raise ValueError(
                f"autoRollback is never, default or a time from 1 to {LONGEST_ROLLBACK_MIN} minutes"
            )

    @property
    def commit_when(self) -> Literal["never", "boot", "started"]:
        """When the new version is confirmed by itself."""
        return "started" if self.auto_commit == "default" else self.auto_commit

    @property
    def rollback_after_s(self) -> float | None:
        """How long the new version may wait for its confirmation; None for ever.

        By default 10 minutes; who wants to confirm by hand and names no time has all the time there is.
        """
        text = str(self.auto_rollback)
        if text == "never" or (text == "default" and self.auto_commit == "never"):
            return None
        return 60.0 * (DEFAULT_ROLLBACK_MIN if text == "default" else int(text))


class Check(msgspec.Struct, frozen=True):
    """One thing that has to be well before a version is confirmed by itself."""

    name: str
    well: bool
    message: str = ""


class Outcome(msgspec.Struct, frozen=True):
    """How the last upgrade or rollback ended."""

    what: Literal["upgrade", "rollback"]
    result: Literal["done", "failed", "rolled_back"]
    version: str
    """The version that was to run."""
    at: float
    """Seconds since 1970."""
    message: str


class Progress(msgspec.Struct, frozen=True):
    """The firmware of the unit, and how far an upgrade of it is."""

    supported: bool
    why_not: str
    """Why this unit cannot be upgraded; empty where it can."""
    version: str
    slot: str
    committed: bool
    inactive_version: str | None
    """What a rollback goes back to, `UNKNOWN` where nobody noted it; None where there is nothing."""
    last_upgrade_at: float | None
    pending_commit: Literal["never", "boot", "started"] | None
    """When the version that runs is confirmed by itself; None for one that is confirmed."""
    time_to_rollback_s: int | None
    step: Step
    percent: int
    message: str
    target_version: str
    """What is being installed; empty while that is not known."""
    last: Outcome | None
    checks: list[Check]


class Answer(msgspec.Struct, frozen=True):
    """What became of a request: the version it is about, or why it was refused."""

    version: str = ""
    refused: Refusal | None = None
    message: str = ""
