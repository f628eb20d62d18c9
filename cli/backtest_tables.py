"""How a back-test is shown."""

from cli import output
from protos.backtests_pb2 import BacktestMove, BacktestResult, BacktestRoom
from protos.switch_pb2 import Money


def write(found: BacktestResult) -> None:
    """Print what a back-test came to."""
    money = found.money
    share = "" if found.sample_bp == 10_000 else f", {found.sample_bp / 100:g} % of them"
    output.lines([f"{found.words}: {output.when(found.from_ms)} to {output.when(found.until_ms)} UTC{share}"])
    output.table(
        ("", ">as it was", ">as it would be", ">difference"),
        [
            ("calls", output.count(found.calls), output.count(found.calls - _refused(found)), ""),
            ("answered, expected", output.count(found.answered), _answers(found.expected), ""),
            ("minutes", _minutes(found.talk_ms), "", ""),
            sides("revenue", money.revenue, money.revenue_now),
            sides("cost", money.cost, money.cost_now),
            sides("margin", money.margin, money.margin_now),
        ],
        "",
    )
    output.section("vendors")
    output.table(
        "vendor|>calls|>now|>minutes|>now|>answered|>expected|>cost|>now".split("|"),
        (
            (
                one.vendor, output.count(one.calls), output.count(one.calls_now), _minutes(one.talk_ms),
                _minutes(one.talk_now_ms), output.count(one.answered), _answers(one.expected), output.money(one.cost),
                output.money(one.cost_now),
            )
            for one in found.vendors
        ),
        "no vendor had a call",
    )  # fmt: skip
    _write_who(found)
    _write_rooms(found)
    _write_overflow(found)
    output.lines([_how(found)])


def _write_who(found: BacktestResult) -> None:
    output.section("clients affected")
    affected = [one for one in found.clients if one.moved or one.refused]
    output.table(
        "client|>calls|>moved|>refused|>margin|>now|>difference".split("|"),
        (
            (
                one.client, output.count(one.calls), output.count(one.moved), output.count(one.refused),
                *sides("", one.money.margin, one.money.margin_now)[1:],
            )
            for one in affected
        ),
        "none: every call goes as it did",
    )  # fmt: skip
    if found.moves:
        output.section("what moves")
        titles = "destination|from|to|>calls|>answered|>expected|>minutes|>margin|>now|>difference".split("|")
        output.table(titles, (_move(one) for one in found.moves), "")
        output.paged(len(found.moves), found.moves_total, 0)


def _write_rooms(found: BacktestResult) -> None:
    if not found.rooms:
        output.lines(["capacity: not told of a part of the calls"])
        return
    output.section("capacity")
    titles = "|name|>at once|>now|>of|>a second|>now|>of|>over, calls|>now|most at".split("|")
    output.table(titles, (_room(one) for one in found.rooms), "")
    for one in found.rooms:
        for hour in one.hours:
            over = output.count(hour.over_now + hour.fast_now)
            most = f"{output.count(hour.calls_now)} at once, {output.count(hour.cps_now)} in a second"
            words = f"{one.what} {one.name} is too full from {output.when(hour.from_ms)}: {most} are asked for"
            output.lines([f"{words}, {over} calls over"])


def _write_overflow(found: BacktestResult) -> None:
    if not found.overflow:
        return
    output.section("calls that find no room")
    titles = "full|goes on to|>calls|>answered|>minutes|>margin with room|>now|>difference".split("|")
    output.table(
        titles,
        (
            (
                one.first, one.now or "nobody: refused", output.count(one.calls), output.count(one.answered),
                _minutes(one.talk_ms), *sides("", one.money.margin, one.money.margin_now)[1:],
            )
            for one in found.overflow
        ),
        "",
    )  # fmt: skip
    lost = sum(one.calls for one in found.overflow if not one.now)
    went = sum(one.calls for one in found.overflow) - lost
    output.lines([f"{output.count(went)} calls overflow to another vendor, {output.count(lost)} find no room at all"])


def _room(one: BacktestRoom) -> list[str]:
    use = one.use
    return [
        one.what,
        one.name,
        output.count(use.calls),
        output.count(use.calls_now),
        output.count(one.max_calls) if one.max_calls else "-",
        output.count(use.cps),
        output.count(use.cps_now),
        output.count(one.max_cps) if one.max_cps else "-",
        output.count(use.over + use.fast),
        output.count(use.over_now + use.fast_now),
        output.when(use.from_ms),
    ]


def _move(one: BacktestMove) -> list[str]:
    return [
        one.destination,
        one.then,
        one.now or f"refused: {one.refused}",
        output.count(one.calls),
        output.count(one.answered),
        _answers(one.expected),
        _minutes(one.talk_ms),
        *sides("", one.money.margin, one.money.margin_now)[1:],
    ]


def sides(name: str, before: Money, after: Money) -> tuple[str, str, str, str]:
    """Return a line of money: as it was, as it would be, and the difference."""
    change = Money(units=after.units - before.units, currency=after.currency)
    return name, output.money(before), output.money(after), f"{'+' if change.units > 0 else ''}{output.money(change)}"


def _refused(found: BacktestResult) -> int:
    return sum(one.refused for one in found.clients)


def _minutes(talk_ms: int) -> str:
    return f"{talk_ms / 60_000:,.1f}"


def _answers(expected: float) -> str:
    return f"{expected:,.0f}"


def _how(found: BacktestResult) -> str:
    taken = (
        f"; {output.count(found.unknown)} calls without a known vendor or rate are as they were"
        if found.unknown
        else ""
    )
    each = f", {found.cpu_ms * 1000 / found.calls:,.1f} µs a call" if found.calls else ""
    decided = f"{output.count(found.decided)} decisions in {output.count(found.parts)} parts"
    return f"{decided}, {found.cpu_ms / 1000:,.1f} s of processor{each}{taken}"
