"""What is installed and what happens to it, as everybody who works on it shares it and as people are told."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from common.clock import Clock
from common.update import Check, Outcome, Progress, Step
from daemons.system.update.ports import Records
from daemons.system.update.record import Record
from hw.slots import Installed

UNKNOWN = "UNKNOWN"
_NOTHING = Installed("", "", "", None)


@dataclass
class Firmware:
    """The record, and what is only known while this process lives."""

    records: Records
    clock: Clock
    boot_id: str
    own_version: str
    """What this program calls itself."""
    record: Record = field(default_factory=Record)
    installed: Installed = _NOTHING
    why_not: str = "it has not looked yet"
    """Why nothing can be installed."""
    fleeting: Step | None = None
    """A step that does not outlive this process."""
    percent: int = 0
    message: str = ""
    target_version: str = ""
    checks: Sequence[Check] = ()

    @property
    def step(self) -> Step:
        """Where an upgrade is."""
        return self.fleeting or self.record.step

    @property
    def version(self) -> str:
        """The version that runs."""
        return self.installed.running_version or self.own_version

    @property
    def on_trial(self) -> bool:
        """Whether the version that runs waits for its confirmation."""
        return self.record.step is Step.TRIAL

    @property
    def way_back(self) -> str | None:
        """The version that somebody could go back to by hand, `UNKNOWN` for one without a name; None without one."""
        other = self.installed.other_version
        if other is None or self.record.irrevocable or self.fleeting is Step.INSTALLING:
            return None
        return other or UNKNOWN

    def save(self, step: Step | None = None) -> None:
        """Write the record down, after going on to `step`; raises `StorageFull`, and then it has not gone on."""
        before = self.record.step
        self.record.step = step or before
        try:
            self.records.save(self.record)
        except BaseException:
            self.record.step = before
            raise
        if step is not None:
            self.fleeting = None

    def show(self, percent: int, message: str, step: Step | None = None) -> None:
        """Say how far it is; `step` is one that needs not be written down."""
        self.percent = percent
        self.message = message
        self.fleeting = step or self.fleeting

    def rest(self) -> None:
        """Say that nothing happens."""
        self.fleeting = None
        self.show(0, "")
        self.target_version = ""

    def time(self) -> float:
        """Return the time; a start begins before a time that was known, for the clock stands still without power."""
        return max(self.clock.time(), self.record.asked_at)

    def ended(
        self,
        what: Literal["upgrade", "rollback"],
        result: Literal["done", "failed", "rolled_back"],
        version: str,
        message: str,
    ) -> None:
        """Note how it ended."""
        self.record.last = Outcome(what, result, version, self.time(), message)

    def progress(self) -> Progress:
        """Return everything there is to tell."""
        record = self.record
        left = record.left_s if self.on_trial else None
        return Progress(
            supported=not self.why_not,
            why_not=self.why_not,
            version=self.version,
            slot=self.installed.running,
            committed=not self.on_trial,
            inactive_version=self.way_back,
            last_upgrade_at=record.upgraded_at,
            pending_commit=record.options.commit_when if self.on_trial else None,
            time_to_rollback_s=None if left is None else max(0, round(left)),
            step=self.step,
            percent=self.percent,
            message=self.message,
            target_version=self.target_version,
            last=record.last,
            checks=list(self.checks) if self.on_trial else [],
        )
