"""`switchboard limits`: calls, calls a second, minutes and money, by client, trunk, vendor, destination and pairs."""

from collections.abc import Iterable
from typing import Annotated, Literal

import typer

from cli import output
from cli.fields import assignments, in_order, write_fields
from cli.parsing import AsJson, Filter, Offset, Zone, currency, price
from cli.parsing import Limit as Rows
from cli.reach import desk
from domain.limit_fields import LIMIT_FIELDS
from domain.limits import Period
from domain.money import decimal_text
from domain.own_limits import is_own, set_elsewhere
from protos.operators_pb2 import FieldChanges, Limit, LimitUse, LimitUses, Named, PageRequest
from protos.operators_pb2_grpc import LimitsServiceStub

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Limit calls, calls a second, minutes and money; of the limits that count a call the tightest wins.",
)

Id = Annotated[str, typer.Argument(metavar="LIMIT", help="Its short name.", show_default=False)]
Shown = Annotated[
    str,
    typer.Argument(
        metavar="LIMIT",
        help='Its short name; "trunk NAME", "partner NAME" or PARTNER/USER: what these say themselves.',
        show_default=False,
    ),
]
MOST = 2**31 - 1
OWN = (
    "what partners, trunks and end users say themselves: "
    '`limits show "partner NAME"`, `limits show "trunk NAME"`, `limits show PARTNER/USER`'
)


@app.command()
def add(
    limit: Id,
    client: Annotated[str, typer.Option(help="Calls of this client.", show_default=False)] = "",
    end_user: Annotated[str, typer.Option(help="Calls of this end user of the client.", show_default=False)] = "",
    trunk: Annotated[str, typer.Option(help="Calls by this trunk, incoming or outgoing.", show_default=False)] = "",
    vendor: Annotated[str, typer.Option(help="Attempts at this vendor.", show_default=False)] = "",
    destination: Annotated[str, typer.Option(help="Calls to this destination, by its name.", show_default=False)] = "",
    code: Annotated[str, typer.Option(help="Calls to numbers that begin so.", show_default=False)] = "",
    max_calls: Annotated[
        int | None, typer.Option(min=0, max=MOST, help="Most calls at a time.", show_default=False)
    ] = None,
    max_cps: Annotated[
        int | None, typer.Option(min=0, max=MOST, help="Most new calls a second, on the average.", show_default=False)
    ] = None,
    burst: Annotated[
        int | None, typer.Option(min=1, max=MOST, help="Calls at once; else a second's worth.", show_default=False)
    ] = None,
    max_minutes: Annotated[
        int | None, typer.Option(min=0, max=MOST, help="Most billed minutes in a period.", show_default=False)
    ] = None,
    max_money: Annotated[
        int | None,
        typer.Option(parser=price, metavar="AMOUNT", help="Most that calls of a period may cost.", show_default=False),
    ] = None,
    its_currency: Annotated[
        str | None,
        typer.Option("--currency", parser=currency, metavar="CODE", help="Of the money.", show_default=False),
    ] = None,
    period: Annotated[Period, typer.Option(help="Of minutes and money.")] = Period.MONTH,
    zone: Zone = "UTC",
    profile: Annotated[
        str,
        typer.Option(
            metavar="PROFILE",
            help='It holds in this part of the week only, or outside of it: "not PROFILE"; see `policies profiles`.',
            show_default=False,
        ),
    ] = "",
    disabled: Annotated[bool, typer.Option("--disabled", help="Add it, but let it count nothing.")] = False,
) -> None:
    """Add a limit on the calls that all it names applies to: hard for a client's, by the nodes for a vendor's."""
    entry = Limit(
        id=limit,
        client=client,
        end_user=end_user,
        trunk=trunk,
        vendor=vendor,
        destination=destination,
        code=code,
        max_calls=max_calls,
        max_cps=max_cps,
        burst=burst,
        max_minutes=max_minutes,
        max_units=max_money,
        currency=its_currency or "",
        period=period,
        zone=zone,
        disabled=disabled,
        profile=profile,
    )
    with desk() as channel:
        output.changed(LimitsServiceStub(channel).Add(entry))


@app.command("set")
def set_fields(
    limit: Id,
    words: Annotated[
        list[str],
        typer.Argument(metavar="FIELD=VALUE...", help="See `limits show` for the fields.", show_default=False),
    ],
) -> None:
    """Change fields of a limit: max_calls=30 max_minutes= period=day enabled=false."""
    changes = FieldChanges(id=limit, values=assignments(words, {}))
    with desk() as channel:
        output.changed(LimitsServiceStub(channel).Set(changes))


@app.command()
def remove(limit: Id) -> None:
    """Remove a limit: it counts no more."""
    with desk() as channel:
        output.changed(LimitsServiceStub(channel).Remove(Named(name=limit)))


@app.command()
def show(limit: Shown, as_json: AsJson = False) -> None:
    """Show a limit, what is used of it now, and every field that can be set."""
    with desk() as channel:
        reply = LimitsServiceStub(channel).Show(Named(name=limit))
    output.answer(reply, as_json, _write_one)


