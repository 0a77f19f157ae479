"""Clips over HTTP: playing, uploading, downloading, and what is refused."""

from pathlib import Path

import pytest

from tests.unit.http.edge import Edge

CLIP = "/axis-cgi/mediaclip.cgi"
BOUNDARY = "b0undary"
MULTIPART = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


def form(
    content: bytes = b"RIFF sound",
    filename: str = "lunch.wav",
    field: str = "file",
    end: str = f"\r\n--{BOUNDARY}--\r\n",
) -> bytes:
    """Return a multipart body with one file."""
    head = (
        f"--{BOUNDARY}\r\n"
        f'Content-Disposition: form-data; name="{field}"; filename="{filename}"\r\n'
        "Content-Type: audio/wav\r\n\r\n"
    )
    return head.encode() + content + end.encode()


def is_empty(folder: Path) -> bool:
    """Whether nothing is left in a folder."""
    return not list(folder.iterdir())


@pytest.mark.covers("M-AUD-19", part="API")
@pytest.mark.parametrize(
    ("query", "played"),
    [
        ("clip=0", (0, 100.0, 0)),
        ("clip=0&volume=1000&repeat=-1", (0, 1000.0, -1)),
        ("clip=0&volume=0&repeat=3", (0, 0.0, 3)),
        ("clip=0&audiooutput=1", (0, 100.0, 0)),
        ("clip=0&audiodeviceid=0&audiooutputid=0&other=1", (0, 100.0, 0)),
        ("location=lunch.wav", (0, 100.0, 0)),
        ("location=/etc/audioclips/lunch.wav&repeat=1", (0, 100.0, 1)),
        ("location=*.wav", (0, 100.0, 0)),
    ],
)
@pytest.mark.parametrize("path", [f"{CLIP}?action=play&", "/axis-cgi/playclip.cgi?"])
async def test_a_clip_plays(
    edge: Edge, path: str, query: str, played: tuple[int, float, int]
) -> None:
    """By number, by location and by pattern."""
    answer = await edge.ask("GET", path + query, login="oscar")
    assert (answer.status, answer.text) == (200, "OK\nplaying=0\n")
    assert answer.header("content-type") == "text/plain"
    assert edge.audio.played == [played]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "clip=",
        "clip=x",
        "clip=-1",
        "clip=1",
        "clip=99999",
        "clip=0x0",
        "clip=1e3",
        "clip=%00",
        "clip=0&volume=1001",
        "clip=0&volume=-1",
        "clip=0&volume=nan",
        "clip=0&volume=1e2",
        "clip=0&repeat=-2",
        "clip=0&repeat=1.5",
        "clip=0&repeat=99999999999999999999",
        "clip=0&class=loud",
        "clip=0&class=2",
        "clip=0&priority=101",
        "clip=0&priority=-1",
        "clip=0&priority=high",
        "clip=0&audiooutput=2",
        "clip=0&audiooutput=0",
        "clip=0&audiodeviceid=0",
        "clip=0&audiooutputid=0",
        "clip=0&audiodeviceid=1&audiooutputid=0",
        "clip=0&audiooutput=1&audiodeviceid=0&audiooutputid=0",
        "clip=0&location=lunch.wav",
        "location=nothing.wav",
        "location=../../etc/passwd",
        "location=%2e%2e%2fshadow",
    ],
)
async def test_what_cannot_be_played_is_refused_in_two_lines(edge: Edge, query: str) -> None:
    """HTTP 400, the status, and a reason."""
    answer = await edge.ask("GET", f"/axis-cgi/playclip.cgi?{query}", login="root")
    assert answer.status == 400
    status, reason, rest = answer.text.split("\n")
    assert (status, rest) == ("400 Bad Request", "")
    assert reason
    assert not edge.audio.played


@pytest.mark.parametrize(
    ("query", "rank"),
    [
        ("", ("announcement", 0)),
        ("&class=&priority=", ("announcement", 0)),
        ("&class=music", ("music", 0)),
        ("&class=Advertisement&priority=7", ("advertisement", 7)),
        ("&class=page&priority=100", ("page", 100)),
    ],
)
async def test_class_and_priority_are_passed_on(
    edge: Edge, query: str, rank: tuple[str, int]
) -> None:
    """A viewer may choose them by playclip.cgi; without them a clip is an announcement."""
    answer = await edge.ask("GET", f"/axis-cgi/playclip.cgi?clip=0{query}", login="vera")
    assert (answer.status, answer.text) == (200, "OK\nplaying=0\n")
    assert edge.audio.ranks == [rank]


@pytest.mark.parametrize("class_", ["emergency", "EMERGENCY"])
async def test_a_viewer_cannot_start_an_emergency(edge: Edge, class_: str) -> None:
    """It would silence everything else; an operator can."""
    target = f"/axis-cgi/playclip.cgi?clip=0&class={class_}"
    refused = await edge.ask("GET", target, login="vera")
    assert (refused.status, refused.text) == (
        403,
        "403 Forbidden\nThis needs the role operator.\n",
    )
    assert not edge.audio.played
    assert (await edge.ask("GET", target, login="oscar")).status == 200
    assert edge.audio.ranks == [("emergency", 0)]


