"""What is made of the HAT's data is up to date, and says what the data says."""

import csv
import io
import shutil
from pathlib import Path

import pytest

from hw.hat import __main__ as hat
from hw.hat import bom, eeprom, netlist, overlay, pages, pins


def test_everything_made_is_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    """`python -m hw.hat write` was run after the last change."""
    status = hat.main(["write", "--check"])
    assert status == 0, capsys.readouterr().err


def test_what_is_out_of_date_is_named_and_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A page with an old table, and no bill at all."""
    page, bill = tmp_path / "README.md", tmp_path / "bom.csv"
    shutil.copy(pins.README, page)
    page.write_text(page.read_text().replace("IO1_IN", "IO9_IN"))
    monkeypatch.setattr(pins, "README", page)
    monkeypatch.setattr(bom, "BOM", bill)
    assert hat.main(["write", "--check"]) == 1
    assert capsys.readouterr().err == "README.md is not up to date\nbom.csv is not up to date\n"
    assert hat.main(["write"]) == 0
    assert hat.main(["write", "--check"]) == 0
    assert "IO9_IN" not in page.read_text()


def test_a_page_without_room_is_refused() -> None:
    """A table cannot vanish unseen."""
    with pytest.raises(ValueError, match="no marks for pins"):
        pages.with_part("# a page\n<!-- pins -->\n", "pins", "a table\n")


def test_the_bill_has_every_part_once() -> None:
    """As many as the schematic has, each under its reference, each with something to order."""
    design = netlist.load()
    rows = list(csv.DictReader(io.StringIO(bom.table(design))))
    listed = [ref for row in rows for ref in row["references"].split()]
    assert sorted(listed) == sorted(design.parts)
    assert sum(int(row["quantity"]) for row in rows) == len(design.parts)
    assert all(row["mpn"] and row["footprint"] for row in rows)
    doubtful = {row["mpn"] for row in rows if row["compared with data sheet"] == "no"}
    assert "Ag5324" in doubtful
    assert "WM8960CGEFL/V" not in doubtful


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("33", "RC0603FR-0733RL"),
        ("470", "RC0603FR-07470RL"),
        ("1k", "RC0603FR-071KL"),
        ("4.7k", "RC0603FR-074K7L"),
        ("23.7k", "RC0603FR-0723K7L"),
        ("4.7M", "RC0603FR-074M7L"),
    ],
)
def test_a_resistor_is_ordered_as_its_maker_writes_it(value: str, number: str) -> None:
    """The prefix stands where the point would."""
    kind = next(part.kind for part in netlist.load().parts.values() if part.kind.name == "R0603")
    assert bom.order_number(kind, value) == number


def test_overlay_and_eeprom_are_made_on_demand(tmp_path: Path) -> None:
    """The image takes one, the workbench the other."""
    blob, prom = tmp_path / "c8210-hat.dtbo", tmp_path / "hat.eep"
    assert hat.main(["overlay", str(blob)]) == 0
    assert overlay.read(blob.read_bytes()).at("/__symbols__")
    assert hat.main(["eeprom", "--serial", "0001", str(prom)]) == 0
    assert prom.read_bytes() == eeprom.build(eeprom.parse(eeprom.TEXT.read_text()), "0001")
