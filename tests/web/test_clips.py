"""The page Audio clips, end to end: from a file on a computer to samples at the loudspeaker."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.heard import as_wav, sweep
from tests.suite import ROOT_PASSWORD, Unit, until
from tests.web.conftest import WAIT_MS, open_page, silent
from tests.web.settings import sound_as_it_comes
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


def test_the_keyboard_goes_on_where_a_menu_was(clips_page: Page) -> None:
    """After a dialog that a menu has opened, the menu's button has the keyboard again."""
    button = clips_page.get_by_role("button", name="More for").nth(2)
    button.focus()
    clips_page.keyboard.press("Enter")
    clips_page.get_by_role("menuitem", name="Create link").focus()
    clips_page.keyboard.press("Enter")
    dialog = clips_page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    clips_page.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()
    expect(button).to_be_focused()


def test_a_clip_that_somebody_else_adds_appears(clips_page: Page, unit: Unit) -> None:
    """The table follows the unit without being loaded again."""
    with unit.admin() as admin:
        admin.post(
            "/axis-cgi/mediaclip.cgi",
            params={"action": "upload", "media": "audio", "name": "From elsewhere"},
            files={"file": ("x.wav", tone_wav(0.2))},
        ).raise_for_status()
    expect(row(clips_page, "From elsewhere")).to_be_visible(timeout=WAIT_MS)


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


def test_a_link_names_class_and_priority(clips_page: Page, unit: Unit, tmp_path: Path) -> None:
    """Where it is no announcement, the link says what it is; the clip plays as that."""
    add(clips_page, tmp_path, "gong.wav", tone_wav(4))
    choose(clips_page, "gong", "Create link")
    dialog = clips_page.get_by_role("dialog", name="Create link to “gong”")
    link = dialog.get_by_label("Link", exact=True)
    assert "class" not in link.input_value()
    dialog.get_by_label("Class", exact=True).select_option("Emergency")
    expect(dialog.get_by_text("for an emergency it must be an operator")).to_be_visible()
    dialog.get_by_label("Class", exact=True).select_option("Page")
    dialog.get_by_label("Priority in its class").fill("101")
    expect(dialog.get_by_text("Enter a whole number from 0 to 100.")).to_be_visible()
    dialog.get_by_label("Priority in its class").fill("7")
    with unit.user("root", ROOT_PASSWORD) as camera:
        assert camera.get(link.input_value()).text.startswith("OK\nplaying=")
        (now,) = camera.get("/api/playing").json()
    assert (now["class"], now["priority"]) == ("page", 7)


@pytest.mark.covers("M-TRB-07")
def test_a_refused_file_says_why_and_what_can_be_played(
    clips_page: Page, unit: Unit, tmp_path: Path
) -> None:
    """The reason for this file, and below it the manual's list of formats."""
    formats = clips_page.get_by_text(
        "au file format, encoded in μ-law and sampled with 8 or 16 kHz."
    )
    expect(formats).not_to_be_visible()
    content = bytearray(tone_wav(0.2))
    content[34] = 24
    content[32] = 3
    add(clips_page, tmp_path, "studio.wav", bytes(content))
    refusal = clips_page.get_by_role("list", name="Uploads").get_by_role("alert")
    expect(refusal).to_contain_text("studio.wav was not added.")
    expect(refusal).to_contain_text("8 or 16 bit")
    assert "A clip can be" not in refusal.inner_text()
    shown = clips_page.get_by_role("list").filter(has=formats).filter(visible=True)
    for words in (
        "wav file format, encoded in PCM audio. It supports encoding as 8 or 16-bit mono or stereo"
        " and sample rate of 8 to 48 kHz.",
        "mp3 file format, in mono or stereo with bitrate of 64 kbps to 320 kbps and sample rate of"
        " 8 to 48 kHz.",
        "opus",
        "vorbis",
    ):
        expect(shown).to_contain_text(words)
    assert own_clips(unit) == []


def test_a_file_that_waits_for_the_unit_is_not_blamed(clips_page: Page, tmp_path: Path) -> None:
    """While the unit cannot take any file, the page says what to do and keeps the formats to itself."""
    clips_page.route(
        "**/mediaclip.cgi?action=upload**",
        lambda route: route.fulfill(
            status=503,
            content_type="text/plain",
            body="503 Service Unavailable\nthe audio daemon does not answer now\n",
        ),
    )
    add(clips_page, tmp_path, "right.wav", tone_wav(0.2))
    refusal = clips_page.get_by_role("list", name="Uploads").get_by_role("alert")
    expect(refusal).to_contain_text(
        "The audio daemon does not answer now. Try again in a few seconds."
    )
    expect(clips_page.get_by_text("au file format, encoded in")).not_to_be_visible()


@pytest.mark.covers("M-TRB-08")
def test_the_page_explains_clips_of_different_volume(clips_page: Page, unit: Unit) -> None:
    """The manual's words on gain, and what the unit does about it; without that, the manual's advice."""
    help_ = clips_page.get_by_role("region", name="Are clips played with different volumes?")
    with sound_as_it_comes(unit):
        expect(help_).to_contain_text("A sound file is recorded with a certain gain.")
        expect(help_).to_contain_text("plays all of them with one loudness: \N{MINUS SIGN}20 LUFS")
        help_.get_by_role("switch", name="Loudness normalisation").press("Space")
        expect(help_).to_contain_text("make sure that you use clips that have the same gain")


@pytest.mark.covers("M-AUD-27", part="web")
def test_each_clip_shows_its_loudness_and_how_it_is_played(
    clips_page: Page, unit: Unit, tmp_path: Path
) -> None:
    """A soft and a loud clip are both on target; one with high peaks says by how much it is not."""
    peaky = sweep(4, 0.004)
    peaky[::48_000] = 0.9
    with sound_as_it_comes(unit):
        for name, samples in (("soft", sweep(4, 0.02)), ("loud", sweep(4, 0.8)), ("peaky", peaky)):
            add(clips_page, tmp_path, f"{name}.wav", as_wav(samples))
            row(clips_page, name).wait_for()
        measured = {clip["name"]: clip for clip in own_clips(unit)}
        for name in ("soft", "loud"):
            loudness = f"{measured[name]['loudness_lufs']:.1f} LUFS".replace("-", "\N{MINUS SIGN}")
            expect(row(clips_page, name)).to_contain_text(loudness)
            expect(row(clips_page, name)).to_contain_text("on target")
        away = f"{-measured['peaky']['deviation_lu']:.1f} LU from the target"
        expect(row(clips_page, "peaky")).to_contain_text(f"\N{MINUS SIGN}{away}")
        expect(clips_page.get_by_text("One clip is more than 1 LU away")).to_be_visible(
            timeout=WAIT_MS
        )


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
    told = clips_page.get_by_role("alert").filter(has_text="there is no clip")
    expect(told).to_be_visible(timeout=WAIT_MS)


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
