"""Tell a recipient something (VAPIX events page 5.2, M-EVT-11): queued, and sent from the queue."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from common.errors import ApplianceError
from common.rules import ActionTemplate, TemplateParameter
from daemons.events.actions.kind import ActionKind, Job
from daemons.events.delivery.deliveries import Deliveries, Target
from daemons.events.recipients.kinds import Http, Message

_GROUP = "Notifications"


class Written(Protocol):
    """Replaces the modifiers of a text (VAPIX events page 5.4)."""

    def __call__(self, text: str, at: float, sequence: int = 0) -> str:
        """Return the text as it is at a time, in a message of that number."""


def target_of(job: Job) -> Target:
    """Return where an action's message goes: a kept recipient, or the one that stands among its own parameters."""
    if job.action.recipient:
        return Target("recipient", job.action.recipient)
    return Target("action", job.action.id)


def headers_of(text: str) -> tuple[tuple[str, str], ...]:
    """Return the headers of lines `Name: value`; what is no header is left out."""
    parts = (line.partition(":") for line in text.splitlines())
    return tuple((name.strip(), value.strip()) for name, colon, value in parts if colon)


def kinds(
    deliveries: Deliveries,
    written: Written,
    name_of: Callable[[int], str],
    tasks: asyncio.TaskGroup,
    failed: Callable[[int, str], None],
) -> list[ActionKind]:
    """Return every notification. `name_of` names a recipient; `failed` is told of what is repeated in vain."""

    async def send(job: Job, made: Callable[[Callable[[str], str]], Message]) -> str:
        number = await deliveries.next_number()
        message = made(lambda name: written(job.parameter(name), job.time, number))
        name = name_of(job.action.recipient) or job.action.name or job.rule_name
        what = f"notification of {job.rule_name}"
        await deliveries.put(target_of(job), name, what, message, number)
        return ""

    async def http(job: Job) -> str:
        method = job.parameter("method", "GET").upper()
        headers = headers_of(job.parameter("http_headers"))
        return await send(
            job,
            lambda text: Message(
                text("message"), http=Http(method, text("parameters"), headers, text("body"))
            ),
        )

    async def mail(job: Job) -> str:
        return await send(job, lambda text: Message(text("message"), subject=text("subject")))

    async def tcp(job: Job) -> str:
        return await send(job, lambda text: Message(text("message")))

    repeating: dict[int, asyncio.Task[None]] = {}

    async def repeat(job: Job) -> None:
        while True:
            try:
                await tcp(job)
            except ApplianceError as error:
                failed(job.rule, error.message)
            await asyncio.sleep(job.integer("period", 1))

    async def begin_repeating(job: Job) -> str:
        if job.rule in repeating:
            repeating[job.rule].cancel()
        repeating[job.rule] = tasks.create_task(repeat(job), name=f"messages of rule {job.rule}")
        return "repeating"

    async def end_repeating(job: Job, _handle: str) -> None:
        if job.rule in repeating:
            repeating.pop(job.rule).cancel()

    return [
        ActionKind(_http_template("http", "HTTP"), http),
        ActionKind(_http_template("https", "HTTPS"), http),
        ActionKind(_MAIL, mail),
        ActionKind(_TCP, tcp),
        ActionKind(_TCP_REPEATED, begin_repeating, end_repeating),
    ]


def _http_template(scheme: str, label: str) -> ActionTemplate:
    return ActionTemplate(
        f"com.axis.action.fixed.notification.{scheme}",
        f"Send notification through {label}",
        _GROUP,
        (
            TemplateParameter("parameters", "Query string suffix", "Raw: `a=1&b=2`."),
            TemplateParameter(
                "message", "Message", "Sent as the CGI argument `Message`.", longest=4096
            ),
            TemplateParameter(
                "method",
                "Method",
                kind="choice",
                default="GET",
                values={name: name for name in ("GET", "POST", "PUT", "PATCH", "DELETE")},
            ),
            TemplateParameter(
                "http_headers",
                "Headers",
                "One on each line, `Name: value`.",
                "multiline",
                longest=4096,
            ),
            TemplateParameter("body", "Body", kind="multiline", longest=8192),
        ),
        recipient=f"com.axis.recipient.{scheme}",
    )


_MESSAGE = TemplateParameter("message", "Message", kind="multiline", longest=8192)
_MAIL = ActionTemplate(
    "com.axis.action.fixed.notification.smtp",
    "Send email",
    _GROUP,
    (TemplateParameter("subject", "Subject"), _MESSAGE),
    recipient="com.axis.recipient.smtp",
)
_TCP = ActionTemplate(
    "com.axis.action.fixed.notification.tcp",
    "Send notification through TCP",
    _GROUP,
    (_MESSAGE,),
    recipient="com.axis.recipient.tcp",
)
_TCP_REPEATED = ActionTemplate(
    "com.axis.action.unlimited.notification.tcp",
    "Send notification through TCP while the rule is active",
    _GROUP,
    (
        _MESSAGE,
        TemplateParameter("period", "Every (s)", kind="integer", default="1", low=1, high=86_400),
    ),
    recipient="com.axis.recipient.tcp",
    unlimited=True,
)
