"""Calls to numbers that have moved, in a back-test: each vendor is chosen and paid as its live legs are."""

from pathlib import Path

from domain.backtest_views import by_vendor, moves
from domain.backtests import BacktestOrder
from domain.directory import Portability, TrunkOptions
from domain.policies.policy import Policy
from tests.cluster.tasks.markets import Past, Seller, a_market, book, cost, tried
from tests.cluster.tasks.places import NOW
from tests.domain.builders import ms

NOON = ms(2026, 10, 20, 12)
ORDER = BacktestOrder(Policy("x", order="price"), NOON - 60_000, NOON + 3_600_000, NOW)
MOVED, AIRTEL, STAYED = "254700000001", "254733", "254700000002"
TOLD = TrunkOptions(portability=Portability.HAND_ON)


def test_vendors_are_chosen_and_paid_by_the_number_that_they_are_sent(tmp_path: Path) -> None:
    """Of three who take the dialled range and the new network, two are not told where a number has moved.

    By the routing number `cheap` would be dear, and `dear` cheap: nobody pays them by it.
    """
    sellers = [
        Seller("told", {"25470": "0.09", "25473": "0.06"}, TOLD),
        Seller("cheap", {"25470": "0.05", "25473": "0.30"}),
        Seller("dear", {"25470": "0.20", "25473": "0.01"}),
    ]
    calls = [Past(NOON, ("dear",), 60, MOVED, AIRTEL), Past(NOON + 1, ("dear",), 120, STAYED)]
    with a_market(tmp_path, sellers) as place:
        book(place, calls, sellers)
        found = tried(place, ORDER)
        alone = tried(place, BacktestOrder(Policy("x", vendors=("told",)), ORDER.from_ms, ORDER.until_ms, NOW))  # type: ignore[arg-type]
    assert {(move.then, move.now) for move in moves(found)} == {("dear", "cheap")}
    assert {side.vendor: side.cost_now for side in by_vendor(found)} == {"cheap": cost("0.05", 180), "dear": 0}
    assert {side.vendor: side.cost for side in by_vendor(found)} == {"cheap": 0, "dear": cost("0.20", 180)}
    assert alone.total.cost_now == cost("0.06", 60) + cost("0.09", 120), "who is told is paid by the routing number"
    assert not found.unknown and not alone.unknown
