"""Every call that changes something leaves an entry in the audit trail, under the name of who made it."""

from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from actors.desk.core import Desk
from actors.desk.mailing import Mailing
from actors.desk.server import add_services
from actors.desk.tables import Tables
from actors.desk.users import publish_users
from actors.desk.watch import Watch
from actors.grpc_errors import ErrorAnswers
from actors.refs import LocalBook, LocalBooks, UnavailableError
from actors.roles import ANYBODY, roles_of
from actors.tokens import TokenCheck
from domain.settings import ClockSettings, ShardSettings, StoreSettings
from domain.users import Role, User
from protos import (
    backtests_pb2,
    cluster_pb2,
    connect,
    end_users_pb2,
    losses_pb2,
    operators_pb2,
    policies_pb2,
    portability_pb2,
    quantities_pb2,
    rerating_pb2,
    routes_pb2,
    statics_pb2,
)
from protos import operators_pb2 as pb
from protos.backtests_pb2 import BacktestQuery
from protos.cluster_pb2 import PartnerPin, ShardMove
from protos.end_users_pb2 import EndUserFields, EndUserRef, EndUserTopUp
from protos.losses_pb2 import AllowedLoss
from protos.policies_pb2 import CanaryEnd, CanaryOrder, PolicyBack, PolicyChange, PolicyPlace
from protos.portability_pb2 import PortedSource
from protos.statics_pb2 import StaticEntry
from protos.switch_pb2 import Money
from store.catalog.audit import Change
from tests.cluster.tasks.places import NOW, a_place

