"""`switchboard end-users`: subscribers, cards and PBXs of client partners; their limits, usage and bills."""

from pathlib import Path
from secrets import token_hex
from typing import Annotated

import typer

from cli import output
from cli.end_user_bills import bill_csv, read_bill, write_bill
from cli.fate import fate
from cli.fields import assignments, in_order, write_fields
from cli.limits import used_words, write_limits
from cli.parsing import AsJson, Filter, Offset, OpenFrom, OpenTo, checked_period, units
from cli.parsing import Limit as Rows
from cli.progress import chunks, progress
from cli.reach import desk, fail
from cli.rejects import write_rejects
from domain.end_user_fields import END_USER_FIELDS
from domain.invoicing import minutes_text
from protos.end_users_pb2 import (
    EndUser,
    EndUserBillRequest,
    EndUserFields,
    EndUserImportReport,
    EndUserPage,
    EndUserQuery,
    EndUserRef,
    EndUserTopUp,
    UsageSum,
    UserUsagePage,
    UserUsageQuery,
)
from protos.end_users_pb2_grpc import EndUsersServiceStub
from protos.operators_pb2 import ImportChunk

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Subscribers, cards and PBXs of partners: their limits, usage and bills.",
)

Partner = Annotated[str, typer.Argument(metavar="PARTNER", help="The partner's short name.", show_default=False)]
User = Annotated[str, typer.Argument(metavar="USER", help="The end user's id.", show_default=False)]
NOBODY = "-"
"""How calls of nobody are asked for."""


@app.command()
def add(
    partner: Partner,
    user: User,
    words: Annotated[
        list[str],
        typer.Argument(metavar="FIELD=VALUE...", help="; ".join(END_USER_FIELDS), show_default=False),
    ],
) -> None:
    """Add an end user: user_names=alice,alice@x callers=447911123456 max_calls=2 max_money=10 period=month."""
    entry = EndUserFields(partner=partner, id=user, values=assignments(words, {}))
    with desk() as channel:
        output.changed(EndUsersServiceStub(channel).Add(entry))


@app.command("set")
def set_fields(
    partner: Partner,
    user: User,
    words: Annotated[
        list[str],
        typer.Argument(metavar="FIELD=VALUE...", help="See `end-users show` for the fields.", show_default=False),
    ],
) -> None:
    """Change fields of an end user: status=suspended max_money=25 callers=447911,447912."""
    entry = EndUserFields(partner=partner, id=user, values=assignments(words, {}))
    with desk() as channel:
        output.changed(EndUsersServiceStub(channel).Set(entry))


@app.command(context_settings={"ignore_unknown_options": True})  # -30 is an amount
def top_up(
    partner: Partner,
    user: User,
    amount: Annotated[
        int, typer.Argument(parser=units, metavar="AMOUNT", help="In the contract's currency; -30 takes back.")
    ],
    reference: Annotated[
        str,
        typer.Option(help="A voucher's or a receipt's: one is posted once. By default a new one.", show_default=False),
    ] = "",
) -> None:
    """Let an end user with a balance of his own (period=ever) spend more, once by its reference."""
    given = reference or token_hex(6)
    with desk() as channel, fate(given):
        asked = EndUserTopUp(partner=partner, id=user, units=amount, reference=given)
        reply = EndUsersServiceStub(channel).TopUp(asked)
    output.changed(reply)
    if not reference:
        output.lines([f"reference {given}"])


