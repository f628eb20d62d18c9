"""The static table says what every other door says: for any number its longest code has the decision's order."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.directory import Partner, PartnerStatus, Policy
from domain.durations import Histogram
from domain.ids import PartnerId
from domain.policies.policy import Attachment
from domain.quality_board import QualityBoard
from domain.rates import PlanTable, RateRow
from domain.route_table import TableRow, table_rows, table_trunks
from domain.routing import decide
from domain.world import World
from tests.domain.builders import NOON, table
from tests.domain.worlds import SWITCH, UK_MOBILE, client, incoming, outgoing, row, setup, uk_world, world

CODES = st.text("0147", min_size=1, max_size=5)
PRICES = st.integers(1, 30).map(lambda mills: f"0.0{mills:02d}")
ROWS = st.lists(st.tuples(CODES, PRICES, st.booleans(), st.sampled_from(("1/1", "60/60"))), max_size=12)


def rows_of(made: World) -> list[TableRow]:
    return list(table_rows(made.index.directory.trunks[incoming().id], made, NOON))


def order_in(rows: list[TableRow], number: str) -> list[str]:
    matching = [one for one in rows if number.startswith(one.code)]
    return [route.vendor for route in max(matching, key=lambda one: len(one.code)).routes] if matching else []


def a_plan(rates: list[tuple[str, str, bool, str]]) -> PlanTable:
    rows = {code: row(code, price, increments, blocked=blocked) for code, price, blocked, increments in rates}
    return table(*rows.values())


def test_the_demos_uk_code_has_its_vendors_by_real_cost() -> None:
    (only,) = rows_of(uk_world())
    assert (only.code, only.destination) == ("447", "UK Mobile")
    assert [(route.rank, route.vendor, route.host, route.port, route.price) for route in only.routes] == [
        (1, "kestrel", "kestrel.example", 5060, "0.0246"),
        (2, "bluewire", "bluewire.example", 5060, "0.0240"),
    ]


@given(ROWS, ROWS, ROWS, st.lists(st.text("0147", min_size=6, max_size=15), min_size=1, max_size=20))
def test_any_number_finds_the_order_that_a_decision_has(
    sells: list[tuple[str, str, bool, str]],
    some: list[tuple[str, str, bool, str]],
    others: list[tuple[str, str, bool, str]],
    numbers: list[str],
) -> None:
    made = world(a_plan(sells), {"bluewire": a_plan(some), "kestrel": a_plan(others)})
    rows = rows_of(made)
    for number in numbers:
        assert order_in(rows, number) == [route.vendor for route in decide(setup("+" + number), made).routes]


@given(
    st.sampled_from([{"order": "most price"}, {"only": 'vendor != "kestrel"'}, {"vendors": (PartnerId("bluewire"),)}])
)
def test_a_table_keeps_to_the_policies_of_each_destination(says: dict[str, Any]) -> None:
    buys = {
        name: table(row("447", price), row("254", price)) for name, price in (("bluewire", "0.02"), ("kestrel", "0.01"))
    }
    attached = [Attachment("special", destination=UK_MOBILE)]
    policies = [Policy("default"), Policy("special", **says)]
    made = world(table(row("44", "0.1"), row("254", "0.1")), buys, policies=policies, attached=attached)
    rows = rows_of(made)
    assert order_in(rows, "254722000000") == ["kestrel", "bluewire"]
    for number in ("447911123456", "254722000000"):
        assert order_in(rows, number) == [route.vendor for route in decide(setup(number), made).routes]


def test_a_destination_with_durations_of_its_own_has_a_row_of_its_own() -> None:
    buys = {"bluewire": table(row("44", "0.0200", "60/60")), "kestrel": table(row("44", "0.0500"))}
    made = world(table(row("44", "0.9")), buys)
    short = World(made.index, made.plans, made.codes, QualityBoard(1, {UK_MOBILE: Histogram.of((6,) * 100)}))
    rows = {one.code: [route.vendor for route in one.routes] for one in rows_of(short)}
    assert rows["447"] == ["kestrel", "bluewire"]
    assert order_in(rows_of(short), "442079460148") == [
        route.vendor for route in decide(setup("442079460148"), short).routes
    ]


def test_a_blocked_code_stands_in_the_table_without_routes() -> None:
    rates: list[RateRow] = [row("44", "0.05"), row("4479", "0.05", blocked=True)]
    rows = rows_of(world(table(*rates), {"kestrel": table(row("44", "0.01"))}))
    assert [(one.code, len(one.routes)) for one in rows] == [("44", 1), ("4479", 0)]


def test_only_clients_that_may_call_by_the_switch_have_a_table() -> None:
    suspended: Partner = client(status=PartnerStatus.SUSPENDED)
    elsewhere = incoming("other-in", switch="sw2")
    made = uk_world(trunks=[elsewhere, outgoing("kestrel")])
    assert [trunk.id for trunk in table_trunks(made.index, SWITCH)] == ["orbita-in"]
    assert table_trunks(made.index, SWITCH, "nobody") == []
    assert table_trunks(uk_world(partners=[suspended]).index, SWITCH, PartnerId("orbita")) == []