async def test_a_link_in_a_mail_starts_no_emergency(edge: Edge) -> None:
    """It may play a clip with an operator's cookie, as a viewer may; for more the password itself is asked for."""
    cookie = {"Cookie": (await edge.log_in("oscar"))["Cookie"]}
    typed = {**cookie, "Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"}
    target = "/axis-cgi/playclip.cgi?clip=0"
    assert (await edge.ask("GET", target, headers=typed)).status == 200
    assert (await edge.ask("GET", f"{target}&class=emergency", headers=typed)).status == 401
    assert edge.audio.ranks == [("announcement", 0)]


async def test_one_playback_is_stopped_by_its_id(edge: Edge) -> None:
    """An operator stops it; a viewer does not, and an unknown id is said to be unknown."""
    path, body = "/api/playing/stop", '{"id": "p1"}'
    assert (await edge.ask("POST", path, body=body, login="vera")).status == 403
    unknown = await edge.ask("POST", path, body='{"id": "p2"}', login="oscar")
    assert (unknown.status, unknown.json()["error"]["code"]) == (404, "not_found")
    for wrong in ("", "{}", '{"id": 1}', '{"id": "\\u0000"}', '{"id": "p1", "fade": 1}', "[]"):
        answer = await edge.ask("POST", path, body=wrong, login="oscar")
        assert (answer.status, answer.json()["error"]["code"]) == (400, "invalid")
    assert edge.audio.stopped_playbacks == []
    answer = await edge.ask("POST", path, body=body, login="oscar")
    assert (answer.status, answer.json()) == (200, {"stopped": "p1"})
    assert edge.audio.stopped_playbacks == ["p1"]


@pytest.mark.parametrize("target", [f"{CLIP}?action=stop", "/axis-cgi/stopclip.cgi"])
async def test_clips_stop(edge: Edge, target: str) -> None:
    """Whatever plays."""
    assert (await edge.ask("GET", target, login="oscar")).text == "OK\nstopping\n"
    assert edge.audio.stopped == 1


@pytest.mark.covers("M-AUD-18", part="API: the upload")
async def test_a_clip_is_uploaded(edge: Edge, tmp_path: Path) -> None:
    """The name is the argument's; the field's name is free; folders in file names are left out."""
    target = f"{CLIP}?action=upload&media=audio&name=Lunch"
    for field, filename in (("file", "lunch.wav"), ("fileUpload", "C:\\sounds\\lunch.wav")):
        body = form(field=field, filename=filename.replace("\\", "\\\\"))
        answer = await edge.ask("POST", target, body=body, login="oscar", headers=MULTIPART)
        assert (answer.status, answer.text) == (200, "OK\nuploaded=1\n")
    assert edge.audio.added == [(b"RIFF sound", "Lunch", "lunch.wav")] * 2
    assert is_empty(tmp_path)


@pytest.mark.parametrize(
    ("filename", "kept"),
    [
        ("Dorfstra\u00dfe.wav", "Dorfstra\u00dfe.wav"),
        ("\u304a\u663c.wav", "\u304a\u663c.wav"),
        ("\U0001f514.wav", "\U0001f514.wav"),
        ("a\u2028\x1bb.wav", "a__b.wav"),
        ("a\uffffb.wav", "a_b.wav"),
    ],
)
async def test_a_file_name_may_be_in_any_language(edge: Edge, filename: str, kept: str) -> None:
    """Browsers send it as UTF-8."""
    target = f"{CLIP}?action=upload"
    body = form(filename=filename)
    answer = await edge.ask("POST", target, body=body, login="oscar", headers=MULTIPART)
    assert answer.status == 200, answer.text
    assert edge.audio.added == [(b"RIFF sound", "", kept)]


