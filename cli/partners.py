"""`switchboard partners`: the companies we exchange traffic with."""

from typing import Annotated, Literal

import typer

from cli import output
from cli.fees import fees
from cli.fields import assignments, in_order, write_fields
from cli.limits import write_limits
from cli.panic import panic_state
from cli.parsing import AsJson, Filter, Limit, MaxCalls, MaxCps, Offset, Zone, price
from cli.parsing import Currency as CurrencyOption
from cli.reach import desk
from domain.directory import Outage, PartnerStatus
from domain.money import Currency, decimal_text
from domain.partner_fields import PARTNER_FIELDS
from domain.short_call_fields import given_words
from protos.operators_pb2 import (
    FieldChanges,
    Named,
    PageRequest,
    Partner,
    PartnerBalance,
    PartnerBalances,
    StatusChange,
    TrunkUse,
)
from protos.operators_pb2_grpc import PartnersServiceStub

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Add, change, show, list, suspend, activate and remove partners."
)

app.command()(fees)

Id = Annotated[str, typer.Argument(metavar="PARTNER", help="The partner's short name.", show_default=False)]


@app.command()
def add(
    partner: Id,
    currency: CurrencyOption,
    name: Annotated[str, typer.Option(help="Full name; else the short one.", show_default=False)] = "",
    zone: Zone = "UTC",
    prepaid: Annotated[bool, typer.Option("--prepaid", help="Calls only against money that was paid in.")] = False,
    credit_limit: Annotated[
        int | None,
        typer.Option(parser=price, metavar="AMOUNT", help="Most that may be owed; else 0.", show_default=False),
    ] = None,
    max_calls: MaxCalls = None,
    max_cps: MaxCps = None,
    outage: Annotated[Outage, typer.Option(help="When the balance cannot be reached.")] = Outage.REFUSE,
    sell_plan: Annotated[str, typer.Option(help="Plan of what we charge.", show_default=False)] = "",
    buy_plan: Annotated[str, typer.Option(help="Plan of what we pay.", show_default=False)] = "",
    policy: Annotated[str, typer.Option(help="How its routes are chosen.")] = "default",
    email: Annotated[list[str] | None, typer.Option(help="For invoices and notices; may be repeated.")] = None,
    rates_email: Annotated[list[str] | None, typer.Option(help="For rate sheets; may be repeated.")] = None,
) -> None:
    """Add a partner with the terms of its contract."""
    entry = Partner(
        id=partner,
        name=name or partner,
        currency=currency,
        zone=zone,
        status=PartnerStatus.ACTIVE,
        prepaid=prepaid,
        credit_limit_units=credit_limit or 0,
        max_calls=max_calls,
        max_cps=max_cps,
        outage=outage,
        sell_plan=sell_plan,
        buy_plan=buy_plan,
        policy=policy,
        emails=email or [],
        rates_emails=rates_email or [],
    )
    with desk() as channel:
        output.changed(PartnersServiceStub(channel).Add(entry))


@app.command("set")
def set_fields(
    partner: Id,
    words: Annotated[
        list[str],
        typer.Argument(metavar="FIELD=VALUE...", help="See `partners show` for the fields.", show_default=False),
    ],
) -> None:
    """Change fields of a partner: credit_limit=500 warn_percent=50,80 on_limit=suspend outage=trust emails=a@b.c."""
    changes = FieldChanges(id=partner, values=assignments(words, {}))
    with desk() as channel:
        output.changed(PartnersServiceStub(channel).Set(changes))


@app.command()
def show(partner: Id, as_json: AsJson = False) -> None:
    """Show a partner's balances, trunks and every field that can be set."""
    with desk() as channel:
        reply = PartnersServiceStub(channel).Show(Named(name=partner))
    output.answer(reply, as_json, _write_one)


@app.command("list")
def list_partners(as_json: AsJson = False, filter: Filter = "", limit: Limit = 50, offset: Offset = 0) -> None:
    """List partners with their balances, a page at a time."""
    with desk() as channel:
        reply = PartnersServiceStub(channel).List(PageRequest(filter=filter, limit=limit, offset=offset))

    def write(page: PartnerBalances) -> None:
        _write_page(page)
        output.paged(len(page.partners), page.total, offset)

    output.answer(reply, as_json, write)


@app.command()
def remove(partner: Id) -> None:
    """Remove a partner that no trunk, call or posting refers to."""
    with desk() as channel:
        output.changed(PartnersServiceStub(channel).Remove(Named(name=partner)))