@app.command("import")
def import_users(
    partner: Partner,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A CSV file.", show_default=False)],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check all, change nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Add or change many end users from a CSV file whose first row names columns: id, and fields of `end-users set`.
    Of those who are there only the fields of its columns change. Rows that cannot go in are listed, the others go in.
    """
    head = ImportChunk(file_name=file.name, dry_run=dry_run, partner=partner)
    with desk() as channel, progress(file.name) as tick:
        report = EndUsersServiceStub(channel).Import(chunks(head, file, tick))
    output.answer(report, as_json, lambda made: _write_report(made, dry_run=dry_run))
    if report.rows and report.rows == report.wrong:
        raise typer.Exit(1)


@app.command()
def remove(partner: Partner, user: User) -> None:
    """Remove an end user without open calls; what he used stays readable."""
    with desk() as channel:
        output.changed(EndUsersServiceStub(channel).Remove(EndUserRef(partner=partner, id=user)))


@app.command()
def show(partner: Partner, user: User, as_json: AsJson = False) -> None:
    """Show an end user: his usage today and in his period, open calls, limits, bills, and every field."""
    with desk() as channel:
        reply = EndUsersServiceStub(channel).Show(EndUserRef(partner=partner, id=user))
    output.answer(reply, as_json, _write_one)


@app.command("list")
def list_users(
    partner: Partner, as_json: AsJson = False, filter: Filter = "", limit: Rows = 50, offset: Offset = 0
) -> None:
    """List end users of a partner with what they use now, a page at a time."""
    query = EndUserQuery(partner=partner, filter=filter, limit=limit, offset=offset)
    with desk() as channel:
        reply = EndUsersServiceStub(channel).List(query)

    def write(page: EndUserPage) -> None:
        _write_page(page)
        output.paged(len(page.users), page.total, offset)

    output.answer(reply, as_json, write)


@app.command()
def usage(
    partner: Partner,
    start: OpenFrom = None,
    end: OpenTo = None,
    as_json: AsJson = False,
    limit: Rows = 50,
    offset: Offset = 0,
) -> None:
    """Add up what the end users of a partner used, and what is nobody's; all lines together are the partner's calls."""
    from_ms, to_ms = checked_period(start, end)
    query = UserUsageQuery(partner=partner, from_ms=from_ms, to_ms=to_ms, limit=limit, offset=offset)
    with desk() as channel:
        reply = EndUsersServiceStub(channel).Usage(query)

    def write(page: UserUsagePage) -> None:
        _write_usage(page)
        output.paged(len(page.lines), page.total, offset)

    output.answer(reply, as_json, write)


@app.command()
def bill(
    partner: Partner,
    user: Annotated[str, typer.Argument(metavar="USER", help="The end user's id; - for calls of nobody (draft).")],
    start: Annotated[str, typer.Option("--from", metavar="DAY", help="First day, in the contract's zone.")],
    end: Annotated[str, typer.Option("--to", metavar="DAY", help="Last day, in the contract's zone.")],
    draft: Annotated[bool, typer.Option("--draft", help="Show it as it is now, issue nothing.")] = False,
    with_open: Annotated[
        bool,
        typer.Option(
            "--with-open", help="Issue it though calls of these days have not ended, by us alone, or are parked."
        ),
    ] = False,
    calls: Annotated[bool, typer.Option("--calls", help="List its calls too.")] = False,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", dir_okay=False, help="Write its calls as CSV.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Bill an end user's calls at the partner's rates, or show that bill again: it never changes."""
    request = EndUserBillRequest(
        partner=partner,
        id="" if user == NOBODY else user,
        first_day=start,
        last_day=end,
        draft=draft or user == NOBODY,
        calls=calls or csv is not None,
        with_open=with_open,
    )
    with desk() as channel:
        made, its_calls = read_bill(EndUsersServiceStub(channel).Bill(request))
    if csv is not None:
        try:
            csv.write_bytes(bill_csv(made, its_calls))
        except OSError as error:
            fail(f"{csv} cannot be written: {error.strerror}; name another file")
    if as_json:
        shown = {"calls_listed": [output.plain(one) for one in its_calls]} if calls else {}
        output.print_json(output.plain(made) | shown)
        return
    write_bill(made, its_calls if calls else [])
    if csv is not None:
        output.lines([f"wrote {csv} ({output.count(len(its_calls))} calls)"])


def _write_report(report: EndUserImportReport, *, dry_run: bool) -> None:
    would = "would be " if dry_run else ""
    said = f"{would}{output.count(report.added)} added, {output.count(report.changed)} changed"
    listed = f"{output.count(len(report.rejects))} of them listed" if report.wrong else "all can go in"
    output.lines([f"{output.count(report.rows)} rows: {said}, {output.count(report.wrong)} wrong; {listed}"])
    write_rejects(report.rejects)


def _write_one(user: EndUser) -> None:
    output.pairs(
        [
            ("end user", user.id),
            ("of", user.partner),
            ("name", user.name),
            ("status", user.status),
            ("open calls", str(user.open_calls) if user.use_known else output.UNKNOWN),
            ("today", _sum(user.today)),
            (f"this {user.fields['period']}", _sum(user.period) if user.HasField("period") else ""),
            ("bills", ", ".join(user.bills)),
        ]
    )
    output.away(user.away, "what he uses now")
    if user.limits:
        output.section("limits on him: the tightest wins, beside those of the partner")
        write_limits(user.limits, "")
    output.section("fields, as `end-users set` takes them")
    write_fields(in_order(user.fields, END_USER_FIELDS), {}, "")


def _sum(used: UsageSum) -> str:
    calls = f"{output.count(used.attempts)} calls, {output.count(used.answered)} answered"
    return f"{calls}, {minutes_text(used.billed_s)} min, {output.money(used.amount)}"


def _write_page(page: EndUserPage) -> None:
    output.table(
        ("id", "name", "status", "keys", ">open calls", ">minutes", ">money", "period"),
        (_row(user) for user in page.users),
        "no end users: add one with `switchboard end-users add`",
    )
    output.away([away for user in page.users for away in user.away], "what they use now")


def _row(user: EndUser) -> list[str]:
    own = next((use for use in user.limits if use.limit.id.startswith("user ")), None)
    calls = str(user.open_calls) if user.use_known else output.UNKNOWN
    its_calls, minutes, money = used_words(own) if own is not None else (calls, "", "")
    keys = ", ".join([*user.user_names, *user.callers])
    period = own.limit.period if own is not None and (minutes or money) else ""
    return [user.id, user.name, user.status, keys, its_calls, minutes, money, period]


def _write_usage(page: UserUsagePage) -> None:
    rows = [_usage_row(line.id or "nobody's", line.sum) for line in page.lines]
    output.table(
        ("end user", ">calls", ">answered", ">minutes", ">amount"),
        [*rows, _usage_row("all of the partner", page.whole)] if rows else [],
        "no calls in this period",
    )


def _usage_row(name: str, used: UsageSum) -> list[str]:
    return [
        name, output.count(used.attempts), output.count(used.answered), minutes_text(used.billed_s),
        output.money(used.amount),
    ]  # fmt: skip
