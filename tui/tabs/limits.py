"""Limits, and how much of each is used."""

from collections.abc import Iterable
from typing import Literal

from textual.content import Content

from domain.limit_fields import LIMIT_FIELDS
from domain.money import decimal_text
from protos import operators_pb2
from tui import formats
from tui.forms.limits import limit_form
from tui.link import Link, LinkError
from tui.screens.form import FormScreen
from tui.tabs.tab import Ask, Listed, Tab
from tui.widgets.cells import Cell, Column, Row, Tone, number, word

_BAR = 8


class LimitsTab(Tab):
    """One row per limit, all or those that name a partner; the bar is of what is used up most.

    `+` adds one, `=` sets fields.
    """

    name = "Limits"
    columns = (
        Column("limit", 12, flex=2),
        Column("counts", 16, flex=2),
        Column("calls", 11, right=True),
        Column("cps", 9, right=True, above=84),
        Column("minutes", 15, right=True),
        Column("money", 18, right=True, above=104),
        Column("per", 5),
        Column("", _BAR),
        Column("refused", 7, right=True),
        Column("kept", 7, above=96),
    )
    empty = "no limits: + adds one"
    every_s = 2.0
    filter_hint = "part of what a limit names"
    adds = ("limit",)
    has_fields = True
    deeds = ("remove",)

    def __init__(self, partner: str = "") -> None:
        self._partner = partner

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for a page of limits, or for those of the partner."""
        if self._partner:
            named = operators_pb2.Named(name=self._partner)
            shown = await link.ask(lambda services: services.partners.Show, named)
            found = [
                use for use in shown.limits if ask.filter.lower() in f"{use.limit.id} {_counted(use.limit)}".lower()
            ]
            return Listed([_row(use) for use in found], len(found), _away(found))
        page = operators_pb2.PageRequest(filter=ask.filter, limit=ask.limit, offset=ask.offset)
        reply = await link.ask(lambda services: services.limits.List, page)
        return Listed([_row(use) for use in reply.limits], reply.total, _away(reply.limits))

    def form(self, kind: str, link: Link, now_ms: int, row: Row | None) -> FormScreen:
        """Return the form of a new one."""
        return limit_form(link, self._partner)

    async def fields(self, link: Link, row: Row | None) -> tuple[str, dict[str, str]]:
        """Return the fields of the limit under the cursor."""
        if row is None:
            raise LinkError("there is no limit to change")
        use = await link.ask(lambda services: services.limits.Show, operators_pb2.Named(name=row.key))
        texts = limit_fields(use.limit)
        return f"limit {row.key}", {name: texts[name] for name in LIMIT_FIELDS}

    async def set_fields(self, link: Link, row: Row | None, values: dict[str, str]) -> str:
        """Change fields of the limit under the cursor."""
        assert row is not None, "its fields were shown"
        changes = operators_pb2.FieldChanges(id=row.key, values=values)
        return (await link.ask(lambda services: services.limits.Set, changes)).what

    def question(self, deed: str, row: Row) -> str:
        """Ask before the limit is removed."""
        return f"Remove limit {row.key}? It counts no more; calls that it kept out may go."

    async def do(self, deed: str, link: Link, row: Row) -> str:
        """Remove the limit."""
        return (await link.ask(lambda services: services.limits.Remove, operators_pb2.Named(name=row.key))).what


def limit_fields(limit: operators_pb2.Limit) -> dict[str, str]:
    """Return every field of a limit as text, as Set takes it."""
    texts = {
        name: getattr(limit, name)
        for name in ("client", "end_user", "trunk", "vendor", "destination", "code", "currency")
    }
    for name in ("max_calls", "max_cps", "burst", "max_minutes"):
        texts[name] = str(getattr(limit, name)) if limit.HasField(name) else ""
    texts["max_money"] = decimal_text(limit.max_units) if limit.HasField("max_units") else ""
    kept = {"period": limit.period, "zone": limit.zone, "enabled": "false" if limit.disabled else "true"}
    return texts | kept | {"profile": limit.profile}


def _away(uses: Iterable[operators_pb2.LimitUse]) -> Content | None:
    return formats.away([away for use in uses for away in use.away], "what it counts")


def _row(use: operators_pb2.LimitUse) -> Row:
    limit = use.limit
    metered = limit.HasField("max_minutes") or limit.HasField("max_units")
    used = used_share(use)
    return Row(
        limit.id,
        (
            word(limit.id, "dim" if limit.disabled else "strong"),
            word(_counted(limit)),
            _of(_calls(use), limit.max_calls if limit.HasField("max_calls") else None, use.open_calls),
            _of(_cps_used(use) if limit.HasField("max_cps") else "", _cps(limit), int(1000 * use.cps)),
            _of(minutes_used(use) if _minutes(limit) is not None else "", _minutes(limit), use.seconds),
            number(_money(use), use.used_units),
            word(limit.period if metered else "", "dim"),
            Cell(formats.bar(used, 1000, _BAR, "·"), _tone(used), used),
            number(refused(use), use.refused, "warn" if use.refused else "dim"),
            word(_kept(use), "dim"),
        ),
        use,
    )


def _kept(use: operators_pb2.LimitUse) -> str:
    """Say who keeps a limit, or that it does not hold now: it is off, or it is not its part of the week."""
    if use.limit.disabled or use.holds_not:
        return "off" if use.limit.disabled else "not now"
    return "hard" if use.hard else "nodes"


def used_share(use: operators_pb2.LimitUse) -> int:
    """Return the share of what is used up most, in thousandths; of what limits nothing none is."""
    limit = use.limit
    shares = [(use.open_calls, limit.max_calls if limit.HasField("max_calls") else None)]
    shares += [(use.seconds, 60 * limit.max_minutes if limit.HasField("max_minutes") else None)]
    shares += [(use.used_units, limit.max_units if limit.HasField("max_units") else None)]
    shares += [(int(1000 * use.cps), 1000 * limit.max_cps if limit.HasField("max_cps") else None)]
    return max((1000 if not most else 1000 * used // most for used, most in shares if most is not None), default=0)


def known(use: operators_pb2.LimitUse, name: Literal["open_calls", "cps", "seconds", "used_units", "refused"]) -> bool:
    """Say whether a figure is known: of a shard that is away it is not."""
    return use.HasField(name) or not use.away


def minutes_used(use: operators_pb2.LimitUse) -> str:
    """Write the whole minutes that are used."""
    return f"{use.seconds // 60:,}" if known(use, "seconds") else formats.NOTHING


def refused(use: operators_pb2.LimitUse) -> str:
    """Write how many calls a limit kept out."""
    return formats.count(use.refused) if known(use, "refused") else formats.NOTHING


def _calls(use: operators_pb2.LimitUse) -> str:
    return f"{use.open_calls}" if known(use, "open_calls") else formats.NOTHING


def _cps_used(use: operators_pb2.LimitUse) -> str:
    return f"{use.cps:.1f}" if known(use, "cps") else formats.NOTHING


def _tone(used: int) -> Tone:
    return "bad" if used >= 900 else "warn" if used >= 700 else "good"


def _cps(limit: operators_pb2.Limit) -> int | None:
    return limit.max_cps if limit.HasField("max_cps") else None


def _minutes(limit: operators_pb2.Limit) -> int | None:
    return limit.max_minutes if limit.HasField("max_minutes") else None


def _of(used: str, most: int | None, order: int) -> Cell:
    return number(used if most is None else f"{used} of {most:,}", order, "plain" if most is not None else "dim")


def _money(use: operators_pb2.LimitUse) -> str:
    limit = use.limit
    most = f"{formats.limit(limit.max_units)} {limit.currency}"
    used = decimal_text(use.used_units) if known(use, "used_units") else formats.NOTHING
    return f"{used} of {most}" if limit.HasField("max_units") else ""


def _counted(limit: operators_pb2.Limit) -> str:
    parts = [
        limit.client,
        limit.end_user,
        limit.trunk,
        limit.vendor and f"→ {limit.vendor}",
        limit.destination,
        limit.code,
    ]
    return " ".join(part for part in parts if part) or "all calls"
