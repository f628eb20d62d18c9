"""The routes of a client side by side: one row for all codes of a destination that are routed and sold alike."""

from typing import Any

from domain.ids import PartnerId
from domain.lcr_table import LcrRow, lcr_rows
from domain.money import units_of
from domain.policies.rules import WINDOW
from domain.quality_figures import DestinationFigures
from domain.route_standing import RouteStanding
from domain.route_states import Standing
from domain.routing import decide
from domain.world import World
from tests.domain.builders import NOON, table
from tests.domain.policies.known import quality
from tests.domain.worlds import incoming, row, setup, uk_world, world


def rows_of(made: World, text: str = "", most: int = 0) -> list[LcrRow]:
    return lcr_rows(made.index.directory.trunks[incoming().id], made, NOON, text, most)[0]


def two_countries(**fields: Any) -> World:
    buys = {
        "bluewire": table(row("447", "0.0240", "30/6"), row("254", "0.02"), row("2547", "0.03")),
        "kestrel": table(row("447", "0.0246"), row("254", "0.025"), row("25411", "0.025")),
        "savanna": table(row("254", "0.9")),
    }
    return world(table(row("44", "0.0294"), row("254", "0.1")), buys, **fields)


def test_vendors_stand_from_best_to_worst_with_margin_and_who_is_out_last() -> None:
    (uk,) = rows_of(two_countries(), "447")
    assert (uk.destination, uk.codes, uk.sold) == ("UK Mobile", ("447",), units_of("0.0294"))
    assert [(one.place, one.vendor, one.price, one.margin) for one in uk.vendors[:2]] == [
        (1, "kestrel", units_of("0.0246"), units_of("0.0048")),
        (2, "bluewire", units_of("0.0240"), units_of("0.004632")),
    ]
    assert (uk.vendors[2].place, uk.vendors[2].vendor, uk.vendors[2].reason) == (0, "savanna", "no rate")


def test_codes_of_a_destination_that_are_routed_alike_are_one_row() -> None:
    rows = rows_of(two_countries(), "Kenya")
    assert [(one.codes, one.vendors[0].vendor) for one in rows] == [
        (("254", "25411"), "bluewire"),
        (("2547",), "kestrel"),
    ]


def test_a_part_of_the_tree_is_named_by_digits_country_or_name() -> None:
    made = two_countries()
    assert {one.destination for one in rows_of(made)} == {"UK Mobile", "Kenya", ""}
    assert {one.destination for one in rows_of(made, "ke")} == {"Kenya"}
    assert {one.destination for one in rows_of(made, "mobile")} == {"UK Mobile"}
    assert [one.codes for one in rows_of(made, "2547")] == [("2547",)]
    rows, total = lcr_rows(made.index.directory.trunks[incoming().id], made, NOON, "Kenya", 1)
    assert (len(rows), total) == (1, 2)


def test_each_row_has_the_order_that_a_call_gets() -> None:
    made = two_countries()
    for one in rows_of(made):
        routes = decide(setup(one.codes[0].ljust(12, "9")), made).routes
        assert [vendor.vendor for vendor in one.vendors if vendor.place] == [route.vendor for route in routes]


def test_who_stands_last_for_its_quality_is_told_why() -> None:
    last = RouteStanding(Standing.OUT, "out since noon: asr 25.0", 1, last=True)
    stands = DestinationFigures(standings={None: {PartnerId("kestrel"): last}})
    [uk] = rows_of(two_countries(known=stands), "447")
    assert [(one.place, one.vendor, one.reason) for one in uk.vendors[:2]] == [
        (1, "bluewire", ""),
        (2, "kestrel", "stands last: out since noon: asr 25.0"),
    ]


def test_quality_stands_beside_the_vendor_where_it_is_counted() -> None:
    figures = DestinationFigures(vendors={PartnerId("kestrel"): {WINDOW: quality(asr=41.0, attempts=812.0)}})
    (uk,) = rows_of(uk_world(known=figures), "447")
    assert [one.quality.asr if one.quality else None for one in uk.vendors] == [41.0, None]
