"""What is written down of upgrades, so that a power cut at any moment leaves the unit with one whole version."""

from enum import Enum, auto

import msgspec

from common.update import Options, Outcome, Step


class Record(msgspec.Struct, kw_only=True):
    """Everything that outlives this process."""

    step: Step = Step.IDLE
    slot: str = ""
    """The slot that should run; empty before this unit has looked for the first time."""
    target: str = ""
    """The slot that is being written to, or gone over to."""
    version: str = ""
    """The version that is being installed, or given up."""
    options: Options = Options()
    who: str = ""
    reason: str = ""
    """Why it goes back; empty where a person wants it."""
    settings_ready: bool = False
    """Whether the settings were kept, and reset as far as that was asked for."""
    boot_id: str = ""
    """The start of the unit in which the restart was asked for."""
    attempts: int = 0
    """How often the unit has been told to go back."""
    retried: bool = False
    """Whether `slot`, which is confirmed, was started once more after it had lost all its tries."""
    left_s: float | None = None
    """How long the version may still wait for its confirmation; None for ever."""
    irrevocable: bool = False
    """Whether the upgrade has wiped the settings, so that nobody may go back by hand."""
    asked_at: float = 0.0
    """When the last upgrade was asked for, by a clock that somebody could set meanwhile."""
    upgraded_at: float | None = None
    last: Outcome | None = None


class After(Enum):
    """What a start of this daemon finds to do."""

    NOTHING = auto()
    FIRST = auto()
    """It has never looked before."""
    INTERRUPTED = auto()
    """An installation was cut off."""
    GO_ON = auto()
    """All is written: keep settings and go over."""
    RESTART_AGAIN = auto()
    """This process died on its way down."""
    TRY = auto()
    """The new version runs for the first time."""
    TRY_ON = auto()
    ONCE_MORE = auto()
    """A confirmed version has lost its tries: power cuts do that, too, so it is not given up yet."""
    FELL_BACK = auto()
    """The boot loader has started the version before."""
    BACK = auto()
    """The version before runs, as it was told to."""
    BACK_AGAIN = auto()
    STUCK = auto()
    """The version before cannot be started."""


MOST_ATTEMPTS = 3


def after_start(record: Record, running: str, boot_id: str) -> After:
    """Return what is to be done when this daemon starts in slot `running`."""
    match record.step:
        case Step.IDLE:
            if not record.slot:
                return After.FIRST
            if running == record.slot:
                return After.NOTHING
            return After.FELL_BACK if record.retried else After.ONCE_MORE
        case Step.INSTALLED:
            return After.TRY if running == record.target else After.GO_ON
        case Step.RESTARTING:
            if running == record.target:
                return After.TRY
            return After.RESTART_AGAIN if boot_id == record.boot_id else After.FELL_BACK
        case Step.TRIAL:
            return After.TRY_ON if running == record.slot else After.FELL_BACK
        case Step.REVERTING:
            if running == record.target:
                return After.BACK
            return After.BACK_AGAIN if record.attempts < MOST_ATTEMPTS else After.STUCK
        case _:
            return After.INTERRUPTED if running == record.slot else After.FELL_BACK
