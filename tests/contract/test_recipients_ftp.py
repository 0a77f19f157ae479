"""FTP recipients against a stranger's server."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.recipients_rig import (
    drip,
    file_message,
    flood,
    hang,
    process_on_a_port,
    scripted,
    send,
)

CONTENT = os.urandom(300_000)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder that the server serves, with one for uploads in it."""
    served = tmp_path / "served"
    (served / "in").mkdir(parents=True)
    return served


@pytest.fixture
def port(folder: Path) -> Iterator[int]:
    """An FTP server's port."""
    with process_on_a_port("ftp_server.py", str(folder)) as started:
        yield started


def parameters(port: int, **others: str) -> dict[str, str]:
    """Return where the server is, and how to log in."""
    return {
        "host": "127.0.0.1",
        "port": str(port),
        "upload_path": "in",
        "login": "camera",
        "password": "s3cret",
    } | others


def names(folder: Path) -> list[str]:
    """Return what is in a folder."""
    return sorted(path.name for path in folder.rglob("*"))


@pytest.mark.covers("M-RCP-04")
async def test_a_file_arrives_in_the_folder(port: int, folder: Path, tmp_path: Path) -> None:
    """Byte by byte, under its name."""
    result = await send("ftp", parameters(port), file_message(tmp_path, CONTENT))
    assert result.ok, result.reason
    assert names(folder / "in") == ["door_0000007.mkv"]
    assert (folder / "in" / "door_0000007.mkv").read_bytes() == CONTENT


@pytest.mark.covers("M-RCP-04", part="the folder must exist, else an error")
async def test_a_missing_folder_is_an_error(port: int, folder: Path, tmp_path: Path) -> None:
    """Nothing is made, nothing is stored elsewhere, and the reason names the folder."""
    message = file_message(tmp_path, CONTENT)
    result = await send("ftp", parameters(port, upload_path="nowhere"), message)
    assert not result.ok
    assert "the folder 'nowhere' does not exist" in result.reason
    assert names(folder) == ["in"]


@pytest.mark.covers("M-RCP-04", part="login")
async def test_a_wrong_password_is_told_without_it(port: int, tmp_path: Path) -> None:
    """The server's word is passed on."""
    message = file_message(tmp_path, CONTENT)
    result = await send("ftp", parameters(port, password="wr0ng-one"), message)
    assert not result.ok
    assert "refuses the login" in result.reason
    assert "wr0ng-one" not in result.reason


@pytest.mark.covers("M-RCP-05")
async def test_a_temporary_name_becomes_the_desired_one(
    port: int, folder: Path, tmp_path: Path
) -> None:
    """After a whole upload only the desired name is there."""
    result = await send("ftp", parameters(port, temporary="1"), file_message(tmp_path, CONTENT))
    assert result.ok, result.reason
    assert names(folder / "in") == ["door_0000007.mkv"]


@pytest.mark.covers("M-RCP-05", part="an interrupted upload")
async def test_an_upload_that_breaks_off_leaves_no_file_of_the_desired_name(tmp_path: Path) -> None:
    """The server closes in mid-file: what it was told to store has a temporary name, and no rename came."""
    said: list[str] = []

    async def break_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def take(data: asyncio.StreamReader, out: asyncio.StreamWriter) -> None:
            await data.readexactly(20_000)
            out.transport.abort()

        async with scripted(take) as data_port:
            writer.write(b"220 hello\r\n")
            while line := (await reader.readline()).decode().strip():
                said.append(line)
                answer = {
                    "USER": b"331 password\r\n",
                    "PASV": f"227 (127,0,0,1,{data_port >> 8},{data_port & 255})\r\n".encode(),
                    "STOR": b"150 go on\r\n",
                }.get(line.split()[0], b"200 yes\r\n")
                writer.write(answer)

    async with scripted(break_off) as port:
        message = file_message(tmp_path, CONTENT * 20)
        result = await send("ftp", parameters(port, temporary="1"), message)
    assert not result.ok
    assert "STOR .door_0000007.mkv.tmp" in said
    assert not [line for line in said if line.startswith("RN")]


