"""`switchboard policies canary` and its kin: a version on a part of the calls, compared, promoted or dropped."""

from typing import Annotated

import typer

from cli import output
from cli.canary_tables import write_canaries, write_comparison
from cli.fields import assignments
from cli.parsing import AsJson, Limit, Offset, moment
from cli.reach import desk
from protos.policies_pb2 import ArmsQuery, Canaries, CanariesQuery, CanaryEnd, CanaryOrder
from protos.policies_pb2_grpc import CanariesServiceStub

Name = Annotated[str, typer.Argument(metavar="POLICY", help="Its short name.", show_default=False)]
Note = Annotated[str, typer.Option(help="Why; it stays with the version.", show_default=False)]


def canary(
    policy: Name,
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FIELD=VALUE]...", help="What it says otherwise; `policies show`.", show_default=False),
    ] = None,
    version: Annotated[
        int | None, typer.Option(min=1, help="Try this version; else one with the fields.", show_default=False)
    ] = None,
    share: Annotated[
        float | None,
        typer.Option(min=0.01, max=99.99, metavar="PERCENT", help="Of the calls; else 10.", show_default=False),
    ] = None,
    until: Annotated[
        int | None,
        typer.Option(
            parser=moment, metavar="TIME", help="It ends itself then; else nobody ends it.", show_default=False
        ),
    ] = None,
    worse_asr: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=100,
            metavar="POINTS",
            help="It ends itself when its ASR is surely worse by more; 0: not. Else 5.",
            show_default=False,
        ),
    ] = None,
    worse_margin: Annotated[
        float | None,
        typer.Option(
            min=0,
            metavar="PERCENT",
            help="The same of its margin of a call, in per cent of the other's. Else 10.",
            show_default=False,
        ),
    ] = None,
    least: Annotated[
        int | None,
        typer.Option(
            min=20, metavar="CALLS", help="Nothing is said before each arm has so many. Else 200.", show_default=False
        ),
    ] = None,
    note: Note = "",
) -> None:
    """Try a version on a part of the calls; again without fields: with another share, as another trial."""
    order = CanaryOrder(
        policy=policy,
        values=assignments(words or [], {}) if words else {},
        version=version,
        share_bp=round(100 * share) if share else 0,
        until_ms=until,
        note=note,
        guard_asr_bp=None if worse_asr is None else round(100 * worse_asr),
        guard_margin_bp=None if worse_margin is None else round(100 * worse_margin),
        least_calls=least,
    )
    with desk() as channel:
        output.changed(CanariesServiceStub(channel).Begin(order))


def canaries(
    policy: Annotated[str, typer.Argument(metavar="[POLICY]", help="Of this one only.", show_default=False)] = "",
    every: Annotated[bool, typer.Option("--all", help="Ended ones too.")] = False,
    as_json: AsJson = False,
    limit: Limit = 50,
    offset: Offset = 0,
) -> None:
    """List the versions that are tried on a part of the calls, or were."""
    with desk() as channel:
        reply = CanariesServiceStub(channel).List(CanariesQuery(policy=policy, all=every, limit=limit, offset=offset))

    def write(page: Canaries) -> None:
        write_canaries(page)
        output.paged(len(page.canaries), page.total, offset)

    output.answer(reply, as_json, write)


def compare(
    policy: Name,
    number: Annotated[
        int, typer.Option("--trial", min=0, metavar="N", help="As `policies canaries` counts; else the last.")
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Lay a version that is tried beside the one in force: calls, quality, money, and what surely differs."""
    with desk() as channel:
        found = CanariesServiceStub(channel).Compare(ArmsQuery(policy=policy, id=number, fresh=True))
    output.answer(found, as_json, write_comparison)


def promote(policy: Name, note: Note = "") -> None:
    """Put what is tried in force for all calls, as the next version."""
    with desk() as channel:
        output.changed(CanariesServiceStub(channel).Promote(CanaryEnd(policy=policy, note=note)))


def drop(policy: Name, note: Note = "") -> None:
    """Try it no more: the version in force holds for all calls."""
    with desk() as channel:
        output.changed(CanariesServiceStub(channel).Drop(CanaryEnd(policy=policy, note=note)))
