"""The page Audio clips, end to end: from a file on a computer to samples at the loudspeaker."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.suite import ROOT_PASSWORD, Unit, until
from tests.web.conftest import open_page, silent
from tests.web.sounds import peak, tone_wav

HOSTILE = '<img src=x onerror="alert(1)"><b>x'


@pytest.fixture
def clips_page(signed_in: Page, unit: Unit) -> Iterator[Page]:
    """The page, with factory clips only before and after."""
    remove_own_clips(unit)
    open_page(signed_in, unit, "/audio/clips", "Audio clips")
    signed_in.get_by_role("table").wait_for()
    yield signed_in
    remove_own_clips(unit)


def clips(unit: Unit) -> list[dict[str, Any]]:
    """Return the clips as the API lists them."""
    with unit.admin() as admin:
        listed: list[dict[str, Any]] = admin.get("/api/clips").json()
        return listed


def own_clips(unit: Unit) -> list[dict[str, Any]]:
    """Return the clips that did not come with the unit."""
    return [clip for clip in clips(unit) if not clip["factory"]]


def remove_own_clips(unit: Unit) -> None:
    """Leave only what came with the unit, and silence."""
    silent(unit)
    with unit.admin() as admin:
        for clip in own_clips(unit):
            query = {"action": "remove", "clip": clip["clip"]}
            admin.get("/axis-cgi/mediaclip.cgi", params=query).raise_for_status()


def add(page: Page, folder: Path, name: str, content: bytes) -> None:
    """Choose a file in the page."""
    path = folder / name
    path.write_bytes(content)
    page.get_by_label("Audio clip files").set_input_files(path)


def row(page: Page, name: str) -> Locator:
    """Return the row of a clip."""
    header = page.get_by_role("rowheader").get_by_text(name, exact=True)
    return page.get_by_role("row").filter(has=header)


def choose(page: Page, name: str, entry: str) -> None:
    """Choose an entry of a clip's context menu."""
    page.get_by_role("button", name=f"More for {name}").click()
    page.get_by_role("menuitem", name=entry).click()


@pytest.mark.covers("M-AUD-18", part="web interface")
def test_add_clip_uploads_a_file(clips_page: Page, unit: Unit, tmp_path: Path) -> None:
    """The file is in the list under its own name, and the unit has it."""
    add(clips_page, tmp_path, "Lunch break.wav", tone_wav(1.5))
    expect(row(clips_page, "Lunch break")).to_contain_text("16 kHz")
    expect(row(clips_page, "Lunch break")).to_contain_text("1.5 s")
    assert [clip["name"] for clip in own_clips(unit)] == ["Lunch break"]


@pytest.mark.covers("M-AUD-18", part="progress")
def test_an_upload_shows_its_progress(clips_page: Page, unit: Unit, tmp_path: Path) -> None:
    """On a slow network one sees how much of the file is sent."""
    network = clips_page.context.new_cdp_session(clips_page)
    network.send("Network.enable")
    network.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": 10,
            "downloadThroughput": -1,
            "uploadThroughput": 200_000,
        },
    )
    add(clips_page, tmp_path, "slow.wav", tone_wav(15))
    bar = clips_page.get_by_role("progressbar")
    expect(bar).to_be_visible()
    until("some of it is sent", lambda: 0 < float(bar.get_attribute("aria-valuenow") or 0) < 100)
    expect(clips_page.get_by_text(re.compile(r"kB of 480 kB"))).to_be_visible()
    expect(row(clips_page, "slow")).to_be_visible()


