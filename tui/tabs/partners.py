"""What each partner owes and may still use."""

from protos import operators_pb2, switch_pb2
from tui import formats
from tui.link import Link, LinkError
from tui.panic import Orders
from tui.tabs.end_users import EndUsersTab
from tui.tabs.invoices import InvoicesTab
from tui.tabs.limits import LimitsTab
from tui.tabs.partner import PartnerTab, money_known, partner_fields, partner_state, set_partner
from tui.tabs.statement import StatementTab
from tui.tabs.tab import Ask, Drill, Listed, Tab
from tui.widgets.cells import Cell, Column, Row, Tone, number, word

_BAR = 10


class PartnersTab(Tab):
    """Balances, limits, how much of them is used, and what we owe. `F` freezes a client and `V` drops a vendor at every
    node by itself, or lift that; `D` removes a partner."""

    name = "Partners"
    columns = (
        Column("partner", 10, flex=1),
        Column("cur", 3),
        Column("owes us", 11, right=True),
        Column("limit", 9, right=True),
        Column("held", 8, right=True, above=92),
        Column("left", 11, right=True),
        Column("used", 9, right=True),
        Column("", _BAR, above=104),
        Column("we owe", 11, right=True),
        Column("unbilled", 11, right=True, above=118),
        Column("open", 4, right=True),
        Column("state", 20, above=140),
    )
    empty = "no partners yet: add one with `switchboard partners add`"
    every_s = 5.0
    filter_hint = "part of a partner's name"
    has_drill = True
    has_fields = True
    deeds = ("remove", "client", "vendor")

    def __init__(self) -> None:
        self._orders = Orders()

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for one page of partners with their balances."""
        page = operators_pb2.PageRequest(filter=ask.filter, limit=ask.limit, offset=ask.offset)
        reply = await link.ask(lambda services: services.partners.List, page)
        self._orders = Orders()  # the rows say it now
        away = formats.away([away for one in reply.partners for away in one.away], "balances of its partners")
        return Listed([_row(balance) for balance in reply.partners], reply.total, away)

    async def fields(self, link: Link, row: Row | None) -> tuple[str, dict[str, str]]:
        """Return the fields of the partner under the cursor."""
        if row is None:
            raise LinkError("there is no partner to change")
        return await partner_fields(link, row.key)

    async def set_fields(self, link: Link, row: Row | None, values: dict[str, str]) -> str:
        """Change fields of the partner under the cursor."""
        assert row is not None, "its fields were shown"
        return await set_partner(link, row.key, values)

    def question(self, deed: str, row: Row) -> str:
        """Ask before the partner is removed, frozen or dropped, or its calls go again."""
        if deed != "remove":
            return self._orders.question(deed, row.key, _orders_of(row))
        return f"Remove partner {row.key}? It is refused where a trunk, a call or a posting names it."

    async def do(self, deed: str, link: Link, row: Row) -> str:
        """Remove the partner, or freeze or drop it."""
        if deed != "remove":
            return await self._orders.turn(link, deed, row.key, _orders_of(row))
        return (await link.ask(lambda services: services.partners.Remove, operators_pb2.Named(name=row.key))).what

    def enter(self, row: Row) -> Drill | None:
        """Open the partner: its trunks and limits, its statement, its invoices, its end users."""
        balance = row.item
        assert isinstance(balance, operators_pb2.PartnerBalance)
        return Drill(
            balance.partner.name,
            (
                PartnerTab(balance.partner.id),
                StatementTab(balance),
                InvoicesTab(balance.partner.id),
                LimitsTab(balance.partner.id),
                EndUsersTab(balance.partner.id),
            ),
        )


def _orders_of(row: Row) -> list[switch_pb2.PanicState]:
    assert isinstance(row.item, operators_pb2.PartnerBalance)
    return list(row.item.panic)


def _row(balance: operators_pb2.PartnerBalance) -> Row:
    partner, state = balance.partner, partner_state(balance)
    limit, known = partner.credit_limit_units, money_known(balance)
    used_units = balance.owed.units + balance.held.units
    return Row(
        partner.id,
        (
            word(partner.name or partner.id, "strong" if state == "active" else "bad"),
            word(partner.currency, "dim"),
            _money(balance.owed, "strong"),
            number(formats.limit(limit) if limit else formats.NOTHING, limit, "dim"),
            _money(balance.held),
            _money(balance.available, _left_tone(balance)) if _asks(balance) or not known else word(""),
            _used(balance, used_units),
            Cell(formats.bar(used_units, limit if known else 0, _BAR, "·"), _used_tone(used_units, limit), used_units),
            _money(balance.payable),
            _money(balance.unbilled),
            number(
                formats.count(balance.open_calls) if known else formats.NOTHING,
                balance.open_calls,
                "plain" if balance.open_calls else "dim",
            ),
            word(state, "good" if state == "active" else "bad"),
        ),
        balance,
    )


def _money(money: switch_pb2.Money, tone: Tone = "plain") -> Cell:
    """Write an amount; a zero that means nothing is wrong steps back."""
    return number(formats.amount(money), money.units, "dim" if not money.units and tone != "bad" else tone)


def _left_tone(balance: operators_pb2.PartnerBalance) -> Tone:
    return "bad" if balance.available.currency and balance.available.units <= 0 else "plain"


def _asks(balance: operators_pb2.PartnerBalance) -> bool:
    """True for a partner that sends us calls: a pure vendor has nothing to use up."""
    return bool(balance.partner.sell_plan or balance.partner.credit_limit_units or balance.owed.units)


def _used(balance: operators_pb2.PartnerBalance, used_units: int) -> Cell:
    partner = balance.partner
    if balance.panic:
        return Cell("frozen" if any(state.order.client for state in balance.panic) else "dropped", "bad", -1)
    if partner.status != "active":
        return Cell("suspended", "bad", -1)
    if not money_known(balance):
        return Cell(formats.NOTHING, "dim", -1)
    if balance.standing.suspended:
        return Cell("used up", "bad", -1)
    if partner.prepaid:
        if balance.standing.low and balance.available.units > 0:
            return Cell("low", "warn", -1)
        return Cell("empty" if balance.available.units <= 0 else "prepaid", _left_tone(balance), -1)
    limit = partner.credit_limit_units
    if limit <= 0:
        return Cell(formats.NOTHING, "dim", -1)
    tone = _used_tone(used_units, limit)
    told: Tone = "warn" if balance.standing.warned and tone == "good" else tone
    return Cell(formats.ratio(max(0, used_units), limit), told, used_units * 1000 // limit)


def _used_tone(used: int, limit: int) -> Tone:
    """Nine tenths used is bad, seven tenths worth a look: the steps at which partners are told (70/90/100 %)."""
    return "bad" if used * 10 >= limit * 9 else "warn" if used * 10 >= limit * 7 else "good"
