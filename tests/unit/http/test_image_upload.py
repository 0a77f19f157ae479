"""A firmware image on its way in: what counts as one, how large it may be, and how slow its sender."""

import asyncio
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.types import Message

from common.errors import InvalidValue, StorageFull
from common.update import LARGEST_IMAGE_BYTES
from daemons.http.adapters import image_upload
from daemons.http.adapters.image_upload import ImageUpload
from daemons.http.problems import Problem

JSON = b'--B\r\nContent-Disposition: form-data; name="a"\r\nContent-Type: application/json\r\n\r\n{}\r\n'
FILE = b'--B\r\nContent-Disposition: form-data; name="b"; filename="../../f"\r\n\r\n'
END = b"\r\n--B--\r\n"


def upload(*chunks: bytes, pause_s: float = 0.0) -> ImageUpload:
    """Return a body that comes chunk by chunk, with a pause before each."""
    rest = list(chunks)

    async def receive() -> Message:
        await asyncio.sleep(pause_s)
        body = rest.pop(0) if rest else b""
        return {"type": "http.request", "body": body, "more_body": bool(rest)}

    headers = [(b"content-type", b"multipart/form-data; boundary=B")]
    return ImageUpload(Request({"type": "http", "method": "POST", "headers": headers}, receive))


@pytest.fixture
def place(tmp_path: Path) -> Iterator[int]:
    """A file to write to."""
    descriptor = os.open(tmp_path / "image", os.O_RDWR | os.O_CREAT)
    yield descriptor
    os.close(descriptor)


def written(descriptor: int) -> bytes:
    """Return what has come."""
    return os.pread(descriptor, 10_000_000, 0)


@pytest.mark.parametrize("step", [1, 7, 4096])
async def test_json_and_file_are_told_apart_however_they_are_cut(place: int, step: int) -> None:
    """The boundary itself may come in pieces."""
    content = os.urandom(500) + b"\r\n--C" + b"\r\n-" * 9
    body = JSON + FILE + content + END
    coming = upload(*(body[at : at + step] for at in range(0, len(body), step)))
    assert await coming.envelope() == b"{}"
    assert await coming.write_to(place, 10_000) == len(content)
    assert written(place) == content


async def test_an_image_may_be_as_large_as_the_limit_and_no_larger(place: int) -> None:
    """A gigabyte: it fits a slot."""
    assert LARGEST_IMAGE_BYTES == 2**30
    assert await upload(JSON, FILE, b"x" * 1000, END).write_to(place, 1000) == 1000
    with pytest.raises(InvalidValue, match="at most"):
        await upload(JSON, FILE, b"x" * 1001, END).write_to(place, 1000)


@pytest.mark.parametrize("chunks", [(JSON, FILE, b"x"), (JSON, FILE), (JSON, END[2:]), (JSON,)])
async def test_what_breaks_off_is_no_image(place: int, chunks: Sequence[bytes]) -> None:
    """However much has come."""
    with pytest.raises((InvalidValue, Problem)):
        await upload(*chunks).write_to(place, 1000)


async def test_who_sends_too_slowly_is_cut_off(place: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """After some patience; whoever sends steadily may take all the time there is."""
    monkeypatch.setattr(image_upload, "PATIENCE_S", 0.1)
    monkeypatch.setattr(image_upload, "WRITE_AT_ONCE", 1)
    slow = upload(JSON, FILE, *[b"x" * 10] * 100, END, pause_s=0.02)
    with pytest.raises(Problem) as refused:
        await slow.write_to(place, 10_000)
    assert refused.value.status == 408
    steady = upload(JSON, FILE, *[b"x" * 10_000] * 20, END, pause_s=0.02)
    assert await steady.write_to(place, 1_000_000) == 200_000


async def test_the_disk_is_not_filled(place: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever does not say how much comes is stopped before settings and clips have no room."""
    monkeypatch.setattr(image_upload, "RESERVE_BYTES", 2**60)
    with pytest.raises(StorageFull):
        await upload(JSON, FILE, b"x" * 1000, END).write_to(place, 10_000)
    assert written(place) == b""


async def test_a_disk_that_is_full_is_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """And no error of ours."""
    monkeypatch.setattr(image_upload, "RESERVE_BYTES", 0)
    full = os.open("/dev/full", os.O_WRONLY)
    try:
        with pytest.raises(StorageFull):
            await upload(JSON, FILE, b"x" * 1000, END).write_to(full, 10_000)
    finally:
        os.close(full)


@pytest.mark.parametrize("length", ["", "-1", "x", "²", "9" * 400])
def test_a_length_that_is_none_is_not_known(length: str) -> None:
    """Or is a number, however large."""
    headers = [
        (b"content-type", b"multipart/form-data; boundary=B"),
        (b"content-length", length.encode("latin-1")),
    ]
    size = ImageUpload(Request({"type": "http", "method": "POST", "headers": headers})).size
    assert size == (int(length) if length.isascii() and length.isdigit() else 0)
