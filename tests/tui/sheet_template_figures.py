"""A template of rate sheets, and the first rows of the sheet that it reads."""

from domain.sheets.headings import Meaning
from domain.sheets.template import Column, TabLayout, Template, Use
from domain.sheets.template_json import template_json
from protos import sheets_pb2 as pb
from tests.tui.figures import NOW_MS

TEMPLATE = pb.SheetTemplate(
    owner="savanna",
    name="savanna",
    version=2,
    fingerprint="9f1c2d3e4f5a6b7c8d9e0f1a",
    saved_ms=NOW_MS - 33 * 86_400_000,
    saved_by="ben",
    columns=[
        "any tab: rates, header in row 4",
        "  column 1 'Destination': destination",
        "  column 2 'Prefix': code",
        "  column 3 'Rate': price per minute",
        "prices are per minute; the country code is in the code",
    ],
)

CELLS = (
    ("Savanna Telecom", "", "", "", ""),
    ("Valid from 2 November 2026", "", "", "", ""),
    ("", "", "", "", ""),
    ("Destination", "Prefix", "Rate", "Effective", "Billing"),
    ("Kenya Mobile", "2547", "0.0750", "04/11/2026", "60/1"),
    ("Kenya Mobile Safaricom", "254722", "0.0750", "04/11/2026", "60/1"),
    ("Malawi", "265", "0,0,21", "04/11/2026", "60/1"),
)
READ = Template(
    tabs=(
        TabLayout(
            "",
            Use.RATES,
            3,
            (
                Column(0, Meaning.DESTINATION, "Destination"),
                Column(1, Meaning.CODE, "Prefix"),
                Column(2, Meaning.PRICE, "Rate"),
                Column(3, Meaning.EFFECTIVE, "Effective"),
                Column(4, Meaning.UNUSED, "Billing"),
            ),
        ),
    ),
)


def preview(_: pb.SheetRef) -> pb.SheetPreview:
    tab = pb.SheetTab(name="Rates", total=1_304, rows=[pb.SheetCells(cells=row) for row in CELLS])
    return pb.SheetPreview(tabs=[tab], template=template_json(READ), owner="savanna", name="savanna")
