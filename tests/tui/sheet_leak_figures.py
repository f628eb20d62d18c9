"""What the desk of the pictures says of prices that a sheet puts under water."""

from collections.abc import Callable
from typing import Any

from domain.money import units_of
from protos import operators_pb2 as op
from protos import sheets_pb2 as pb
from tests.tui.figures import money, ms


def leaks(query: pb.SheetRowsQuery) -> pb.LeakPage:
    one = pb.SheetLeak(
        plan="wholesale",
        sell_code="2547",
        code="254741",
        buy_code="254741",
        sell_price_units=units_of("0.105"),
        buy_price_units=units_of("0.145"),
        proposed_units=units_of("0.16"),
        from_ms=ms("2026-11-04T00:00:00"),
        talk_ms=1_250 * 60_000,
        leak=money("50"),
        kind="loss",
        currency="USD",
        own_sell_price_units=units_of("0.105"),
        own_buy_price_units=units_of("0.145"),
        own_proposed_units=units_of("0.16"),
    )
    wide = pb.SheetLeak(
        plan="savanna-telecoms-retail",
        sell_code="25472212",
        code="254722123456",
        buy_code="254722123456",
        sell_price_units=units_of("0.10512345"),
        buy_price_units=units_of("10.14512345"),
        proposed_units=units_of("10.1452"),
        from_ms=ms("2026-11-04T00:00:00"),
        talk_ms=100_000 * 60_000,
        leak=money("100000.25"),
        kind="uneven",
        currency="EUR",
        own_sell_price_units=units_of("0.0967"),
        own_buy_price_units=units_of("9.33351515"),
        own_proposed_units=units_of("9.3336"),
    )
    night = pb.SheetLeak(
        plan="wholesale",
        sell_code="255",
        code="255",
        buy_code="255",
        sell_price_units=units_of("0.15"),
        buy_price_units=units_of("0.2"),
        proposed_units=units_of("0.2"),
        from_ms=ms("2026-11-04T00:00:00"),
        leak=money("0"),
        kind="loss",
        rate_type="offpeak",
        minute_units=units_of("0.05"),
        currency="USD",
        hours=[
            pb.SheetLeakHours(
                sold_for="offpeak",
                bought_for="any",
                week_ms=84 * 3_600_000,
                sell_price_units=units_of("0.15"),
                buy_price_units=units_of("0.2"),
                leak=money("0"),
                proposed_units=units_of("0.2"),
            )
        ],
    )
    more = pb.SheetLeak(kind="more", codes=1_234, talk_ms=600 * 60_000, leak=money("4.5"))
    every = [each for each in (one, wide, night, more) if query.kind in ("", each.kind)]
    found = [each for each in every if each.code.startswith(query.code)]
    return pb.LeakPage(leaks=found, total=len(found))


LEAKS: dict[str, Callable[[Any], Any]] = {
    "SheetsService/Impact": leaks,
    "SheetsService/Reprice": lambda order: op.Changed(what=f"sheet {order.id}: {order.plan} {order.codes[0]} 0.1600"),
    "SheetsService/Block": lambda order: op.Changed(what=f"sheet {order.id}: {order.plan} {order.codes[0]} blocked"),
}