@app.command("list")
def list_limits(as_json: AsJson = False, filter: Filter = "", limit: Rows = 50, offset: Offset = 0) -> None:
    """List limits with what is used of them, a page at a time."""
    with desk() as channel:
        reply = LimitsServiceStub(channel).List(PageRequest(filter=filter, limit=limit, offset=offset))

    def write(page: LimitUses) -> None:
        write_limits(page.limits, "no limits: add one with `switchboard limits add`")
        output.lines([OWN])
        output.paged(len(page.limits), page.total, offset)

    output.answer(reply, as_json, write)


def write_limits(uses: Iterable[LimitUse], empty: str) -> None:
    """Print limits as a table: of whom, and how much of what is used."""
    shown = list(uses)
    output.table(
        ("limit", "counts", ">calls", ">cps", ">minutes", ">money", "period", "holds", "kept", ">refused"),
        (
            [
                use.limit.id,
                counted(use.limit),
                _calls(use),
                _cps(use),
                _minutes(use),
                _money(use),
                use.limit.period if _metered(use.limit) else "",
                _when(use),
                "disabled" if use.limit.disabled else "hard" if use.hard else "by nodes",
                output.count(use.refused) if _known(use, "refused") else output.UNKNOWN,
            ]
            for use in shown
        ),
        empty,
    )
    output.away([away for use in shown for away in use.away], "what it counts")


def _when(use: LimitUse) -> str:
    """Say in which part of the week a limit holds, and whether that is now."""
    profile = use.limit.profile
    return f"{profile}: {'not now' if use.holds_not else 'now'}" if profile else ""


def used_words(use: LimitUse) -> list[str]:
    """Say how many calls, minutes and how much money of what a limit allows are used."""
    return [_calls(use), _minutes(use), _money(use)]


def counted(limit: Limit) -> str:
    """Say which calls a limit counts."""
    parts = [
        (limit.client, "client"),
        (limit.end_user, "end user"),
        (limit.trunk, "trunk"),
        (limit.vendor, "vendor"),
        (limit.destination, "to"),
        (limit.code, "code"),
    ]
    return ", ".join(f"{word} {name}" for name, word in parts if name) or "all calls"


def _metered(limit: Limit) -> bool:
    return limit.HasField("max_minutes") or limit.HasField("max_units")


def _known(use: LimitUse, name: Literal["open_calls", "cps", "seconds", "used_units", "refused"]) -> bool:
    """Say whether anybody counts it, and answers."""
    return use.HasField(name)


def _calls(use: LimitUse) -> str:
    calls = str(use.open_calls) if _known(use, "open_calls") else output.UNKNOWN
    return f"{calls} of {use.limit.max_calls}" if use.limit.HasField("max_calls") else calls


def _cps(use: LimitUse) -> str:
    cps = f"{use.cps:.1f}" if _known(use, "cps") else output.UNKNOWN
    return f"{cps} of {use.limit.max_cps}" if use.limit.HasField("max_cps") else ""


def _minutes(use: LimitUse) -> str:
    minutes = f"{use.seconds / 60:.1f}" if _known(use, "seconds") else output.UNKNOWN
    return f"{minutes} of {use.limit.max_minutes}" if use.limit.HasField("max_minutes") else ""


def _money(use: LimitUse) -> str:
    limit = use.limit
    most = f"{decimal_text(limit.max_units)} {limit.currency}"
    used = decimal_text(use.used_units) if _known(use, "used_units") else output.UNKNOWN
    return f"{used} of {most}" if limit.HasField("max_units") else ""


def _write_one(use: LimitUse) -> None:
    limit = use.limit
    output.pairs(
        [
            ("limit", limit.id),
            ("counts", counted(limit)),
            ("kept", "hard: no call passes it" if use.hard else "by the nodes, as far as attempts are reported"),
            ("holds", _when(use) or "always"),
            (
                "open calls",
                _calls(use) if use.away or _known(use, "open_calls") else "nobody counts them without a limit",
            ),
            ("calls a second", _cps(use)),
            ("minutes", _minutes(use)),
            ("money", _money(use)),
            ("period since", output.when(use.period_ms) if _metered(limit) and limit.period != Period.EVER else ""),
            ("kept out", output.count(use.refused) if _known(use, "refused") else output.UNKNOWN if use.away else ""),
        ]
    )
    output.away(use.away, "what it counts")
    if is_own(limit.id):
        output.lines([set_elsewhere(limit.id)])
        return
    output.section("fields, as `limits set` takes them")
    write_fields(in_order(_fields(limit), LIMIT_FIELDS), {}, "")


def _fields(limit: Limit) -> dict[str, str]:
    """Return every field as text, as `limits set` takes it."""
    texts = {
        name: getattr(limit, name)
        for name in ("client", "end_user", "trunk", "vendor", "destination", "code", "currency")
    }
    for name in ("max_calls", "max_cps", "burst", "max_minutes"):
        texts[name] = str(getattr(limit, name)) if limit.HasField(name) else ""
    texts["max_money"] = decimal_text(limit.max_units) if limit.HasField("max_units") else ""
    kept = {"period": limit.period, "zone": limit.zone, "enabled": "false" if limit.disabled else "true"}
    return texts | kept | {"profile": limit.profile}