async def test_an_upload_may_come_in_any_pieces(edge: Edge) -> None:
    """Byte by byte, and with other fields before the file."""
    before = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="x"\r\n\r\nRIFF no\r\n'.encode()
    body = before + form(b"RIFF\r\n--b0undar\r\nsound")
    pieces = [bytes([byte]) for byte in body]
    target = f"{CLIP}?action=upload"
    answer = await edge.ask("POST", target, body=pieces, login="oscar", headers=MULTIPART)
    assert answer.status == 200, answer.text
    assert edge.audio.added == [(b"RIFF\r\n--b0undar\r\nsound", "", "lunch.wav")]


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (form(b"MZ"), MULTIPART),
        (form(b""), MULTIPART),
        (form(end=""), MULTIPART),
        (form()[:-4], MULTIPART),
        (form()[:40], MULTIPART),
        (b"", MULTIPART),
        (f"--{BOUNDARY}--\r\n".encode(), MULTIPART),
        (b"RIFF sound", MULTIPART),
        (form(), {"Content-Type": "multipart/form-data"}),
        (form(), {"Content-Type": "multipart/form-data; boundary=" + "x" * 71}),
        (form(), {"Content-Type": "multipart/mixed; boundary=b0undary"}),
        (form(), {"Content-Type": "application/x-www-form-urlencoded"}),
        (form(), {"Content-Type": ""}),
        (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n--{BOUNDARY}--\r\n'.encode(),
            MULTIPART,
        ),
        (
            f"--{BOUNDARY}\r\nX: {'y' * 9000}\r\n\r\nx\r\n--{BOUNDARY}--\r\n".encode(),
            MULTIPART,
        ),
        (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n'.encode() * 20
            + form(),
            MULTIPART,
        ),
    ],
)
async def test_a_bad_upload_leaves_nothing(
    edge: Edge, body: bytes, headers: dict[str, str], tmp_path: Path
) -> None:
    """No file, wrong content, cut off, malformed: 400 and a reason (class W6 of the known vulnerabilities)."""
    target = f"{CLIP}?action=upload&media=audio"
    answer = await edge.ask("POST", target, body=body, login="root", headers=headers)
    assert answer.status == 400
    assert answer.text.startswith("400 Bad Request\n")
    assert not edge.audio.added
    assert is_empty(tmp_path)


async def test_an_upload_has_a_limit(edge: Edge) -> None:
    """Announced or not; what the web server let through is counted here."""
    edge.settings.update({"MediaClip.MaxUploadSize": "1"})
    target = f"{CLIP}?action=upload"
    large = form(b"RIFF" + b"x" * (1 << 20))
    answer = await edge.ask("POST", target, body=large, login="root", headers=MULTIPART)
    assert (answer.status, "1 MB" in answer.text) == (413, True)
    chunked = {**MULTIPART, "Content-Length": ""}
    pieces = [large[start : start + 65536] for start in range(0, len(large), 65536)]
    answer = await edge.ask("POST", target, body=pieces, login="root", headers=chunked)
    assert answer.status == 413
    claimed = {**MULTIPART, "Content-Length": str(2 << 30)}
    answer = await edge.ask("POST", target, body=[b"x"], login="root", headers=claimed)
    assert answer.status == 413
    assert not edge.audio.added


async def test_only_so_many_uploads_at_once(edge: Edge) -> None:
    """More are told to come again."""
    for _ in range(4):
        await edge.unit.uploads.acquire()
    target = f"{CLIP}?action=upload"
    answer = await edge.ask("POST", target, body=form(), login="root", headers=MULTIPART)
    assert (answer.status, answer.header("retry-after")) == (503, "5")


async def test_an_upload_is_a_post(edge: Edge) -> None:
    """Nothing is uploaded by a GET."""
    answer = await edge.ask("GET", f"{CLIP}?action=upload", login="root")
    assert answer.status == 405


@pytest.mark.covers("M-AUD-20", part="API")
async def test_a_clip_is_renamed(edge: Edge) -> None:
    """Names have 1 to 64 characters on one line."""
    answer = await edge.ask("GET", f"{CLIP}?action=update&clip=0&name=Dinner", login="oscar")
    assert answer.text == "OK\nupdated=0\n"
    assert edge.params.written == [({"MediaClip.M0.Name": "Dinner"}, 4, "oscar@192.0.2.7", True)]
    for query in (
        "clip=0",
        "clip=0&name=",
        "clip=0&name=" + "x" * 65,
        "clip=0&name=a%0ab",
        "clip=7&name=x",
        "name=x",
    ):
        answer = await edge.ask("GET", f"{CLIP}?action=update&{query}", login="root")
        assert answer.status == 400, query


@pytest.mark.covers("M-AUD-22", "M-AUD-23", part="API")
async def test_a_clip_is_downloaded_and_deleted(edge: Edge) -> None:
    """As .au by VAPIX, bit for bit by the web UI's path."""
    answer = await edge.ask("GET", f"{CLIP}?action=download&clip=0", login="oscar")
    assert (answer.header("content-type"), answer.content) == ("audio/basic", b".sndRIFF original")
    answer = await edge.ask("GET", "/api/clips/0/original", login="oscar")
    assert answer.content == b"RIFF original"
    assert answer.header("content-length") == "13"
    assert answer.header("content-disposition") == (
        "attachment; filename=\"Mittag_essen.wav\"; filename*=UTF-8''Mittag%20essen.wav"
    )
    assert (await edge.ask("GET", "/api/clips/1/original", login="oscar")).status == 404
    answer = await edge.ask("GET", f"{CLIP}?action=remove&clip=0", login="oscar")
    assert (answer.text, edge.audio.removed) == ("OK\nremoved=0\n", [0])
    for query in (
        "action=remove&clip=1",
        "action=remove",
        "action=download&clip=1",
        "action=list",
        "",
    ):
        answer = await edge.ask("GET", f"{CLIP}?{query}", login="oscar")
        assert (answer.status, answer.text[:16]) == (400, "400 Bad Request\n")
