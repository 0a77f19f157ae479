"""Which format a file has, by its content, and whether its name agrees."""

from daemons.audio.worker.containers.facts import Buffer, Facts, UnfitFile, WrongFormat
from daemons.audio.worker.containers.mpeg import begins_with_frames, read_mp3, skip_id3
from daemons.audio.worker.containers.ogg import read_ogg
from daemons.audio.worker.containers.riff import read_wav
from daemons.audio.worker.containers.sunau import read_au
from daemons.audio.worker.protocol import EXTENSIONS


def examine(data: Buffer, extension: str) -> Facts:
    """Return what the file holds; raises UnfitFile where it cannot become a clip.

    An empty `extension` says nothing and contradicts nothing.
    """
    if len(data) == 0:
        raise UnfitFile("the file is empty")
    facts = _read(data)
    if extension and facts.format not in EXTENSIONS[extension]:
        raise WrongFormat(f"the file is named .{extension} but its content is {facts.format.value}")
    if facts.frames <= 0:
        raise UnfitFile("the file contains no sound")
    return facts


def _read(data: Buffer) -> Facts:
    magic = bytes(data[:12])
    if magic.startswith(b".snd"):
        return read_au(data)
    if magic.startswith(b"RIFF") and magic[8:] == b"WAVE":
        return read_wav(data)
    if magic.startswith(b"OggS"):
        return read_ogg(data)
    if magic.startswith(b"ID3") or begins_with_frames(data[skip_id3(data) :]):
        return read_mp3(data)
    raise WrongFormat("the file is not a sound file of a known format")
