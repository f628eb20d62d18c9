"""One partner: terms, balance, what of its limits is in use, and its trunks."""

from textual.content import Content

from domain.money import Currency
from domain.partner_fields import PARTNER_FIELDS
from domain.short_call_fields import given_words
from protos import operators_pb2, switch_pb2
from tui import formats
from tui.link import Link
from tui.panic import Orders
from tui.tabs.tab import Ask, Listed, Tab
from tui.widgets.cells import Cell, Column, Row, Tone, number, word

_BAR = 8


class PartnerTab(Tab):
    """One row per trunk, the partner itself above them. `x` closes a trunk to new calls, or opens it; `D` removes it;
    `P` drops it at every node by itself, or lifts that; `=` sets fields of the partner."""

    name = "Partner"
    columns = (
        Column("trunk", 14, flex=2),
        Column("dir", 3),
        Column("address", 20, above=92),
        Column("state", 8),
        Column("calls", 6, right=True),
        Column("of", 6, right=True),
        Column("", _BAR),
        Column("cps", 5, right=True),
        Column("of", 4, right=True),
        Column("", _BAR, above=84),
    )
    empty = "this partner has no trunk yet: add one with `switchboard trunks add`"
    every_s = 2.0
    deeds = ("shut", "remove", "trunk")
    has_fields = True

    def __init__(self, partner: str) -> None:
        self._partner = partner
        self._orders, self._shown = Orders(), list[switch_pb2.PanicState]()

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for the partner with all its trunks."""
        named = operators_pb2.Named(name=self._partner)
        reply = await link.ask(lambda services: services.partners.Show, named)
        self._shown, self._orders = list(reply.panic), Orders()
        dropped = {state.order.trunk for state in reply.panic}
        return Listed([_row(use, use.trunk in dropped) for use in reply.trunks], len(reply.trunks), _summary(reply))

    async def fields(self, link: Link, row: Row | None) -> tuple[str, dict[str, str]]:
        """Return the partner's fields, whatever trunk is under the cursor."""
        return await partner_fields(link, self._partner)

    async def set_fields(self, link: Link, row: Row | None, values: dict[str, str]) -> str:
        """Change fields of the partner."""
        return await set_partner(link, self._partner, values)

    def question(self, deed: str, row: Row) -> str:
        """Ask before the trunk is closed, opened or removed."""
        use = _use(row)
        if deed == "trunk":
            return self._orders.question("trunk", use.trunk, self._shown)
        if deed == "remove":
            return f"Remove trunk {use.trunk}? It is refused where a call or a record names it."
        if use.disabled:
            return f"Open trunk {use.trunk}: let new calls go by it again?"
        return f"Close trunk {use.trunk} to new calls? Calls that run on it go on."

    async def do(self, deed: str, link: Link, row: Row) -> str:
        """Close, open or remove the trunk."""
        use = _use(row)
        if deed == "trunk":
            return await self._orders.turn(link, "trunk", use.trunk, self._shown)
        if deed == "remove":
            return (await link.ask(lambda services: services.trunks.Remove, operators_pb2.Named(name=use.trunk))).what
        changes = operators_pb2.FieldChanges(id=use.trunk, values={"enabled": "true" if use.disabled else "false"})
        return (await link.ask(lambda services: services.trunks.Set, changes)).what


async def partner_fields(link: Link, partner: str) -> tuple[str, dict[str, str]]:
    """Return what a partner's fields are now, in their order. Raises LinkError."""
    reply = await link.ask(lambda services: services.partners.Show, operators_pb2.Named(name=partner))
    known = {name: reply.fields[name] for name in PARTNER_FIELDS if name in reply.fields}
    return f"partner {partner}", known


async def set_partner(link: Link, partner: str, values: dict[str, str]) -> str:
    """Change fields of a partner and say what changed. Raises LinkError."""
    changes = operators_pb2.FieldChanges(id=partner, values=values)
    return (await link.ask(lambda services: services.partners.Set, changes)).what


def money_known(balance: operators_pb2.PartnerBalance) -> bool:
    """Say whether a partner's money is known: while its shard is away it is not."""
    return balance.HasField("owed") or not balance.away


def partner_state(balance: operators_pb2.PartnerBalance) -> str:
    """Write whether a partner's calls may go, and who says no: an operator, or its balance."""
    by_balance = balance.partner.status == "active" and balance.standing.suspended
    return "suspended by balance" if by_balance else balance.partner.status


