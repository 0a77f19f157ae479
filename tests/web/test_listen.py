"""The page Audio > Listen and record: what the unit hears in the browser, and one's voice from its speaker."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.heard import RATE, as_wav, heard, level_db, pitch_hz
from tests.suite import Unit, until
from tests.web.conftest import ARGUMENTS, CHROMIUM, WAIT_MS, open_page, sign_in, silent
from tests.web.settings import change, input_on, room, sound_as_it_comes
from tests.web.sounds import EAVESDROP

VOICE_HZ = 1000.0


@pytest.fixture
def quiet(unit: Unit) -> Iterator[None]:
    """Nothing plays, and every setting is as it comes out of the box."""
    silent(unit)
    with sound_as_it_comes(unit):
        yield


@pytest.fixture(scope="module")
def voice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the browser's microphone hears: beeps, because browsers take steady tones for noise."""
    time = np.arange(RATE * 2) / RATE
    beeps = 0.5 * np.sin(2 * np.pi * VOICE_HZ * time) * (time % 0.4 < 0.25)
    path = tmp_path_factory.mktemp("voice") / "voice.wav"
    path.write_bytes(as_wav(beeps))
    return path


@pytest.fixture(scope="module")
def speaking(chromium: Browser, voice: Path) -> Iterator[Browser]:
    """A browser on a computer with a microphone."""
    arguments = [
        *ARGUMENTS,
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={voice}",
    ]
    browser = chromium.browser_type.launch(executable_path=CHROMIUM, args=arguments)
    yield browser
    browser.close()


@pytest.fixture
def person(speaking: Browser, unit: Unit, quiet: None) -> Iterator[Page]:
    """Somebody on the page who lets it use the microphone."""
    context = allowed(speaking)
    yield listening_page(context, unit)
    context.close()


def allowed(browser: Browser) -> BrowserContext:
    """Return a context in which pages may use the microphone."""
    context = browser.new_context(ignore_https_errors=True, permissions=["microphone"])
    context.set_default_timeout(WAIT_MS)
    return context


def listening_page(context: BrowserContext, unit: Unit) -> Page:
    """Sign in and open the page."""
    page = context.new_page()
    sign_in(page, unit)
    open_page(page, unit, "/audio/listen", "Listen and record")
    page.get_by_role("region", name="Talk").wait_for()
    return page


def is_heard(unit: Unit) -> bool:
    """Whether the voice sounds from the speaker, at its own pitch."""
    samples = heard(unit, 0.5).samples
    return level_db(samples) > -50 and abs(pitch_hz(samples) - VOICE_HZ) < 10


@pytest.mark.covers("M-AUD-28")
def test_the_input_can_be_heard_in_the_browser(page: Page, unit: Unit, quiet: None) -> None:
    """Listen brings what the input hears to the browser's own output, with its level, until it is stopped."""
    page.add_init_script(EAVESDROP)
    input_on(unit)
    sign_in(page, unit)
    open_page(page, unit, "/audio/listen", "Listen and record")
    page.get_by_role("button", name="Listen", exact=True).click()
    expect(page.get_by_text("You hear what the audio input hears.")).to_be_visible()
    room(unit, -30.0)
    until("the browser sounds", lambda: page.evaluate("loudest()") > 0.01)
    meter = page.get_by_role("meter", name="Input level")
    until("its level is drawn", lambda: float(meter.get_attribute("aria-valuenow") or -60) > -40)
    room(unit, None)
    until("the browser is silent", lambda: page.evaluate("loudest()") < 0.001)
    page.get_by_role("button", name="Stop listening").click()
    expect(page.get_by_role("button", name="Listen", exact=True)).to_be_visible()
    with unit.admin() as admin:
        until(
            "the unit knows that nobody listens",
            lambda: admin.get("/api/audio/live").json()["listeners"] == [],
        )


