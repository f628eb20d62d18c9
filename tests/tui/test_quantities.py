"""Commitments and swaps in the console: one list, fields to be set, and what is asked before one goes."""

import csv
from pathlib import Path

from protos.operators_pb2 import FieldChanges, Named
from tests.tui.console import console, text, until, until_loaded
from tests.tui.desk import Desk
from tests.tui.test_keys import last_asked
from tui.palette import ENTRIES
from tui.tabs.commitments import CommitmentsTab
from tui.tabs.tab import Ask


async def test_swaps_stand_behind_commitments_whatever_the_page(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(size=(120, 24)) as pilot:
        await until_loaded(pilot)
        tab = CommitmentsTab()
        for offset in range(6):
            page = await tab.fetch(app.link, Ask(limit=3, offset=offset))
            assert page.total == 6
            assert [row.key for row in page.rows] == ALL[offset : offset + 3]


ALL = [
    "commitment kenya-2026",
    "commitment money",
    "commitment saf",
    "commitment new",
    "swap orbita-swap",
    "swap uk-money",
]


async def test_the_palette_leads_there_and_what_goes_wrong_is_seen_and_written_to_a_file(
    desk: Desk, tmp_path: Path
) -> None:
    app = console(desk, exports=tmp_path)
    async with app.run_test(size=(120, 24)) as pilot:
        await until_loaded(pilot)
        app.lead(next(one for one in ENTRIES if one.tab == "Quantities"))
        await until(pilot, lambda: "kenya-2026" in text(app))
        shown = text(app)
        for part in ("behind", "below the band", "counting", "350,000m", "150,000m", "10000.00", "2,500m"):
            assert part in shown, part
        await pilot.press("e")
        await until(pilot, lambda: written(tmp_path)[3:5] == [("new", "bluewire", ""), ("orbita-swap", "", "orbita")])


def written(folder: Path) -> list[tuple[str, str, str]]:
    """Read whose each row of the file in a folder is, once there is one."""
    return [
        (row["id"], row["vendor"], row["partner"]) for file in folder.iterdir() for row in csv.DictReader(file.open())
    ]


async def test_fields_are_set_and_one_is_removed_after_a_question(desk: Desk) -> None:
    app = console(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        await until_loaded(pilot)
        tab = CommitmentsTab()
        rows = {row.key: row for row in (await tab.fetch(app.link, Ask(limit=9))).rows}
        for key, service in (("commitment saf", "Commitments"), ("swap uk-money", "Swaps")):
            name = key.split()[1]
            await tab.set_fields(app.link, rows[key], {"note": "x"})
            assert last_asked(desk, f"{service}Service/Set") == FieldChanges(id=name, values={"note": "x"})
            assert tab.question("remove", rows[key]).startswith(f"Remove {key}?")
            await tab.do("remove", app.link, rows[key])
            assert last_asked(desk, f"{service}Service/Remove") == Named(name=name)
