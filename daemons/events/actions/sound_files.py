"""Send a file with the sound before and after the trigger (M-BTW-05, M-RCP-02, M-RCP-09).

The reference has such actions for pictures and video alone; ours are named and parametrised like those.
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import Final

from common.errors import ApplianceError
from common.rules import Action, ActionTemplate, TemplateParameter
from daemons.events.actions.kind import ActionKind, Job
from daemons.events.actions.notifications import Written, target_of
from daemons.events.delivery.deliveries import Deliveries
from daemons.events.recipients.kinds import File, Message
from daemons.events.recording.cut import LONGEST_POST_S, LONGEST_PRE_S
from daemons.events.recording.formats import DEFAULT, choices, format_of
from daemons.events.recording.recordings import Recordings

_PREFIX: Final = "com.axis.action.fixed.send_audioclip."
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
    return max(
        (_before_s(each) for each in actions if each.template.startswith(_PREFIX)), default=None
    )


def kinds(
    deliveries: Deliveries,
    recordings: Recordings,
    written: Written,
    name_of: Callable[[int], str],
    tasks: asyncio.TaskGroup,
    failed: Callable[[int, str], None],
) -> list[ActionKind]:
    """Return the sending of sound, one kind for each kind of recipient that takes files."""

    async def send(job: Job) -> str:
        # The next trigger must not wait until this recording is over.
        tasks.create_task(recorded(job), name=f"recording of rule {job.rule}")
        return ""

    async def recorded(job: Job) -> None:
        format_ = job.parameter("format", DEFAULT)
        after_s = job.integer("post_duration", _DEFAULT_MS) / 1000
        try:
            path = await recordings.record(
                _before_s(job.action), after_s, job.time, format_, job.rule_name
            )
            name = written(job.parameter("file_name", _FILE_NAME), job.time)
            kind = format_of(format_)
            file = File(str(path), name + kind.suffix, kind.mime_type)
            message = Message(
                text=written(job.parameter("message"), job.time),
                subject=written(job.parameter("subject", job.rule_name), job.time),
                file=file,
            )
            recipient = name_of(job.action.recipient) or job.action.name or job.rule_name
            await deliveries.put(
                target_of(job), recipient, f"recording of {job.rule_name}", message
            )
        except ApplianceError as error:
            failed(job.rule, error.message)

    return [ActionKind(_template(kind, label), send) for kind, label in _LABELS.items()]


def _before_s(action: Action) -> float:
    return int(action.parameters.get("pre_duration") or _DEFAULT_MS) / 1000


_FILE_NAME: Final = "audio%Y%m%d_%H%M%S"
"""The queue adds the unique sequence number (M-RCP-02)."""


def _template(kind: str, label: str) -> ActionTemplate:
    mail = (
        TemplateParameter("subject", "Subject"),
        TemplateParameter("message", "Message", kind="multiline", longest=8192),
    )
    return ActionTemplate(
        _PREFIX + kind,
        f"Send audio recording through {label}",
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
    )