@pytest.mark.covers("M-RCP-06")
@pytest.mark.parametrize("passive", ["0", "1"])
async def test_both_ways_to_open_the_data_connection(
    port: int, folder: Path, tmp_path: Path, passive: str
) -> None:
    """Active and passive carry the same file."""
    message = file_message(tmp_path, CONTENT)
    result = await send("ftp", parameters(port, passive=passive), message)
    assert result.ok, result.reason
    assert (folder / "in" / "door_0000007.mkv").read_bytes() == CONTENT


async def test_a_server_that_acknowledges_what_it_has_not_kept_is_not_believed(
    folder: Path, tmp_path: Path
) -> None:
    """226, and an empty file."""
    with process_on_a_port("ftp_server.py", str(folder), "lie") as port:
        result = await send("ftp", parameters(port), file_message(tmp_path, CONTENT))
    assert not result.ok
    assert not result.permanent
    assert f"stored 0 of {len(CONTENT)} bytes" in result.reason


async def test_a_server_that_tells_no_sizes_will_do(folder: Path, tmp_path: Path) -> None:
    """SIZE is an extension."""
    with process_on_a_port("ftp_server.py", str(folder), "nosize") as port:
        result = await send("ftp", parameters(port), file_message(tmp_path, CONTENT))
    assert result.ok, result.reason


async def test_a_full_disk_is_told_and_tried_again(folder: Path, tmp_path: Path) -> None:
    """It may have room later."""
    with process_on_a_port("ftp_server.py", str(folder), "full") as port:
        result = await send("ftp", parameters(port), file_message(tmp_path, CONTENT))
    assert not result.ok
    assert not result.permanent
    assert "No space left" in result.reason


@pytest.mark.parametrize("handler", [hang, drip], ids=["hang", "drip"])
async def test_a_server_without_an_answer_costs_its_time_and_no_more(
    handler: object, tmp_path: Path
) -> None:
    """The deadline ends what no single step's time-out does."""
    async with scripted(handler) as port:  # type: ignore[arg-type]
        message = file_message(tmp_path, CONTENT)
        result = await send("ftp", parameters(port), message, seconds=0.6)
    assert (result.ok, result.permanent) == (False, False)


async def test_an_answer_without_end_is_cut_off(tmp_path: Path) -> None:
    """No memory is filled with it."""
    async with scripted(flood) as port:
        result = await send("ftp", parameters(port), file_message(tmp_path, CONTENT))
    assert "has no end" in result.reason


@pytest.mark.covers("M-RCP-22", part="FTP")
async def test_the_test_stores_a_file_and_deletes_it(port: int, folder: Path) -> None:
    """It proves the login, the folder and the right to write; nothing is left."""
    result = await send("ftp", parameters(port), None)
    assert result.ok, result.reason
    assert names(folder / "in") == []
    assert not (await send("ftp", parameters(port, upload_path="nowhere"), None)).ok


async def test_passive_addresses_are_not_followed(tmp_path: Path) -> None:
    """What a server says in PASV leads to that server, whatever address it names."""
    met: list[str] = []

    async def lure(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def take(data: asyncio.StreamReader, out: asyncio.StreamWriter) -> None:
            met.append(out.get_extra_info("sockname")[0])
            await data.read()

        async with scripted(take) as data_port:
            writer.write(b"220 hello\r\n")
            while line := (await reader.readline()).decode().strip():
                answer = {
                    "USER": b"331 password\r\n",
                    "PASV": f"227 (127,0,0,9,{data_port >> 8},{data_port & 255})\r\n".encode(),
                    "STOR": b"150 go on\r\n226 done\r\n",
                    "SIZE": b"500 no\r\n",
                }.get(line.split()[0], b"200 yes\r\n")
                writer.write(answer)

    async with scripted(lure) as port:
        result = await send("ftp", parameters(port), file_message(tmp_path, b"x"))
    assert result.ok, result.reason
    assert met == ["127.0.0.1"]