TOKEN = "a-long-random-token-of-ada"
TEN = Money(units=10**9, currency="USD")
YEAR = {"from": "2026-01-01", "until": "2026-12-31"}
CHANGES: list[tuple[str, Message]] = [
    ("Partners.Add", pb.Partner(id="newco", name="Newco", currency="USD", emails=["pay@newco.example"])),
    ("Partners.Set", pb.FieldChanges(id="newco", values={"pay_days": "14", "emails": "new@newco.example"})),
    ("Partners.SetStatus", pb.StatusChange(id="newco", status="suspended")),
    ("Plans.Add", pb.Plan(id="np", side="sell", currency="USD")),
    ("Plans.Set", pb.FieldChanges(id="np", values={"windows": "night mon-sun 22:00-06:00"})),
    ("Plans.Assign", pb.Assignment(plan="np", partner="newco")),
    (
        "Plans.SetOrigins",
        pb.OriginCodes(plan="np", codes=[pb.OriginCode(group="eea", code="49", valid_from_ms=NOW + 1)]),
    ),
    ("Switches.Add", pb.SwitchEntry(id="gw9", address="192.0.2.9", recipe="cisco", secret="hush")),
    ("Switches.Add", pb.SwitchEntry(id="gw8", address="192.0.2.8", recipe="cisco")),
    ("Trunks.Add", pb.Trunk(id="gone-in", partner="newco", direction="in", switch_id="gw8")),
    ("Trunks.Remove", pb.Named(name="gone-in")),
    ("Switches.Remove", pb.Named(name="gw8")),
    ("Plans.Back", pb.PlanBack(plan="np")),
    ("Plans.Add", pb.Plan(id="gone", side="sell", currency="USD")),
    ("Plans.Remove", pb.Named(name="gone")),
    ("Partners.Add", pb.Partner(id="gone", name="Gone", currency="USD")),
    ("Partners.Remove", pb.Named(name="gone")),
    ("Switches.Set", pb.FieldChanges(id="gw9", values={"address": "192.0.2.10"})),
    ("Trunks.Add", pb.Trunk(id="newco-in", partner="newco", direction="in", switch_id="gw9")),
    ("Trunks.Set", pb.FieldChanges(id="newco-in", values={"max_calls": "5"})),
    ("Limits.Add", pb.Limit(id="newco-calls", client="newco", max_calls=30)),
    ("Limits.Set", pb.FieldChanges(id="newco-calls", values={"max_calls": "40"})),
    ("Limits.Remove", pb.Named(name="newco-calls")),
    ("Fx.Set", pb.FxRate(currency="EUR", from_ms=NOW + 1, rate_units=108_000_000)),
    ("Payments.Add", pb.Payment(partner="orbita", amount=TEN, at_ms=NOW, reference="w1")),
    ("Payments.TakeBack", pb.PaymentMistake(partner="orbita", reference="w1", why="another's")),
    ("Openings.Set", pb.Opening(account="bank", amount=TEN, at_ms=NOW)),
    ("Users.Add", pb.UserEntry(name="bob", role="viewer")),
    ("Users.Set", pb.UserEntry(name="bob", role="rates")),
    ("Users.NewToken", pb.Named(name="bob")),
    ("Jobs.Cancel", pb.Named(name="1")),
    ("EndUsers.Add", EndUserFields(partner="orbita", id="alice", values={"user_names": "alice"})),
    ("EndUsers.Set", EndUserFields(partner="orbita", id="alice", values={"period": "ever", "max_money": "5"})),
    ("EndUsers.TopUp", EndUserTopUp(partner="orbita", id="alice", units=5)),
    ("EndUsers.Import", pb.ImportChunk(partner="orbita", file_name="u.csv", data=b"id,callers\nbob,44\n")),
    ("EndUsers.Remove", EndUserRef(partner="orbita", id="alice")),
    ("Cluster.Move", ShardMove(shard="shard-0", machine="second")),
    ("Cluster.Pin", PartnerPin(partner="orbita", book=1)),
    ("Cluster.Unpin", pb.Named(name="orbita")),
    ("Policies.Set", PolicyChange(name="cheap", values={"order": "price"}, note="as sold")),
    ("Policies.Set", PolicyChange(name="cheap", ready="quality")),
    ("Policies.Back", PolicyBack(name="cheap")),
    ("Policies.SetProfile", pb.FieldChanges(id="evening", values={"windows": "mon-fri 18:00-22:00"})),
    ("Policies.Attach", PolicyPlace(policy="cheap", client="orbita", profile="evening")),
    ("Policies.Detach", PolicyPlace(client="orbita", profile="evening")),
    ("Policies.RemoveProfile", pb.Named(name="evening")),
    ("Canaries.Begin", CanaryOrder(policy="cheap", values={"order": "real_cost"}, share_bp=500)),
    ("Canaries.Drop", CanaryEnd(policy="cheap")),
    ("Canaries.Begin", CanaryOrder(policy="cheap", values={"order": "asr"}, note="better")),
    ("Canaries.Promote", CanaryEnd(policy="cheap", note="it is")),
    ("Policies.Set", PolicyChange(name="spare", values={"order": "asr"})),
    ("Policies.Remove", pb.Named(name="spare")),
    ("Commitments.Add", pb.FieldChanges(id="nov", values={"vendor": "newco", "minutes": "9"} | YEAR)),
    ("Commitments.Set", pb.FieldChanges(id="nov", values={"minutes": "10"})),
    ("Commitments.Remove", pb.Named(name="nov")),
    ("Swaps.Add", pb.FieldChanges(id="both", values={"partner": "newco", "low": "-9", "high": "9"} | YEAR)),
    ("Swaps.Set", pb.FieldChanges(id="both", values={"low": "-10"})),
    ("Swaps.Remove", pb.Named(name="both")),
    ("Statics.Add", StaticEntry(id="newco-first", place="first", vendor="newco", code="44")),
    ("Statics.Set", pb.FieldChanges(id="newco-first", values={"weight": "3"})),
    ("Statics.Remove", pb.Named(name="newco-first")),
    ("Portability.Add", PortedSource(name="kenya", fields={"prefixes": "254"})),
    ("Portability.Set", pb.FieldChanges(id="kenya", values={"prefixes": "254,255"})),
    ("Portability.Remove", pb.Named(name="kenya")),
    ("Losses.Add", AllowedLoss(id="promo", client="newco", budget_units=10**9, period="day")),
    ("Losses.Set", pb.FieldChanges(id="promo", values={"budget": "20", "why": "a promise"})),
    ("Losses.Remove", pb.Named(name="promo")),
    ("Status.SetClock", pb.ClockSetting(origin_ms=NOW, speed=0)),
]
JOBS: list[tuple[str, Message]] = [
    ("Codes.Seed", pb.Empty()),
    ("Cdrs.Import", pb.ImportChunk(file_name="day.csv", data=b"a,b\n")),
    ("Cdrs.Retry", pb.RetryRequest()),
    ("Cdrs.CloseLost", pb.CloseLostRequest()),
    ("Ledger.Seal", pb.Empty()),
    ("Backtests.Run", BacktestQuery(policy="default", from_ms=NOW - 1, until_ms=NOW)),
]
"""Long work is in the trail from its beginning, whatever becomes of it: here no task can run."""
SERVICES = {
    name: service
    for module in (
        backtests_pb2,
        operators_pb2,
        cluster_pb2,
        end_users_pb2,
        rerating_pb2,
        policies_pb2,
        statics_pb2,
        quantities_pb2,
        losses_pb2,
        portability_pb2,
        routes_pb2,
    )
    for name, service in module.DESCRIPTOR.services_by_name.items()
}
ELSEWHERE = {
    "Users.List",  # only reads, though only for the admin
    "Invoices.Issue",  # needs legs: tests/live
    "EndUsers.Bill",  # needs legs: test_end_users
    "Invoices.PostFees",  # needs short calls: test_fees
    "Calls.Disconnect",  # needs a switch that answers
    "Mail.Test",  # needs a mail server: test_mailing
    "Mail.Retry",  # needs a mail that was given up: test_mailing
    "Routes.Order",  # needs quality-0: test_routes
    "Rerating.Refresh",  # needs legs: test_reratings
    "Rerating.Dismiss",  # needs legs: test_reratings
    "Gateways.Unban",  # needs a node that banned somebody
    "Portability.Import",  # needs a worker: test_portability
    "Tables.Export",  # makes a file of what is in force
}


