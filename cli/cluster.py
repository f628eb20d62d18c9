"""`switchboard cluster`: machines, shards, books and pins."""

from typing import Annotated

import typer

from cli import output
from cli.parsing import AsJson
from cli.reach import desk
from protos.cluster_pb2 import ClusterState, Machine, PartnerPin, Pin, ShardMove, ShardState
from protos.cluster_pb2_grpc import ClusterServiceStub
from protos.operators_pb2 import Empty, Named

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Show machines, shards and books, and move what runs where."
)


@app.command()
def show(as_json: AsJson = False) -> None:
    """Show the machines, which shard runs where and has which books, and which partners are pinned."""
    with desk() as channel:
        reply = ClusterServiceStub(channel).Show(Empty())
    output.answer(reply, as_json, _write)


@app.command()
def move(
    shard: Annotated[str, typer.Argument(help="Such as shard-1.", show_default=False)],
    machine: Annotated[str, typer.Argument(help="A machine of `cluster show`.", show_default=False)],
) -> None:
    """Let a shard run on another machine: it is stopped where it is and started there; its calls wait meanwhile."""
    with desk() as channel:
        output.changed(ClusterServiceStub(channel).Move(ShardMove(shard=shard, machine=machine)))


@app.command()
def pin(
    partner: Annotated[str, typer.Argument(help="Whose money.", show_default=False)],
    book: Annotated[int, typer.Argument(min=0, help="The book that is to keep it.", show_default=False)],
) -> None:
    """Keep a partner's money in a book of choice, such as one whose shard it has for itself; calls go on."""
    with desk() as channel:
        output.changed(ClusterServiceStub(channel).Pin(PartnerPin(partner=partner, book=book)))


@app.command()
def unpin(partner: Annotated[str, typer.Argument(help="Whose money.", show_default=False)]) -> None:
    """Keep a partner's money in the book that its name gives again."""
    with desk() as channel:
        output.changed(ClusterServiceStub(channel).Unpin(Named(name=partner)))


def _write(found: ClusterState) -> None:
    output.pairs([("books", output.count(found.books)), ("orders", output.count(found.epoch))])
    output.section("machines")
    output.table(("machine", "address", "state", "nodes"), (_machine(one) for one in found.machines), "none")
    output.section("shards")
    titles = ("shard", "machine", "state", "books", ">partners", ">open calls", ">for other books")
    output.table(titles, (_shard(one) for one in found.shards), "none")
    if found.pins:
        output.section("pins")
        output.table(("partner", "pinned to", "by its name", "lives in"), (_pin(one) for one in found.pins), "")


def _machine(one: Machine) -> list[str]:
    state = "here" if one.present else "away"
    return [one.name, one.address, f"{state}, first" if one.first else state, ", ".join(one.nodes)]


def _shard(one: ShardState) -> list[str]:
    counts = [
        output.count(one.partners) if one.HasField("partners") else output.UNKNOWN,
        output.count(one.open_calls) if one.HasField("open_calls") else output.UNKNOWN,
        output.count(one.waiting) if one.HasField("waiting") else output.UNKNOWN,
    ]
    state = f"{one.state} since {output.when(one.since_ms)}" if one.since_ms else one.state
    return [one.name, one.machine, state, ", ".join(map(str, one.books)), *counts]


def _pin(one: Pin) -> list[str]:
    lives = "on its way" if one.lives_in < 0 else f"book {one.lives_in}"
    return [one.partner, f"book {one.book}", f"book {one.home}", lives]