def test_several_files_are_added_one_after_the_other(
    clips_page: Page, unit: Unit, tmp_path: Path
) -> None:
    """A wrong file among good ones stops none of them."""
    files = []
    for name, content in (
        ("one.wav", tone_wav(0.5)),
        ("broken.wav", tone_wav(1)[:30]),
        ("two.wav", tone_wav(0.5)),
        ("song.flac", b"fLaC"),
        ("empty.wav", b""),
    ):
        files.append(tmp_path / name)
        files[-1].write_bytes(content)
    clips_page.get_by_label("Audio clip files").set_input_files(files)
    expect(row(clips_page, "one")).to_be_visible()
    expect(row(clips_page, "two")).to_be_visible()
    for refused in ("broken.wav", "song.flac", "empty.wav"):
        expect(clips_page.get_by_text(f"{refused} was not added.")).to_be_visible()
    assert sorted(clip["name"] for clip in own_clips(unit)) == ["one", "two"]


def test_a_dropped_file_is_added(clips_page: Page, unit: Unit) -> None:
    """Dragging a file onto the page is as good as choosing it."""
    transfer = clips_page.evaluate_handle(
        """(bytes) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([new Uint8Array(bytes)], 'dropped.wav'));
            return transfer;
        }""",
        list(tone_wav(0.3)),
    )
    target = clips_page.get_by_role("table")
    target.dispatch_event("dragenter", {"dataTransfer": transfer})
    expect(clips_page.get_by_text("Drop the files to add them")).to_be_visible()
    target.dispatch_event("drop", {"dataTransfer": transfer})
    expect(row(clips_page, "dropped")).to_be_visible()


@pytest.mark.covers("M-AUD-19")
def test_a_clip_plays_and_stops(clips_page: Page, unit: Unit, tmp_path: Path) -> None:
    """Play is heard at the loudspeaker, the row says so, and Stop ends it."""
    add(clips_page, tmp_path, "tone.wav", tone_wav(30))
    clips_page.get_by_role("button", name="Play tone").click()
    until("the tone is heard", lambda: peak(unit.played(0.3)) > 0.01)
    clips_page.get_by_role("button", name="Stop tone").click()
    expect(clips_page.get_by_role("button", name="Play tone")).to_be_visible()
    until("silence", lambda: peak(unit.played(0.3)) == 0.0)


@pytest.mark.covers("M-AUD-20")
def test_a_clip_is_renamed(clips_page: Page, unit: Unit, tmp_path: Path) -> None:
    """The new name is in the list and in the unit; none is refused at once."""
    add(clips_page, tmp_path, "old name.wav", tone_wav(0.3))
    choose(clips_page, "old name", "Rename")
    dialog = clips_page.get_by_role("dialog", name="Rename audio clip")
    name = dialog.get_by_role("textbox", name="Name")
    expect(name).to_be_focused()
    name.fill("")
    expect(dialog.get_by_text("Enter a name.")).to_be_visible()
    name.fill("new name")
    clips_page.keyboard.press("Enter")
    expect(row(clips_page, "new name")).to_be_visible()
    assert [clip["name"] for clip in own_clips(unit)] == ["new name"]


@pytest.mark.covers("M-AUD-21")
def test_a_created_link_plays_the_clip(clips_page: Page, unit: Unit, tmp_path: Path) -> None:
    """The link has volume and number of times, is copied, and plays when somebody requests it."""
    clips_page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    add(clips_page, tmp_path, "bell.wav", tone_wav(0.4))
    choose(clips_page, "bell", "Create link")
    dialog = clips_page.get_by_role("dialog", name="Create link to “bell”")
    dialog.get_by_label("Volume (%)").fill("1001")
    expect(dialog.get_by_text("Enter a whole number from 0 to 1000.")).to_be_visible()
    dialog.get_by_label("Volume (%)").fill("60")
    dialog.get_by_label("Number of times to play").fill("3")
    dialog.get_by_role("button", name="Copy").click()
    expect(dialog.get_by_role("button", name="Copied")).to_be_visible()
    link = clips_page.evaluate("navigator.clipboard.readText()")
    assert link == dialog.get_by_label("Link", exact=True).input_value()

    query = parse_qs(urlsplit(link).query)
    assert query["volume"] == ["60"]
    assert query["repeat"] == ["2"]
    assert link.startswith(f"{unit.https_url}/axis-cgi/playclip.cgi?location=")
    with unit.user("root", ROOT_PASSWORD) as camera:
        assert camera.get(link).text.startswith("OK\nplaying=")
    until("the bell is heard", lambda: peak(unit.played(0.3)) > 0.01)


