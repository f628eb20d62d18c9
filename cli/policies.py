"""`switchboard policies`: how routes are chosen."""

from typing import Annotated

import typer

from cli import output
from cli.backtest import backtest
from cli.canaries import canaries, canary, compare, drop, promote
from cli.fields import assignments, in_order, write_fields
from cli.parsing import AsJson, At, Filter, Limit, Offset
from cli.policy_tables import write_check, write_figures, write_library, write_list, write_one, write_profiles
from cli.policy_tables import write_versions as versions_table
from cli.reach import desk
from domain.policies.fields import POLICY_FIELDS
from protos.operators_pb2 import Empty, FieldChanges, Named, PageRequest
from protos.policies_pb2 import (
    FormulaQuery,
    PolicyBack,
    PolicyChange,
    PolicyPlace,
    PolicyRef,
    PolicyVersionsQuery,
    RoutePolicies,
    RoutePolicy,
)
from protos.policies_pb2_grpc import PoliciesServiceStub

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Say how routes are chosen: formulas, promises and limits in policies, and the calls for which they hold.",
)

Name = Annotated[str, typer.Argument(metavar="POLICY", help="Its short name.", show_default=False)]
Note = Annotated[str, typer.Option(help="Why; it stays with the version.", show_default=False)]
Version = Annotated[
    int | None, typer.Option(min=1, help="As `policies versions` counts; else the one in force.", show_default=False)
]
Client = Annotated[str, typer.Option(help="Calls of this client.", show_default=False)]
Product = Annotated[
    str, typer.Option(help="Calls by trunks that sell it: `trunks set NAME product=`.", show_default=False)
]
Destination = Annotated[str, typer.Option(help="Calls to this destination, by its name.", show_default=False)]
Profile = Annotated[str, typer.Option(help="Calls in this part of the week: `policies profiles`.", show_default=False)]


app.command()(backtest)
for tried in (canary, canaries, compare, promote, drop):
    app.command()(tried)


@app.command("list")
def list_policies(as_json: AsJson = False, filter: Filter = "", limit: Limit = 50, offset: Offset = 0) -> None:
    """List policies as they are in force, a page at a time."""
    with desk() as channel:
        reply = PoliciesServiceStub(channel).List(PageRequest(filter=filter, limit=limit, offset=offset))

    def write(page: RoutePolicies) -> None:
        write_list(page)
        output.paged(len(page.policies), page.total, offset)

    output.answer(reply, as_json, write)


@app.command()
def show(policy: Name, version: Version = None, at: At = None, as_json: AsJson = False) -> None:
    """Show what a policy says, for which calls it holds, and every field that can be set; --at: as it was then."""
    with desk() as channel:
        reply = PoliciesServiceStub(channel).Get(PolicyRef(name=policy, version=version, at_ms=at))

    def write(found: RoutePolicy) -> None:
        write_one(found)
        fields = dict.fromkeys(POLICY_FIELDS, "") | dict(found.values)
        write_fields(
            in_order(fields, POLICY_FIELDS), dict(found.values), "said by it; the rest is left to those below it"
        )

    output.answer(reply, as_json, write)


@app.command("set")
def set_fields(
    policy: Name,
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FIELD=VALUE]...", help="See `policies show` for the fields.", show_default=False),
    ] = None,
    ready: Annotated[
        str, typer.Option(metavar="READY", help="Begin with one of `policies library`.", show_default=False)
    ] = "",
    note: Note = "",
) -> None:
    """Add a policy or a version of it: order="price, then asr*acd/pdd_p50" keep="asr >= 40" max_routes=3 only=."""
    values = assignments(words or [], {})
    with desk() as channel:
        output.changed(
            PoliciesServiceStub(channel).Set(PolicyChange(name=policy, values=values, note=note, ready=ready))
        )


@app.command()
def versions(policy: Name, as_json: AsJson = False, limit: Limit = 50, offset: Offset = 0) -> None:
    """List all that a policy ever said, with who made it, when and why, the last first."""
    with desk() as channel:
        reply = PoliciesServiceStub(channel).Versions(PolicyVersionsQuery(name=policy, limit=limit, offset=offset))

    def write(page: RoutePolicies) -> None:
        versions_table(page)
        output.paged(len(page.policies), page.total, offset)

    output.answer(reply, as_json, write)


@app.command()
def back(
    policy: Name,
    version: Annotated[
        int | None, typer.Option(min=1, help="As `policies versions` counts; else the one before.", show_default=False)
    ] = None,
    note: Note = "",
) -> None:
    """Make what a policy said before its next version; the versions between stay to be seen."""
    with desk() as channel:
        output.changed(PoliciesServiceStub(channel).Back(PolicyBack(name=policy, version=version, note=note)))


@app.command()
def remove(policy: Name) -> None:
    """Remove a policy that holds for no calls; its versions stay to be seen, and go on where it is set again."""
    with desk() as channel:
        output.changed(PoliciesServiceStub(channel).Remove(Named(name=policy)))


@app.command()
def attach(
    policy: Name, client: Client = "", product: Product = "", destination: Destination = "", profile: Profile = ""
) -> None:
    """Let a policy hold for the calls to which all that is named applies, over those that are attached to less."""
    place = PolicyPlace(policy=policy, client=client, product=product, destination=destination, profile=profile)
    with desk() as channel:
        output.changed(PoliciesServiceStub(channel).Attach(place))


@app.command()
def detach(client: Client = "", product: Product = "", destination: Destination = "", profile: Profile = "") -> None:
    """Take away what is attached to exactly what is named."""
    place = PolicyPlace(client=client, product=product, destination=destination, profile=profile)
    with desk() as channel:
        output.changed(PoliciesServiceStub(channel).Detach(place))


@app.command()
def profiles(
    name: Annotated[str, typer.Argument(metavar="[PROFILE]", help="One to add or change.", show_default=False)] = "",
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FIELD=VALUE]...", help="zone, windows, holidays.", show_default=False),
    ] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Remove the profile that is named.")] = False,
    as_json: AsJson = False,
) -> None:
    """List parts of the week, or set one: evening zone=Europe/Paris windows="mon-fri 18:00-22:00; sun 10:00-22:00"."""
    with desk() as channel:
        stub = PoliciesServiceStub(channel)
        if name:
            if remove:
                output.changed(stub.RemoveProfile(Named(name=name)))
                return
            output.changed(stub.SetProfile(FieldChanges(id=name, values=assignments(words or [], {}))))
            return
        output.answer(stub.Profiles(Empty()), as_json, write_profiles)


@app.command()
def figures(as_json: AsJson = False) -> None:
    """List what formulas may ask for, with what it means and which end of it is better."""
    with desk() as channel:
        output.answer(PoliciesServiceStub(channel).Figures(Empty()), as_json, write_figures)


@app.command()
def check(
    formula: Annotated[str, typer.Argument(metavar="FORMULA", help="As in `policies set`.", show_default=False)],
    field: Annotated[str, typer.Option(help="What it is for: order, only, keep or split.")] = "order",
    as_json: AsJson = False,
) -> None:
    """Say what a formula means and what it is worth in an example, or where it is wrong; changes nothing."""
    with desk() as channel:
        found = PoliciesServiceStub(channel).Check(FormulaQuery(text=formula, field=field))
    output.answer(found, as_json, lambda reply: write_check(formula, reply))
    if found.error:
        raise typer.Exit(1)


@app.command()
def library(as_json: AsJson = False) -> None:
    """List ready policies, to be taken as they are or with fields of one's own."""
    with desk() as channel:
        output.answer(PoliciesServiceStub(channel).Library(Empty()), as_json, write_library)