@app.command()
def suspend(partner: Id) -> None:
    """Refuse all new calls of a partner."""
    _set_status(partner, PartnerStatus.SUSPENDED)


@app.command()
def activate(partner: Id) -> None:
    """Let a suspended partner's calls go again."""
    _set_status(partner, PartnerStatus.ACTIVE)


def _set_status(partner: str, status: PartnerStatus) -> None:
    with desk() as channel:
        output.changed(PartnersServiceStub(channel).SetStatus(StatusChange(id=partner, status=status)))


def _write_one(found: PartnerBalance) -> None:
    terms = found.partner
    output.pairs(
        [
            ("partner", terms.id),
            ("name", terms.name),
            ("status", _status(found)),
            ("terms", "prepaid" if terms.prepaid else f"postpaid, limit {decimal_text(terms.credit_limit_units)}"),
            ("owes us", _money(found, "owed")),
            ("held", _money(found, "held")),
            ("available", _money(found, "available")),
            ("used", _used(found)),
            ("we owe", _money(found, "payable")),
            ("not yet invoiced", output.money(found.unbilled)),
            ("short calls", "; ".join(given_words(terms.options, Currency(terms.currency)))),
            ("open calls", _of(_open_calls(found), terms.max_calls if terms.HasField("max_calls") else None)),
            ("calls a second", _of(f"{found.cps:.1f}", terms.max_cps) if found.HasField("cps") else ""),
        ]
    )
    output.away(found.away, "what it alone knows of balances, calls and limits")
    if found.panic:
        output.section("panic orders: `switchboard panic lift` takes one back")
        output.table(("order", "since (UTC)", "by", "desk knows", "reason"), map(panic_state, found.panic), "")
    if found.trunks:
        output.section("trunks")
        output.table(
            ("trunk", "direction", "address", "state", ">open calls", ">calls a second"),
            (_trunk(one) for one in found.trunks),
            "",
        )
    if found.limits:
        output.section("limits that name it")
        write_limits(found.limits, "")
    if found.fields:
        output.section("fields, as `partners set` takes them")
        write_fields(in_order(found.fields, PARTNER_FIELDS), {}, "")


def _status(found: PartnerBalance) -> str:
    """Write whether its calls may go: an operator's suspension first, then the balance's."""
    if found.partner.status == PartnerStatus.ACTIVE and found.standing.suspended:
        return "suspended by balance"
    return found.partner.status


def _used(found: PartnerBalance) -> str:
    """Write the share of the credit limit that is owed; of a prepaid partner, whether little is left."""
    if found.away and not found.HasField("standing"):
        return output.UNKNOWN
    if found.partner.prepaid:
        return "low" if found.standing.low else ""
    return f"{found.standing.used_percent:.1f} %" if found.partner.credit_limit_units else ""


def _money(found: PartnerBalance, name: Literal["owed", "held", "available", "payable"]) -> str:
    """Write one of a partner's amounts; while its shard is away it is not known."""
    known = found.HasField(name) or not found.away
    return output.money(getattr(found, name)) if known else output.UNKNOWN


def _open_calls(found: PartnerBalance) -> str:
    return str(found.open_calls) if found.HasField("open_calls") or not found.away else output.UNKNOWN


def _of(used: str, most: int | None) -> str:
    return used if most is None else f"{used} of {most}"


def _trunk(one: TrunkUse) -> list[str]:
    calls = _of(str(one.open_calls), one.max_calls if one.HasField("max_calls") else None)
    cps = f"{one.cps:.1f}" if one.HasField("cps") else "?"
    return [
        one.trunk,
        one.direction,
        one.address or "any",
        "closed" if one.disabled else "open",
        calls if one.use_known else output.UNKNOWN,
        _of(cps, one.max_cps) if one.HasField("max_cps") else "",
    ]


def _write_page(page: PartnerBalances) -> None:
    output.table(
        ("partner", "name", "status", ">owes us", ">held", ">available", ">used", ">we owe", ">open calls"),
        (
            [
                one.partner.id,
                one.partner.name,
                _status(one),
                _money(one, "owed"),
                _money(one, "held"),
                _money(one, "available"),
                _used(one),
                _money(one, "payable"),
                _open_calls(one),
            ]
            for one in page.partners
        ),
        "no partners: add one with `switchboard partners add`",
    )
    output.away([away for one in page.partners for away in one.away], "balances and open calls of its partners")
