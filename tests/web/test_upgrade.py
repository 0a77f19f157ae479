"""The page Maintenance: an upgrade from the image to its confirmation, and back."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.firmware import image, signer
from tests.suite import ROOT_PASSWORD, Unit, running_suite
from tests.web.conftest import open_page, sign_in

BACK_MS = 120_000
LOOK_MS = 20_000
"""A page asks several daemons before it shows anything."""


@pytest.fixture(scope="module")
def upgradable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Unit, str]]:
    """A unit that trusts somebody, and an image that they have signed."""
    folder = tmp_path_factory.mktemp("upgrade")
    trusted = signer(folder, "trusted")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("C8210_KEYRING", str(trusted.certificate))
        with running_suite(folder) as unit:
            unit.claim()
            yield unit, str(image(folder, trusted, "12.9.1"))


def sign_in_again(page: Page) -> None:
    """Sign in where the page has waited for the unit."""
    expect(page.get_by_text("Your session has ended.")).to_be_visible(timeout=BACK_MS)
    page.get_by_label("User name").fill("root")
    page.get_by_label("Password", exact=True).fill(ROOT_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Maintenance")).to_be_visible(timeout=LOOK_MS)


@pytest.mark.covers("M-MNT-05", "M-MNT-06", "M-MNT-07", "M-MNT-08", part="web interface")
@pytest.mark.covers("M-MNT-11", part="web interface")
@pytest.mark.covers("M-MNT-12")
def test_an_upgrade_is_chosen_watched_confirmed_and_taken_back(
    page: Page, upgradable: tuple[Unit, str]
) -> None:
    """Three options by the manual's names; the page goes on by itself after each restart."""
    unit, bundle = upgradable
    sign_in(page, unit)
    open_page(page, unit, "/maintenance", "Maintenance")
    card = page.get_by_role("region", name="AXIS OS upgrade")
    expect(card.get_by_text("12.9.0")).to_be_visible(timeout=LOOK_MS)
    expect(card.get_by_role("button", name="AXIS OS rollback")).not_to_be_visible()
    page.get_by_label("Firmware image").set_input_files(bundle)
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Factory default", exact=True).click()
    expect(dialog.get_by_text("you cannot revert")).to_be_visible()
    dialog.get_by_text("Standard", exact=True).click()
    expect(dialog.get_by_text("Settings are kept")).to_be_visible()
    dialog.get_by_text("Autorollback", exact=True).click()
    time = dialog.get_by_label("Time to confirm (minutes)")
    time.fill("0")
    expect(dialog.get_by_role("button", name="Upgrade", exact=True)).to_be_disabled()
    time.fill("30")
    dialog.get_by_role("button", name="Upgrade", exact=True).click()
    expect(page.get_by_role("heading", name="Upgrading")).to_be_visible(timeout=BACK_MS)
    sign_in_again(page)
    expect(card.get_by_text("Version 12.9.1 is not confirmed.")).to_be_visible(timeout=LOOK_MS)
    expect(card.get_by_text("goes back to the version before in")).to_be_visible()
    card.get_by_role("button", name="Confirm upgrade").click()
    expect(page.get_by_text("The upgrade is confirmed.")).to_be_visible(timeout=LOOK_MS)
    open_page(page, unit, "/status", "Status")
    expect(page.get_by_text("12.9.1")).to_be_visible(timeout=LOOK_MS)
    open_page(page, unit, "/maintenance", "Maintenance")
    card.get_by_role("button", name="AXIS OS rollback").click()
    dialog.get_by_role("button", name="Roll back").click()
    expect(page.get_by_role("heading", name="Going back to the previous version")).to_be_visible(
        timeout=LOOK_MS
    )
    sign_in_again(page)
    expect(card.get_by_text("12.9.0")).to_be_visible(timeout=LOOK_MS)
    expect(card.get_by_role("button", name="AXIS OS rollback")).not_to_be_visible()


@pytest.mark.covers("M-MNT-09", part="web interface")
def test_a_wrong_file_is_refused_with_its_reason(page: Page, upgradable: tuple[Unit, str]) -> None:
    """And the page can be used again at once."""
    unit, _bundle = upgradable
    sign_in(page, unit)
    open_page(page, unit, "/maintenance", "Maintenance")
    page.get_by_label("Firmware image").set_input_files(
        {"name": "holiday.jpg", "mimeType": "image/jpeg", "buffer": b"no image of this kind" * 99}
    )
    page.get_by_role("dialog").get_by_role("button", name="Upgrade", exact=True).click()
    card = page.get_by_role("region", name="AXIS OS upgrade")
    expect(card.get_by_text("Firmware image does not match this device.").first).to_be_visible(
        timeout=LOOK_MS
    )
    expect(card.get_by_role("button", name="Choose image")).to_be_visible()
