"""Send a file with the sound before and after the trigger (M-BTW-05, M-RCP-02, M-RCP-09).

The reference has such actions for pictures and video alone; ours are named and parametrised like those.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from common.bus.suite import AUDIO
from common.clock import Clock
from common.errors import ApplianceError
from common.rules import Action, ActionTemplate, TemplateParameter
from daemons.events.actions.kind import ActionKind, Job
from daemons.events.actions.notifications import Written, target_of
from daemons.events.delivery.deliveries import Deliveries
from daemons.events.recipients.kinds import File, Message
from daemons.events.recording.cut import LONGEST_POST_S, LONGEST_PRE_S
from daemons.events.recording.formats import DEFAULT, choices, format_of
from daemons.events.recording.recordings import Ongoing, Recordings

_FIXED: Final = "com.axis.action.fixed.send_audioclip."
_UNLIMITED: Final = "com.axis.action.unlimited.send_audioclip."
_DEFAULT_MS: Final = 5000
_LABELS: Final = {
    "ftp": "FTP",
    "http": "HTTP",
    "https": "HTTPS",
    "networkshare": "network storage",
    "sftp": "SFTP",
    "smtp": "email",
}


def longest_before_s(actions: Iterable[Action]) -> float | None:
    """Return how much sound must be ready for these actions; None when none of them sends any."""
    return max((_before_s(each) for each in actions if _sends_sound(each.template)), default=None)


@dataclass
class SoundFiles:
    """Recordings on their way into the queue of deliveries."""

    deliveries: Deliveries
    recordings: Recordings
    written: Written
    name_of: Callable[[int], str]
    tasks: asyncio.TaskGroup
    failed: Callable[[int, str], None]
    clock: Clock
    _ongoing: dict[int, Ongoing] = field(default_factory=dict)
    """Of rules that are active."""

    async def send(self, job: Job) -> str:
        """Record around the trigger and send it."""
        pre_s = _before_s(job.action)
        self._later(job, self.recordings.record(pre_s, _after_s(job), job.time, *_form(job)))
        return ""

    async def begin(self, job: Job) -> str:
        """Record from some time before the rule became active."""
        if job.rule in self._ongoing:
            self.recordings.abandon(self._ongoing.pop(job.rule))
        ongoing = await self.recordings.start(_before_s(job.action), job.time, *_form(job))
        self._ongoing[job.rule] = ongoing
        return "recording"

    async def end(self, job: Job, _handle: str) -> None:
        """Record until some time after it no longer is, and send that."""
        ongoing = self._ongoing.pop(job.rule, None)
        if ongoing is not None:
            finished = self.recordings.finish(ongoing, _after_s(job), self.clock.time())
            self._later(job, finished)

    def _later(self, job: Job, recording: Coroutine[Any, Any, Path]) -> None:
        """Send a recording when it is over: the rule's next action does not wait for it."""
        self.tasks.create_task(self._sent(job, recording), name=f"recording of rule {job.rule}")

    async def _sent(self, job: Job, recording: Coroutine[Any, Any, Path]) -> None:
        try:
            path = await recording
        except ApplianceError as error:
            self.failed(job.rule, error.message)
            return
        try:
            await self._queue(job, path)
        except ApplianceError as error:
            path.unlink(missing_ok=True)
            self.failed(job.rule, error.message)

    async def _queue(self, job: Job, path: Path) -> None:
        number = await self.deliveries.next_number()

        def text(name: str, default: str = "") -> str:
            return self.written(job.parameter(name, default), job.time, number)

        kind = format_of(job.parameter("format", DEFAULT))
        name = text("file_name", _FILE_NAME)
        message = Message(
            text("message"),
            text("subject", job.rule_name),
            file=File(str(path), name + kind.suffix, kind.mime_type),
        )
        recipient = self.name_of(job.action.recipient) or job.action.name or job.rule_name
        what = f"recording of {job.rule_name}"
        await self.deliveries.put(target_of(job), recipient, what, message, number)


def kinds(sounds: SoundFiles) -> list[ActionKind]:
    """Return the sending of sound, for each kind of recipient that takes files."""
    return [
        *(ActionKind(_template(kind, label), sounds.send) for kind, label in _LABELS.items()),
        *(
            ActionKind(_template(kind, label, unlimited=True), sounds.begin, sounds.end, AUDIO)
            for kind, label in _LABELS.items()
        ),
    ]


def _sends_sound(template: str) -> bool:
    return template.startswith((_FIXED, _UNLIMITED))


def _form(job: Job) -> tuple[str, str]:
    return job.parameter("format", DEFAULT), job.rule_name


def _after_s(job: Job) -> float:
    return job.integer("post_duration", _DEFAULT_MS) / 1000


def _before_s(action: Action) -> float:
    return int(action.parameters.get("pre_duration") or _DEFAULT_MS) / 1000


_FILE_NAME: Final = "audio%Y%m%d_%H%M%S"
"""The queue adds the unique sequence number (M-RCP-02)."""


def _template(kind: str, label: str, *, unlimited: bool = False) -> ActionTemplate:
    mail = (
        TemplateParameter("subject", "Subject"),
        TemplateParameter("message", "Message", kind="multiline", longest=8192),
    )
    return ActionTemplate(
        (_UNLIMITED if unlimited else _FIXED) + kind,
        f"Send audio recording through {label}"
        + (" while the rule is active" if unlimited else ""),
        "Recordings",
        (
            TemplateParameter(
                "pre_duration",
                "Before the trigger (ms)",
                kind="integer",
                default=str(_DEFAULT_MS),
                low=0,
                high=round(LONGEST_PRE_S * 1000),
            ),
            TemplateParameter(
                "post_duration",
                "After the trigger (ms)",
                kind="integer",
                default=str(_DEFAULT_MS),
                low=0,
                high=round(LONGEST_POST_S * 1000),
            ),
            TemplateParameter(
                "file_name",
                "File name",
                "Modifiers such as %Y and #n are replaced; a sequence number is added.",
                default=_FILE_NAME,
                longest=128,
            ),
            TemplateParameter(
                "format",
                "Format",
                kind="choice",
                default=DEFAULT,
                values=choices(kind == "networkshare"),
            ),
            *(mail if kind == "smtp" else ()),
        ),
        recipient=f"com.axis.recipient.{kind}",
        unlimited=unlimited,
    )
