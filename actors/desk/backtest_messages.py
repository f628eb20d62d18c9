"""What a back-test found, as it is told."""

from collections.abc import Callable

from actors.desk import values
from domain.backtest_room import Bound, RoomSums, Use, bounds_of, rooms
from domain.backtest_views import ClientSums, Move, VendorSums, by_client, by_vendor, moves, overflows
from domain.backtests import Backtest, BacktestOrder, Spill, Sums
from domain.directory import Directory
from domain.ids import DestinationId
from domain.money import Currency
from protos import backtests_pb2 as pb

MOST_MOVES, MOST_BY_CLIENT = 200, 20_000
"""As many moves are told, those that change most."""
MOST_HOURS = 200
"""As many hours are told in which a bound would be broken."""


def result_of(
    found: Backtest,
    order: BacktestOrder,
    directory: Directory,
    name_of: Callable[[DestinationId], str],
    *,
    by_client: bool,
) -> pb.BacktestResult:
    """Return what a back-test came to."""
    return _Told(found, order, directory, name_of).result(apart=by_client)


class _Told:
    def __init__(
        self, found: Backtest, order: BacktestOrder, directory: Directory, name_of: Callable[[DestinationId], str]
    ) -> None:
        self._found, self._order, self._directory, self._name_of = found, order, directory, name_of
        self._base: Currency = directory.base_currency

    def result(self, *, apart: bool) -> pb.BacktestResult:
        found, order, total = self._found, self._order, self._found.total
        moved = moves(found, apart=apart)
        return pb.BacktestResult(
            calls=total.calls,
            answered=total.answered,
            expected=found.expected_of(found.groups),
            talk_ms=total.talk_ms,
            money=self._money(total),
            unknown=found.unknown,
            vendors=[self._vendor(one) for one in by_vendor(found)],
            clients=[self._client(one) for one in by_client(found)],
            moves=[self._move(one) for one in moved[: MOST_BY_CLIENT if apart else MOST_MOVES]],
            moves_total=len(moved),
            decided=found.decided,
            parts=found.parts,
            cpu_ms=round(1000 * found.cpu_s),
            from_ms=order.from_ms,
            until_ms=order.until_ms,
            sample_bp=order.sample_bp,
            rooms=[_room(one) for one in rooms(found.uses, bounds_of(self._directory))],
            quality=order.knowing,
            overflow=[self._spilt(spill, sums) for spill, sums in overflows(found)],
        )

    def _money(self, sums: Sums) -> pb.BacktestMoney:
        base = self._base
        return pb.BacktestMoney(
            revenue=values.money(sums.revenue, base),
            revenue_now=values.money(sums.revenue_now, base),
            cost=values.money(sums.cost, base),
            cost_now=values.money(sums.cost_now, base),
            margin=values.money(sums.margin, base),
            margin_now=values.money(sums.margin_now, base),
        )

    def _vendor(self, one: VendorSums) -> pb.BacktestVendor:
        return pb.BacktestVendor(
            vendor=one.vendor,
            calls=one.calls,
            calls_now=one.calls_now,
            answered=one.answered,
            expected=one.expected,
            talk_ms=one.talk_ms,
            talk_now_ms=one.talk_now_ms,
            cost=values.money(one.cost, self._base),
            cost_now=values.money(one.cost_now, self._base),
        )

    def _client(self, one: ClientSums) -> pb.BacktestClient:
        return pb.BacktestClient(
            client=one.client, calls=one.sums.calls, moved=one.moved, refused=one.refused, money=self._money(one.sums)
        )

    def _spilt(self, spill: Spill, sums: Sums) -> pb.BacktestOverflow:
        return pb.BacktestOverflow(
            first=spill.first,
            now=spill.now,
            calls=sums.calls,
            answered=sums.answered,
            talk_ms=sums.talk_ms,
            money=self._money(sums),
        )

    def _move(self, one: Move) -> pb.BacktestMove:
        return pb.BacktestMove(
            destination=self._name_of(one.destination) if one.destination else "",
            then=one.then,
            now=one.now,
            refused=one.refused,
            calls=one.sums.calls,
            answered=one.sums.answered,
            expected=one.expected,
            talk_ms=one.sums.talk_ms,
            money=self._money(one.sums),
            client=one.client,
        )


def _room(one: RoomSums) -> pb.BacktestRoom:
    bound: Bound = one.bound
    return pb.BacktestRoom(
        what=bound.room,
        name=bound.name,
        vendor=bound.vendor or "",
        max_calls=bound.max_calls or 0,
        max_cps=bound.max_cps or 0,
        use=_use(one.peak_ms, one.use),
        hours=[_use(*hour) for hour in one.hours[:MOST_HOURS]],
        hours_total=len(one.hours),
    )


def _use(from_ms: int, use: Use) -> pb.BacktestUse:
    return pb.BacktestUse(from_ms=from_ms, **use._asdict())