def test_a_tone_reaches_the_browser_as_it_is(page: Page, unit: Unit, quiet: None) -> None:
    """At its pitch and level, through the unit's encoder and the page's own decoder."""
    page.add_init_script(EAVESDROP)
    input_on(unit)
    sign_in(page, unit)
    open_page(page, unit, "/audio/listen", "Listen and record")
    page.get_by_role("button", name="Listen", exact=True).click()
    expect(page.get_by_text("You hear what the audio input hears.")).to_be_visible()
    tone = 0.5 * np.sin(2 * np.pi * VOICE_HZ * np.arange(RATE * 30) / RATE)
    unit.client.post("/sim/microphone", content=as_wav(tone)).raise_for_status()

    def arrives() -> bool:
        samples = np.array(page.evaluate("lately()"))
        return (
            abs(level_db(samples) - level_db(tone)) < 0.5
            and abs(pitch_hz(samples) - VOICE_HZ) < 2.0
        )

    until("the tone is heard as it is", arrives)
    silence = as_wav(np.zeros(RATE // 10))  # takes the tone's place
    unit.client.post("/sim/microphone", content=silence).raise_for_status()


@pytest.mark.covers("M-AUD-28", part="web, input off")
def test_without_the_input_there_is_nothing_to_listen_to(
    page: Page, unit: Unit, quiet: None
) -> None:
    """The page says so in the manual's words, with the way to the switch, and follows it."""
    sign_in(page, unit)
    open_page(page, unit, "/audio/listen", "Listen and record")
    listen = page.get_by_role("region", name="Listen")
    expect(listen).to_contain_text("You can only listen if input is turned on for the device.")
    expect(listen.get_by_role("button")).to_have_count(0)
    input_on(unit)
    expect(listen.get_by_role("button", name="Listen")).to_be_visible(timeout=WAIT_MS)
    change(unit, {"AudioSource.A0.AudioSupport": "no"})
    listen.get_by_role("link", name="Audio > Device settings").click(timeout=WAIT_MS)
    expect(page.get_by_role("heading", level=1)).to_have_text("Device settings")


@pytest.mark.parametrize("way", ["mouse", "space bar"])
def test_a_voice_sounds_from_the_speaker_as_long_as_the_button_is_held(
    person: Page, unit: Unit, way: str
) -> None:
    """Held by mouse or space bar, samples of the browser's microphone come out of the loudspeaker."""
    button = person.get_by_role("button", name="Hold to talk")
    if way == "mouse":
        button.hover()
        person.mouse.down()
    else:
        person.locator("body").press("Tab")
        person.evaluate("document.activeElement.blur()")
        person.keyboard.down("Space")
    expect(person.get_by_text("Talking: let go to end")).to_be_visible()
    until("the voice is heard", lambda: is_heard(unit))
    with unit.admin() as admin:
        assert len(admin.get("/api/playing").json()) == 1
        meter = person.get_by_role("meter", name="Microphone level")
        until("its level is seen", lambda: float(meter.get_attribute("aria-valuenow") or -60) > -40)
        if way == "mouse":
            person.mouse.up()
        else:
            person.keyboard.up("Space")
        expect(button).to_be_visible()
        until("nothing plays", lambda: admin.get("/api/playing").json() == [])
    until("silence", lambda: level_db(heard(unit, 0.3).samples) < -200)


def test_a_second_talker_is_told_that_somebody_talks(
    person: Page, speaking: Browser, unit: Unit
) -> None:
    """The unit's own words stand there, and the first goes on."""
    context = allowed(speaking)
    try:
        other = listening_page(context, unit)
        person.get_by_role("button", name="Hold to talk").hover()
        person.mouse.down()
        expect(person.get_by_text("Talking: let go to end")).to_be_visible()
        other.get_by_role("button", name="Hold to talk").hover()
        other.mouse.down()
        expect(other.get_by_role("alert")).to_contain_text("Somebody else is talking.")
        other.mouse.up()
        expect(person.get_by_text("Talking: let go to end")).to_be_visible()
        person.mouse.up()
    finally:
        context.close()


def test_a_microphone_that_is_not_allowed_says_what_to_do(
    speaking: Browser, unit: Unit, quiet: None
) -> None:
    """Where the person or their browser says no, the page tells how to say yes."""
    context = speaking.new_context(ignore_https_errors=True)
    context.set_default_timeout(WAIT_MS)
    try:
        page = listening_page(context, unit)
        page.get_by_role("button", name="Hold to talk").hover()
        page.mouse.down()
        expect(page.get_by_role("alert")).to_contain_text("Allow it beside the address")
        page.mouse.up()
    finally:
        context.close()


def test_without_https_there_is_a_link_to_it(page: Page, unit: Unit, quiet: None) -> None:
    """Browsers give neither microphone nor live sound to other pages: the page says so."""
    page.add_init_script(
        "Object.defineProperty(window, 'isSecureContext', { value: false });"
        "Object.defineProperty(BaseAudioContext.prototype, 'audioWorklet', { value: undefined });"
    )
    input_on(unit)
    sign_in(page, unit)
    open_page(page, unit, "/audio/listen", "Listen and record")
    talk = page.get_by_role("region", name="Talk")
    expect(talk.get_by_role("link", name="Open this page over HTTPS")).to_have_attribute(
        "href", "https://localhost/#/audio/listen"
    )
    expect(talk.get_by_role("button")).to_have_count(0)
    page.get_by_role("button", name="Listen", exact=True).click()
    listen = page.get_by_role("region", name="Listen")
    expect(listen.get_by_role("link", name="Open this page over HTTPS")).to_be_visible()
