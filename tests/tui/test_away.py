"""While a shard is away the console shows what is known, a dash for the rest, and who is away since when."""

from protos import operators_pb2 as pb
from tests.tui.console import console, text, until, until_loaded
from tests.tui.desk import Desk

AWAY = [pb.ShardAway(shard="shard-1", since_ms=1_793_491_200_000)]
SAID = "shard-1 is away since 11-01 00:00:00Z"


def _row(shown: str, name: str) -> str:
    return next(line for line in shown.splitlines() if name in line)


async def test_partners_of_a_shard_that_is_away_have_no_balance(desk: Desk) -> None:
    known = desk.answers["PartnersService/List"](pb.PageRequest(limit=9)).partners[0]  # type: ignore[attr-defined]
    gone = pb.PartnerBalance(
        partner=pb.Partner(id="kestrel", name="Kestrel", currency="USD", status="active", credit_limit_units=10**12),
        away=AWAY,
    )
    desk.answers |= {"PartnersService/List": lambda _: pb.PartnerBalances(partners=[known, gone], total=2)}
    app = console(desk)
    async with app.run_test(size=(150, 40)) as pilot:
        await until_loaded(pilot)
        await pilot.press("m")
        await until(pilot, lambda: "Kestrel" in text(app))
        shown = text(app)
        assert SAID in shown and "–" in _row(shown, "Kestrel") and "0.00" not in _row(shown, "Kestrel")
        assert "1,871.34" in _row(shown, "Orbita")


async def test_one_partner_and_the_board_say_who_is_away(desk: Desk) -> None:
    gone = pb.PartnerBalance(partner=pb.Partner(id="orbita", name="Orbita", currency="USD", status="active"), away=AWAY)
    desk.answers |= {"PartnersService/Show": lambda _: gone}
    desk.status.board.away.extend(AWAY)
    app = console(desk)
    async with app.run_test(size=(150, 40)) as pilot:
        await until_loaded(pilot)
        assert "shard-1 away" in text(app)
        await pilot.press("m")
        await until(pilot, lambda: "Orbita" in text(app))
        await pilot.press("enter")
        await until(pilot, lambda: SAID in text(app))
        assert "open calls –" in text(app)


async def test_a_limit_that_a_shard_counts_is_not_zero_while_it_is_away(desk: Desk) -> None:
    limit = pb.Limit(id="naked-calls", client="naked", max_calls=9, period="month", zone="UTC")
    uses = pb.LimitUses(limits=[pb.LimitUse(limit=limit, hard=True, away=AWAY)], total=1)
    desk.answers |= {"LimitsService/List": lambda _: uses}
    app = console(desk)
    async with app.run_test(size=(150, 40)) as pilot:
        await until_loaded(pilot)
        await pilot.press("2")
        await until_loaded(pilot)
        await pilot.press("right")
        await until(pilot, lambda: SAID in text(app))
        assert "– of 9" in _row(text(app), "naked-calls")
