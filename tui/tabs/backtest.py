"""What a back-test came to, list by list: vendors, clients, calls that move, and what would be too full."""

from collections.abc import Sequence

from textual.content import Content

from protos import backtests_pb2 as pb
from protos.switch_pb2 import Money
from tui import formats
from tui.backtest_run import BacktestRun
from tui.link import Link
from tui.tabs.tab import Ask, Listed, Tab
from tui.widgets.cells import Cell, Column, Row, Tone, number, word

_BAR = 24
_DECIMALS = 4
"""Of sums of many calls, which stand in columns and lines."""
_S = 1_000


class BacktestTab(Tab):
    """A list of one back-test: asked anew each second until it has ended; its sums, or how far it is, stand above."""

    every_s = 1.0
    empty = "not yet"

    def __init__(self, run: BacktestRun) -> None:
        self._run = run

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Return what there is by now."""
        result = self._run.result
        rows = [] if result is None else self._rows(result)
        self.every_s = 1.0 if result is None and not self._run.trouble else 0.0
        self.empty = "nothing came of it" if self._run.trouble else "not yet" if result is None else self.nothing
        return Listed(rows[ask.offset : ask.offset + ask.limit], len(rows), summary(self._run))

    nothing = "none"

    def _rows(self, result: pb.BacktestResult) -> list[Row]:
        raise NotImplementedError


class VendorsTab(BacktestTab):
    """One row per vendor: calls, minutes and cost as they were and as they would be."""

    name = "Vendors"
    nothing = "no vendor had a call"
    columns = (
        Column("vendor", 12, flex=1),
        Column("calls", 8, right=True),
        Column("now", 8, right=True),
        Column("minutes", 9, right=True),
        Column("now", 9, right=True),
        Column("answered", 9, right=True, above=100),
        Column("expected", 9, right=True, above=100),
        Column("cost", 12, right=True),
        Column("now", 12, right=True),
    )

    def _rows(self, result: pb.BacktestResult) -> list[Row]:
        return [
            Row(
                one.vendor,
                (
                    word(one.vendor, "strong"),
                    number(formats.count(one.calls), one.calls),
                    _moved(one.calls, one.calls_now),
                    number(formats.minutes(one.talk_ms // _S), one.talk_ms),
                    number(formats.minutes(one.talk_now_ms // _S), one.talk_now_ms),
                    number(formats.count(one.answered), one.answered),
                    number(f"{one.expected:,.0f}", round(one.expected)),
                    _money(one.cost),
                    _money(one.cost_now, _better(one.cost.units, one.cost_now.units)),
                ),
                one,
            )
            for one in result.vendors
        ]


class ClientsTab(BacktestTab):
    """One row per client whose calls go otherwise."""

    name = "Clients"
    nothing = "no client is affected: every call goes as it did"
    columns = (
        Column("client", 12, flex=1),
        Column("calls", 10, right=True),
        Column("moved", 10, right=True),
        Column("refused", 8, right=True),
        Column("margin", 14, right=True),
        Column("now", 14, right=True),
        Column("difference", 12, right=True),
    )

    def _rows(self, result: pb.BacktestResult) -> list[Row]:
        return [
            Row(
                one.client,
                (
                    word(one.client, "strong"),
                    number(formats.count(one.calls), one.calls),
                    number(formats.count(one.moved), one.moved),
                    number(formats.count(one.refused), one.refused, "bad" if one.refused else "dim"),
                    *_sides(one.money),
                ),
                one,
            )
            for one in result.clients
            if one.moved or one.refused
        ]


class MovesTab(BacktestTab):
    """One row per destination and pair of vendors, the largest change of margin first."""

    name = "Moves"
    nothing = "nothing moves"
    columns = (
        Column("destination", 16, flex=2),
        Column("from", 10, flex=1),
        Column("to", 10, flex=1),
        Column("calls", 9, right=True),
        Column("minutes", 11, right=True, above=84),
        Column("margin", 13, right=True, above=100),
        Column("now", 13, right=True, above=100),
        Column("difference", 12, right=True),
    )

    def _rows(self, result: pb.BacktestResult) -> list[Row]:
        return [
            Row(
                f"{one.destination} {one.then} {one.now} {one.client}",
                (
                    word(one.destination, "strong"),
                    word(one.then),
                    word(one.now or one.refused, "plain" if one.now else "bad"),
                    number(formats.count(one.calls), one.calls),
                    number(formats.minutes(one.talk_ms // _S), one.talk_ms),
                    *_sides(one.money),
                ),
                one,
            )
            for one in result.moves
        ]


class RoomsTab(BacktestTab):
    """One row per vendor, trunk and limit: how full it was and would be, the broken ones first."""

    name = "Capacity"
    nothing = "capacity is told where all calls are asked for, without a sample and for all clients"
    columns = (
        Column("what", 7),
        Column("name", 14, flex=1),
        Column("at once", 9, right=True),
        Column("now", 9, right=True),
        Column("most", 8, right=True),
        Column("cps", 6, right=True, above=84),
        Column("now", 6, right=True, above=84),
        Column("most", 6, right=True, above=84),
        Column("over", 9, right=True),
        Column("worst hour", 14, above=96),
    )

    def _rows(self, result: pb.BacktestResult) -> list[Row]:
        return [_room(one) for one in result.rooms]


class OverflowTab(BacktestTab):
    """One row per vendor that is full and who has its calls then: what that changes."""

    name = "Overflow"
    nothing = "no call finds its vendor full"
    columns = (
        Column("full", 12, flex=1),
        Column("goes on to", 16),
        Column("calls", 9, right=True),
        Column("minutes", 11, right=True, above=84),
        Column("margin", 13, right=True, above=100),
        Column("now", 13, right=True, above=100),
        Column("difference", 12, right=True),
    )

    def _rows(self, result: pb.BacktestResult) -> list[Row]:
        return [
            Row(
                f"{one.first} {one.now}",
                (
                    word(one.first, "strong"),
                    word(one.now or "nobody: refused", "plain" if one.now else "bad"),
                    number(formats.count(one.calls), one.calls),
                    number(formats.minutes(one.talk_ms // _S), one.talk_ms),
                    *_sides(one.money),
                ),
                one,
            )
            for one in result.overflow
        ]


def tabs_of(run: BacktestRun) -> tuple[Tab, ...]:
    """Return the lists of a back-test."""
    return VendorsTab(run), ClientsTab(run), MovesTab(run), RoomsTab(run), OverflowTab(run)


def summary(run: BacktestRun) -> Content:
    """Say how far it is; when it has ended, what it comes to."""
    if run.trouble:
        return Content.assemble((" ✕ ", "bold $error"), (formats.plain(run.trouble), "$error"))
    if run.result is None:
        step = run.step
        share = formats.bar(step.done, step.total, _BAR, "·") if step.total else "·" * _BAR
        done = formats.ratio(step.done, step.total) if step.total else ""
        what = f"job {step.job}, {step.what}" if step.job else "waiting for its turn"
        what += "   Esc calls it off"
        return Content.assemble((f" {share} ", "$accent"), (f"{done:>6} ", "$strong"), (formats.plain(what), "$dim"))
    result, money = run.result, run.result.money
    change = money.margin_now.units - money.margin.units
    tone = "$success" if change > 0 else "$error" if change < 0 else "$dim"
    words = "no change of margin" if not change else _signed(change, money.margin.currency)
    return Content.assemble(
        (f" {formats.plain(result.words)}\n", "$strong"),
        (f" {formats.count(result.calls)} calls, {formats.count(result.answered)} answered", "$foreground"),
        (f" (expected {result.expected:,.0f})\n margin ", "$dim"),
        (f"{_text(money.margin)} → {_text(money.margin_now)} ", "$foreground"),
        (f"{money.margin.currency}   ", "$dim"),
        (words, f"bold {tone}"),
    )


def _room(one: pb.BacktestRoom) -> Row:
    use = one.use
    over, before = use.over_now + use.fast_now, use.over + use.fast
    tone: Tone = "bad" if over else "dim"
    return Row(
        f"{one.what} {one.name}",
        (
            word(one.what, "dim"),
            word(one.name, "strong"),
            number(formats.count(use.calls), use.calls),
            number(formats.count(use.calls_now), use.calls_now, "bad" if use.over_now else "plain"),
            number(formats.count(one.max_calls) if one.max_calls else formats.NOTHING, one.max_calls, "dim"),
            number(formats.count(use.cps), use.cps),
            number(formats.count(use.cps_now), use.cps_now, "bad" if use.fast_now else "plain"),
            number(formats.count(one.max_cps) if one.max_cps else formats.NOTHING, one.max_cps, "dim"),
            number(formats.count(over) if over or before else formats.NOTHING, over, tone),
            word(formats.stamp(use.from_ms)[:-3] if use.from_ms else "", "dim"),
        ),
        one,
    )


def _sides(money: pb.BacktestMoney) -> Sequence[Cell]:
    change = money.margin_now.units - money.margin.units
    tone: Tone = "good" if change > 0 else "bad" if change < 0 else "dim"
    signed = number(_signed(change, money.margin.currency), change, tone)
    return _money(money.margin), _money(money.margin_now), signed


def _money(money: Money, tone: Tone = "plain") -> Cell:
    return number(_text(money), money.units, tone)


def _text(money: Money) -> str:
    return formats.fixed_amount(money, _DECIMALS)


def _signed(units: int, currency: str) -> str:
    return f"{'+' if units > 0 else ''}{_text(Money(units=units, currency=currency))}"


def _moved(then: int, now: int) -> Cell:
    return number(formats.count(now), now, "plain" if then == now else "hue")


def _better(then: int, now: int) -> Tone:
    return "plain" if then == now else "good" if now < then else "warn"
