"""A new allowed loss."""

from collections.abc import Mapping

from textual.content import Content

from domain.ids import DestinationId, PartnerId
from domain.limits import Period
from domain.losses import MOST_BP, PERIODS, AllowedLoss, LossId, check_allowed
from protos import losses_pb2 as pb
from tui import known_names
from tui.forms.reading import calls_of, good, hundredths, money, needed, read
from tui.forms.reading import price as amount
from tui.link import Link
from tui.moments import moment_of, said
from tui.screens.form import FormScreen, Line

_WORDS = "In force at once, until the budget is used up. D takes it away."
_UTC = "UTC"


def loss_form(link: Link, now_ms: int) -> FormScreen:
    """Return the form of a new allowance; moments are counted from `now_ms`, business time, UTC ms."""

    async def done(values: Mapping[str, str]) -> str:
        loss = _loss(values, now_ms)
        return (await link.ask(lambda services: services.losses.Add, loss)).what

    async def judge(values: Mapping[str, str]) -> Content:
        loss = _loss(values, now_ms)
        per = "in all" if loss.period == Period.EVER else f"a {loss.period}"
        by = f" by {loss.vendor}" * bool(loss.vendor)
        until = f"until {said(loss.until_ms)}" if loss.HasField("until_ms") else "until it is removed"
        begins = f"from {said(loss.from_ms)} " if loss.HasField("from_ms") else ""
        each = f", each {loss.most_bp / 100:g} % of its revenue at most" if loss.HasField("most_bp") else ""
        words = f"{calls_of(values)}{by} may lose {money(loss.budget_units)} {per}, base currency{each}"
        return good(words, f"{begins}{until}; margin floors are passed by it, too")

    lines = (
        Line("name", hint="its short name: promo-ke"),
        Line("client", hint="whose calls", suggester=known_names.partners(link, "client")),
        Line("budget", hint="as much may be lost, base currency: 25.00"),
        Line("per", Period.DAY, "day, week, month, or ever", tuple(PERIODS)),
        Line("destination", hint="by its name, or", suggester=known_names.destinations(link)),
        Line("code", hint="digits that numbers begin with; nothing: all its calls"),
        Line("vendor", hint="calls by this vendor alone", suggester=known_names.partners(link, "vendor")),
        Line("most", hint="of a call's revenue, per cent: 5"),
        Line("from", hint="2026-12-01, +2h; empty: now"),
        Line("until", hint="2026-12-31, +30d; empty: until it is removed"),
        Line("zone", _UTC, "of its days, weeks and months"),
        Line("why", hint="what it is for; who reads the list wants to know"),
    )
    return FormScreen("An allowed loss", _WORDS, lines, done, judge)


def _loss(values: Mapping[str, str], now_ms: int) -> pb.AllowedLoss:
    """Return the allowance that the lines say. Raises ValueError, InputError."""
    period = read(values, "per", _period) or Period.DAY
    loss = pb.AllowedLoss(
        id=values["name"],
        client=values["client"],
        vendor=values["vendor"],
        destination=values["destination"],
        code=values["code"],
        zone=values["zone"],
        why=values["why"],
        budget_units=read(values, "budget", amount) or 0,
        period=period,
        most_bp=read(values, "most", hundredths(1, MOST_BP, "per cent")),
        from_ms=read(values, "from", lambda text: moment_of(text, now_ms)),
        until_ms=read(values, "until", lambda text: moment_of(text, now_ms)),
    )
    needed(values, name="how it is called", client="whose calls may lose money", budget="how much may be lost")
    check_allowed(
        AllowedLoss(
            LossId(loss.id),
            PartnerId(loss.client),
            loss.budget_units,
            period,
            vendor=PartnerId(loss.vendor) or None,
            destination=DestinationId(0) if loss.destination else None,
            code=loss.code,
            from_ms=loss.from_ms if loss.HasField("from_ms") else None,
            until_ms=loss.until_ms if loss.HasField("until_ms") else None,
            why=loss.why,
        )
    )
    return loss


def _period(text: str) -> Period:
    if text.lower() not in list(PERIODS):
        raise ValueError(f"{text!r} is none of {', '.join(PERIODS)}")
    return Period(text.lower())
