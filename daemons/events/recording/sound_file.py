"""A sound file that is whole or not there. Only the recorder imports this: FFmpeg is large."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import av
import numpy as np

from common.files import sync_folder
from common.pcm import SAMPLE_RATE_HZ
from daemons.events.recording.cut import LONGEST_NOTE
from daemons.events.recording.formats import FileFormat
from daemons.events.recording.ring import Block
from daemons.events.recording.unfinished import unfinished

_HEAD_BYTES: Final = 8192


class SoundFile:
    """Being written under another name. Every method may raise OSError."""

    def __init__(
        self, folder: Path, stem: str, format_: FileFormat, tags: Mapping[str, str]
    ) -> None:
        """Begin a file; its name is `stem`, some random digits and the format's suffix."""
        self._path = folder / f"{stem}-{secrets.token_hex(4)}{format_.suffix}"
        self._part = unfinished(self._path)
        # A checksum over the head would have to be mended with the note.
        options = {"write_crc32": "0"} if format_.container == "matroska" else {}
        self._container = av.open(
            str(self._part), "w", format=format_.container, container_options=options
        )
        # What there is to note is known at the end, and written at the beginning: room for it is left there.
        self._container.metadata.update({**tags, "comment": " " * LONGEST_NOTE})
        stream = self._container.add_stream(
            format_.codec, SAMPLE_RATE_HZ, dict(format_.options), layout="mono"
        )
        if not isinstance(stream, av.AudioStream):
            raise TypeError(f"{format_.codec} is no audio codec")
        if format_.bit_rate is not None:
            stream.bit_rate = format_.bit_rate
        stream.codec_context.thread_count = 1
        self._stream = stream
        self._frames = 0

    def write(self, block: Block) -> None:
        """Append samples at 48 kHz."""
        frame = av.AudioFrame.from_ndarray(block[np.newaxis, :], format="s16", layout="mono")
        frame.sample_rate = SAMPLE_RATE_HZ
        frame.pts = self._frames
        self._frames += len(block)
        self._container.mux(self._stream.encode(frame))

    def finish(self, note: str) -> str:
        """Put it on disk and return its name."""
        self._container.mux(self._stream.encode(None))
        self._container.close()
        with self._part.open("r+b") as file:
            file.seek(file.read(_HEAD_BYTES).index(b" " * LONGEST_NOTE))
            file.write(note.encode("ascii").ljust(LONGEST_NOTE))
            file.flush()
            os.fsync(file.fileno())
        self._part.rename(self._path)
        sync_folder(self._path.parent)
        return self._path.name

    def discard(self) -> None:
        """Let nothing be left of one that was not finished."""
        try:
            self._container.close()
        finally:
            self._part.unlink(missing_ok=True)