@pytest.mark.covers("M-AUD-22")
def test_download_gives_back_the_same_bytes(clips_page: Page, unit: Unit, tmp_path: Path) -> None:
    """Not a copy of the sound but the file itself, under a name one recognises."""
    content = tone_wav(0.7)
    add(clips_page, tmp_path, "original.wav", content)
    row(clips_page, "original").wait_for()
    with clips_page.expect_download() as download:
        choose(clips_page, "original", "Download")
    assert download.value.path().read_bytes() == content
    assert download.value.suggested_filename.endswith(".wav")


@pytest.mark.covers("M-AUD-23")
def test_a_clip_is_deleted_after_asking(clips_page: Page, unit: Unit, tmp_path: Path) -> None:
    """Cancel keeps it; Delete removes it from the unit."""
    add(clips_page, tmp_path, "rubbish.wav", tone_wav(0.3))
    choose(clips_page, "rubbish", "Delete")
    dialog = clips_page.get_by_role("dialog", name="Delete “rubbish”?")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).not_to_be_visible()
    assert len(own_clips(unit)) == 1
    choose(clips_page, "rubbish", "Delete")
    dialog.get_by_role("button", name="Delete", exact=True).click()
    expect(row(clips_page, "rubbish")).to_have_count(0)
    assert own_clips(unit) == []


def test_a_clip_that_is_gone_says_so(clips_page: Page, unit: Unit, tmp_path: Path) -> None:
    """Somebody else deleted it meanwhile: the page tells, and breaks nothing."""
    add(clips_page, tmp_path, "gone.wav", tone_wav(0.3))
    row(clips_page, "gone").wait_for()
    remove_own_clips(unit)
    clips_page.get_by_role("button", name="Play gone").click()
    expect(clips_page.get_by_role("alert")).to_be_visible()


def test_factory_clips_are_marked(clips_page: Page, unit: Unit) -> None:
    """One sees which clips came with the unit."""
    factory = [clip for clip in clips(unit) if clip["factory"]]
    assert factory
    for clip in factory:
        expect(row(clips_page, clip["name"]).first).to_contain_text("Factory")


def test_markup_in_a_clip_name_stays_text(clips_page: Page, unit: Unit, tmp_path: Path) -> None:
    """Nothing in a name runs or becomes markup, in any place that shows it."""
    add(clips_page, tmp_path, "harmless.wav", tone_wav(2))
    row(clips_page, "harmless").wait_for()
    with unit.admin() as admin:
        query = {"action": "update", "clip": own_clips(unit)[0]["clip"], "name": HOSTILE}
        admin.get("/axis-cgi/mediaclip.cgi", params=query).raise_for_status()
    clips_page.reload()
    expect(row(clips_page, HOSTILE)).to_be_visible()
    for entry, heading in (
        ("Create link", f"Create link to “{HOSTILE}”"),
        ("Delete", f"Delete “{HOSTILE}”?"),
    ):
        choose(clips_page, HOSTILE, entry)
        dialog = clips_page.get_by_role("dialog")
        expect(dialog.get_by_text(heading).first).to_be_visible()
        clips_page.keyboard.press("Escape")
        expect(dialog).not_to_be_visible()
    clips_page.get_by_role("button", name=f"Play {HOSTILE}").click()
    open_page(clips_page, unit, "/status", "Status")
    expect(clips_page.get_by_role("region", name="Now playing")).to_contain_text("Stop clips")
    open_page(clips_page, unit, "/system/plain-config", "Plain config")
    clips_page.get_by_role("searchbox").fill("MediaClip.M0.Name")
    expect(clips_page.get_by_role("textbox", name="Name")).to_have_value(HOSTILE)
    # Markup would have made an element with an address of its own; the page has none but ours.
    assert clips_page.locator("img[src='x']").count() == 0