def _use(row: Row) -> operators_pb2.TrunkUse:
    assert isinstance(row.item, operators_pb2.TrunkUse)
    return row.item


def _row(use: operators_pb2.TrunkUse, dropped: bool) -> Row:
    most_calls = use.max_calls if use.HasField("max_calls") else 0
    most_cps = use.max_cps if use.HasField("max_cps") else 0
    calls_known, cps_known = use.use_known, use.HasField("cps")
    return Row(
        use.trunk,
        (
            word(use.trunk, "strong"),
            word(use.direction, "dim"),
            word(use.address or "any", "dim"),
            word("✕ dropped", "bad") if dropped else word("✕ closed", "bad") if use.disabled else word("open", "good"),
            number(formats.count(use.open_calls) if calls_known else formats.NOTHING, use.open_calls),
            number(formats.count(most_calls) if use.HasField("max_calls") else formats.NOTHING, most_calls, "dim"),
            _bar(use.open_calls * 1000 if calls_known else 0, most_calls * 1000),
            number(f"{use.cps:.1f}" if cps_known else formats.NOTHING, int(use.cps * 1000)),
            number(formats.count(most_cps) if use.HasField("max_cps") else formats.NOTHING, most_cps, "dim"),
            _bar(int(use.cps * 1000), most_cps * 1000),
        ),
        use,
    )


def _bar(used: int, most: int) -> Cell:
    return Cell(formats.bar(used, most, _BAR, "·"), _tone(used, most), used)


def _tone(used: int, most: int) -> Tone:
    return "bad" if used * 10 >= most * 9 else "warn" if used * 10 >= most * 7 else "good"


def _summary(found: operators_pb2.PartnerBalance) -> Content:
    """Write three lines: the terms, the money, the limits; and who is away."""
    partner = found.partner
    calls_go = partner_state(found)
    terms = [
        f"prepaid {partner.currency}"
        if partner.prepaid
        else f"limit {formats.limit(partner.credit_limit_units)} {partner.currency}",
        *(f"{what} {name}" for what, name in (("sells by", partner.sell_plan), ("buys by", partner.buy_plan)) if name),
        f"policy {partner.policy}" if partner.policy else "",
        partner.zone,
        *(f"short calls: {said}" for said in given_words(partner.options, Currency(partner.currency))),
    ]
    status = ("● active", "bold $success") if calls_go == "active" else (f"✕ {calls_go}", "bold $error")
    known = money_known(found)
    short = bool(found.available.currency) and found.available.units <= 0 and bool(partner.sell_plan)
    money = [
        ("owes us", found.owed, "bold $strong"), ("held", found.held, "bold $warning"),
        ("left", found.available, "bold $error" if short else "bold $success"),
        ("we owe", found.payable, "bold $strong"), ("unbilled", found.unbilled, "$foreground"),
    ]  # fmt: skip
    for state in found.panic:
        what = "frozen" if state.order.client else "dropped" if state.order.vendor else f"{state.order.trunk} dropped"
        terms.insert(0, f"✕ {what} by {state.who}{': ' if state.order.reason else ''}{state.order.reason}")
    parts: list[tuple[str, str]] = [(" ", ""), status, (f"  {'  '.join(filter(None, terms))}\n", "$dim")]
    for name, amount, style in money:
        parts += [(f" {name} ", "$dim"), (f"{formats.amount(amount)}  ", style)]
    parts += [("\n open calls ", "$dim")]
    calls = f"{found.open_calls:,}" if known else formats.NOTHING
    parts += _limit(found.open_calls, calls, partner.max_calls, partner.HasField("max_calls"))
    if found.HasField("cps"):
        parts += [("   calls a second ", "$dim")]
        parts += _limit(int(found.cps * 1000), f"{found.cps:.1f}", partner.max_cps, True, scale=1000)
    away = formats.away(found.away, "what it alone knows")
    return Content.assemble(*parts, *(("\n ", away) if away else ()))


def _limit(used: int, shown: str, most: int, limited: bool, scale: int = 1) -> list[tuple[str, str]]:
    if not limited:
        return [(shown, "bold $strong"), (" without a limit", "$dim")]
    styles = {"bad": "$error", "warn": "$warning"}
    bar = formats.bar(used, most * scale, _BAR, "·")
    return [
        (shown, "bold $strong"),
        (f" of {most:,} ", "$dim"),
        (bar, styles.get(_tone(used, most * scale), "$success")),
    ]