class NoWorkers:
    """A cluster in which no task can run."""

    def __getattr__(self, name: str) -> Any:
        raise UnavailableError("no worker is free")


@pytest.fixture
async def channel(desk: Desk, tmp_path: Path) -> AsyncIterator[grpc.aio.Channel]:
    """The desk's services, its catalog, and a book that stands for both; a second machine is there."""
    connect.write_endpoint(tmp_path, connect.Listening("127.0.0.1:1", {}), "sesame")
    clock = ClockSettings(settable=True)
    of_two = {"store": StoreSettings(books=2), "shard": (ShardSettings(name="shard-1", machine="second"),)}
    desk.home = replace(desk.home, settings=desk.home.settings.model_copy(update={"clock": clock, **of_two}))
    desk.catalog.users.add(User("ada", Role.ADMIN), TOKEN, who="desk", at_ms=NOW)
    desk.catalog.jobs.add("rates", {}, who="desk", at_ms=NOW)
    await publish_users(desk)
    desk.tasks = NoWorkers()
    server = grpc.aio.server(interceptors=[TokenCheck(tmp_path), ErrorAnswers()])
    watch = Watch(desk)
    watch.machines.addresses["second"] = "10.0.0.2"
    add_services(server, desk, watch, Tables(desk), Mailing(desk))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    with a_place(tmp_path) as place:
        book = LocalBook(lambda commands: place.shard.turn(commands)[0])
        desk.books = LocalBooks(desk.home.placement, [book, book])  # type: ignore[assignment]  # its twin
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as opened:
            yield opened
        await server.stop(0)


async def call(channel: grpc.aio.Channel, method: str, request: Message) -> None:
    """Call a method of any arity with one request; take its answers."""
    service, _, rpc = method.partition(".")
    described = SERVICES[f"{service}Service"].methods_by_name[rpc]
    kinds = GetMessageClass(described.input_type), GetMessageClass(described.output_type)
    ask: Any = channel.stream_stream(
        f"/switchboard.{service}Service/{rpc}", kinds[0].SerializeToString, kinds[1].FromString
    )
    stream = ask(iter([request]), metadata=connect.metadata(TOKEN))
    async for _ in stream:
        pass


def entries(desk: Desk, before: list[Change]) -> list[Change]:
    """Return what is in the trail since then, but for what the desk itself publishes."""
    return [entry for entry in desk.catalog.audit.list(limit=10_000)[: -len(before)] if entry.who != "desk"]


async def test_every_change_is_in_the_trail_under_the_name_of_its_caller(desk: Desk, channel: grpc.aio.Channel) -> None:
    silent = []
    for method, request in CHANGES:
        before = desk.catalog.audit.list(limit=10_000)
        await call(channel, method, request)
        made = entries(desk, before)
        assert {entry.who for entry in made} <= {"ada"}, method
        if not made:
            silent.append(method)
    assert silent == []
    assert "hush" not in str(desk.catalog.audit.list("switch"))


@pytest.mark.parametrize(("method", "request_"), JOBS)
async def test_long_work_is_in_the_trail_under_the_name_of_its_caller(
    desk: Desk, channel: grpc.aio.Channel, method: str, request_: Message
) -> None:
    before = desk.catalog.audit.list(limit=10_000)
    with suppress(grpc.aio.AioRpcError):
        await call(channel, method, request_)
    assert {(entry.who, entry.noun) for entry in entries(desk, before)} == {("ada", "job")}


def test_every_call_that_changes_something_is_tried_here_or_elsewhere() -> None:
    changing = {
        f"{service.removesuffix('Service')}.{rpc}"
        for service, described in SERVICES.items()
        for rpc in described.methods_by_name
        if roles_of(f"/switchboard.{service}/{rpc}") != ANYBODY
    }
    assert changing == {method for method, _ in CHANGES + JOBS} | ELSEWHERE
