"""`switchboard routes table`."""

import csv
import json
from pathlib import Path

import fastexcel

from domain.money import units_of
from protos.explaining_pb2 import LcrQuery, LcrRow, LcrTable, LcrVendor
from tests.cli.far_desk import FarDesk

KESTREL = LcrVendor(
    vendor="kestrel", trunk="kestrel-1", place=1, price_units=units_of("0.0246"), currency="USD",
    real_cost_units=units_of("0.0246"), margin_units=units_of("0.0048"), counted=True,
    asr=41.5, acd=152.4, attempts=812,
)  # fmt: skip
BLUEWIRE = LcrVendor(
    vendor="bluewire", trunk="bluewire-1", place=2, price_units=units_of("0.0240"), currency="USD",
    real_cost_units=units_of("0.024768"), margin_units=units_of("0.004632"),
)  # fmt: skip
UK = LcrRow(
    destination="UK Mobile", codes=["447", "4479"], sell_price_units=units_of("0.0294"), sell_currency="USD",
    policy="default v2", vendors=[KESTREL, BLUEWIRE, LcrVendor(vendor="nordlink", reason="no rate")],
)  # fmt: skip
INDIA = LcrRow(destination="India", codes=["91"], sell_price_units=units_of("0.0135"), sell_currency="USD")
PIECES = [LcrTable(rows=[INDIA], total=2, base_currency="USD"), LcrTable(rows=[UK], total=2, base_currency="USD")]


def test_vendors_are_shown_from_best_to_worst_with_margin_and_who_is_out(desk: FarDesk) -> None:
    desk.says("Explaining.Table", *PIECES)
    lines = [line.split() for line in desk.run("routes", "table", "callwell", "mobile").stdout.splitlines()]
    assert desk.asked("Explaining.Table") == LcrQuery(client="callwell", text="mobile", limit=50)
    assert lines[2] == "UK Mobile 447 +1 0.0294 USD 1 kestrel 0.0246 USD 0.0246 0.0048 16.33 41.5 152".split()
    assert lines[3] == "2 bluewire 0.0240 USD 0.024768 0.004632 15.76".split()
    assert lines[4] == "- nordlink no rate".split()


def test_a_file_has_all_rows_with_the_vendors_side_by_side(desk: FarDesk, tmp_path: Path) -> None:
    desk.says("Explaining.Table", *PIECES)
    file = tmp_path / "routes.csv"
    assert "2 rows" in desk.run("routes", "table", "callwell", "-o", str(file)).stdout
    assert desk.asked("Explaining.Table").limit == 0
    with file.open(newline="") as stream:
        india, uk = csv.DictReader(stream)
    assert (uk["codes"], uk["1. vendor"], uk["2. vendor"], uk["2. margin"]) == (
        *("447 4479", "kestrel", "bluewire", "0.004632"),
    )
    assert (uk["left out"], india["1. vendor"]) == ("nordlink: no rate", "")
    again = desk.run("routes", "table", "callwell", "-o", str(file))
    assert again.exit_code == 1 and "--force" in again.output


def test_a_workbook_has_numbers_where_figures_stand(desk: FarDesk, tmp_path: Path) -> None:
    desk.says("Explaining.Table", *PIECES)
    file = tmp_path / "routes.xlsx"
    assert desk.run("routes", "table", "callwell", "-o", str(file)).exit_code == 0
    frame = fastexcel.read_excel(file).load_sheet("routes").to_polars()
    assert frame["1. price"].to_list() == [None, 0.0246]
    assert frame["2. vendor"].to_list() == ["", "bluewire"]


def test_another_kind_of_file_is_refused_and_json_has_decimal_strings(desk: FarDesk) -> None:
    assert desk.run("routes", "table", "callwell", "-o", "routes.pdf").exit_code == 2
    desk.says("Explaining.Table", *PIECES)
    shown = json.loads(desk.run("routes", "table", "callwell", "--json").stdout)
    assert shown["rows"][1]["vendors"][0]["margin"] == "0.0048"
