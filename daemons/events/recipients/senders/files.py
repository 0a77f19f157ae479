"""What senders of files share."""

from pathlib import Path

from daemons.events.recipients.kinds import Failed, File, Message

CHUNK_BYTES = 64 * 1024


def file_of(message: Message) -> File:
    """Return the file of a message; raises Failed when it has none, or when it is gone."""
    if message.file is None:
        raise Failed("this kind of recipient takes files, and there is none", permanent=True)
    return existing(message.file)


def existing(file: File) -> File:
    """Return `file`; raises Failed when it is gone."""
    if not Path(file.path).is_file():
        raise Failed("the file is no longer there", permanent=True)
    return file


def no_file(message: Message) -> None:
    """Raise Failed when a message has a file that would be lost."""
    if message.file is not None:
        raise Failed("this kind of recipient takes no files", permanent=True)


def size_of(file: File) -> int:
    """Return the size in bytes."""
    return Path(file.path).stat().st_size


def check_stored(found: int | None, sent: int) -> None:
    """Believe no server that says it has a file and has less of it; None when it tells no size."""
    if found is not None and found != sent:
        raise Failed(f"the server has stored {found} of {sent} bytes")
