"""What the daemon and its delivery worker say to each other: one JSON object a line, over the worker's own pipes."""

from typing import Annotated

import msgspec

from daemons.events.recipients.kinds import Message

LONGEST_LINE = 2**20
"""Bytes."""


class Settings(msgspec.Struct, frozen=True):
    """The first line to the worker."""

    loopback_allowed: bool
    """Whether recipients may have this unit's loopback addresses: for a simulated unit and for tests."""
    trusted: str = ""
    """File or folder with certificates of authorities, beside the system's, while there is one."""


class Job(msgspec.Struct, frozen=True):
    """Something to deliver, or to test when there is no message. The parameters hold secrets."""

    id: int
    token: str
    parameters: dict[str, str]
    seconds: float
    """How long it may take."""
    message: Message | None = None

    def __repr__(self) -> str:
        return f"Job({self.id}, {self.token})"


class Result(msgspec.Struct, frozen=True):
    """What became of a job."""

    id: int
    ok: bool
    reason: Annotated[str, msgspec.Meta(max_length=1000)] = ""
    """Why it failed, or what there is to tell; for a person, without secrets."""
    permanent: bool = False


_encoder = msgspec.json.Encoder()
settings: msgspec.json.Decoder[Settings] = msgspec.json.Decoder(Settings)
job: msgspec.json.Decoder[Job] = msgspec.json.Decoder(Job)
result: msgspec.json.Decoder[Result] = msgspec.json.Decoder(Result)


def line(said: Settings | Job | Result) -> bytes:
    """Return a line to write."""
    return _encoder.encode(said) + b"\n"
