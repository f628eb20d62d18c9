"""The demo's switchboard: a fresh data folder with its settings, and what operators enter in it, over gRPC."""

import asyncio
import shutil
import socket
from collections.abc import Callable, Mapping
from pathlib import Path

import grpc

from cluster.demo import world as data
from cluster.demo.rates import import_rates
from cluster.demo.switch import NodeAddress
from cluster.folder import LOCK_FILE, FolderLock
from domain.calls import Side
from domain.days import local_day
from domain.directory import Direction, Partner, Trunk
from domain.errors import ConflictError
from domain.settings import Settings, host_port
from protos import codes_pb2, connect, policies_pb2, switch_pb2
from protos import operators_pb2 as pb
from protos import operators_pb2_grpc as services
from protos.codes_pb2_grpc import ReferenceBookServiceStub
from protos.policies_pb2_grpc import PoliciesServiceStub
from protos.sheets_pb2_grpc import RateTermsServiceStub
from store.settings_file import NAME as SETTINGS_FILE

KEPT = "october"
"""The folder of generated files: kept from run to run, all else is made anew."""
MARKER = ".demo"
"""A file that says: this folder is the demo's own, and may be emptied."""
_HEAD = "# The demo's settings"
_SETTINGS = """; written anew by each run.
[clock]
origin = "2026-11-01T00:00:00Z"
speed = 0
settable = true

[limits]
max_call_s = {max_call_s}

[desk]
listen = "127.0.0.1:{desk}"
metrics = "127.0.0.1:{metrics}"

[[node]]
name = "node-0"
sip = "127.0.0.1:{sip}"
sip_tls = ""
radius_auth = "127.0.0.1:{auth}"
radius_acct = "127.0.0.1:{acct}"
enum = "127.0.0.1:{enum}"
grpc = "127.0.0.1:{grpc}"
"""
_PORTS = {"desk": 50051, "metrics": 9464, "sip": 5060, "auth": 1812, "acct": 1813, "enum": 8053, "grpc": 50052}
_UDP = ("sip", "auth", "acct", "enum")


def fresh_folder(folder: Path, more: str = "") -> Path:
    """Empty the demo's data folder, all but the generated files, and write its settings, with `more` (TOML) of them.

    Returns the folder. Raises ConflictError where anything lies that the demo did not write, or while a switchboard
    runs on it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _require_own(folder)
    lock = FolderLock(folder)
    try:
        (folder / MARKER).touch()
        for path in folder.iterdir():
            # the lock's file stays: without it a second switchboard would lock another file of that name
            if path.name in (MARKER, LOCK_FILE, KEPT):
                continue
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        ports = {name: free_port(port, udp=name in _UDP) for name, port in _PORTS.items()}
        text = _HEAD + _SETTINGS.format(max_call_s=data.MAX_CALL_S, **ports)
        (folder / SETTINGS_FILE).write_text(text + more)
    finally:
        lock.release()
    return folder


def _require_own(folder: Path) -> None:
    names = {path.name for path in folder.iterdir()} - {LOCK_FILE}
    if not names or MARKER in names or _older_demo(folder):
        return
    raise ConflictError(
        "this folder holds what the demo did not write, and the demo begins with an empty one",
        where=str(folder),
        mend="Set SWITCHBOARD_DATA to a new folder, or unset it to use demo-data here.",
    )


def _older_demo(folder: Path) -> bool:
    """Say whether a demo that did not mark its folder yet made it."""
    settings = folder / SETTINGS_FILE
    return (folder / KEPT).is_dir() and settings.is_file() and settings.read_bytes().startswith(_HEAD.encode())


def node_address(settings: Settings) -> NodeAddress:
    """Return where the switches find the node."""
    node = settings.node[0]
    addresses = (node.sip, node.radius_auth, node.radius_acct, node.enum)
    return NodeAddress(*map(host_port, addresses))


def free_port(port: int, *, udp: bool = False) -> int:
    """Return the usual port of loopback, or any free one where somebody has it."""
    for candidate in (port, 0):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM if udp else socket.SOCK_STREAM) as probe:
            try:
                probe.bind(("127.0.0.1", candidate))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError(f"no free port instead of {port}")


class Operator:
    """Enters and asks things at the desk, as commands do."""

    def __init__(self, folder: Path) -> None:
        where = connect.endpoint(folder)
        self.channel = connect.aio_channel(where.desk, where.desk_tls)
        self.token = connect.metadata(where.token)

    async def close(self) -> None:
        """Hang up."""
        await self.channel.close()

    async def furnish(
        self, world: data.World, say: Callable[[str], None], sheets: Mapping[str, Path] | None = None
    ) -> None:
        """Enter the reference book, exchange rates, plans with their sheets, partners, switches, trunks.

        `sheets`: files by plan, in place of the prices that the world states.
        """
        last = pb.SeedProgress()
        async for step in services.CodesServiceStub(self.channel).Seed(pb.Empty(), metadata=self.token):
            last = step
        for code, destination in data.BOOK_ENTRIES:
            order = codes_pb2.BookOrder(codes=[code], destination=destination)
            await ReferenceBookServiceStub(self.channel).Add(order, metadata=self.token)
        say(f"reference book: {last.what}")
        for fx in world.fx:
            rate = pb.FxRate(currency=fx.currency, from_ms=fx.from_ms, rate_units=fx.rate, source=fx.source)
            await services.FxServiceStub(self.channel).Set(rate, metadata=self.token)
        await asyncio.gather(*(self._enter_plan(plan, (sheets or {}).get(plan.id)) for plan in world.plans))
        say(f"{len(world.plans)} plans, each from its sheet")
        for partner in world.partners:
            await services.PartnersServiceStub(self.channel).Add(_partner(partner), metadata=self.token)
        for switch in world.switches:
            entry = pb.SwitchEntry(id=switch.id, address=switch.address, recipe=switch.recipe, secret=switch.secret)
            await services.SwitchesServiceStub(self.channel).Add(entry, metadata=self.token)
            if switch.tells_answers:
                own = pb.FieldChanges(id=switch.id, values={"start_is_answer": "true"})
                await services.SwitchesServiceStub(self.channel).Set(own, metadata=self.token)
        for trunk in world.trunks:
            await services.TrunksServiceStub(self.channel).Add(_trunk(trunk), metadata=self.token)
        say(f"{len(world.partners)} partners, {len(world.switches)} switches, {len(world.trunks)} trunks")
        for policy in world.policies:
            await self._enter_policy(policy)

    async def _enter_policy(self, policy: data.PolicyEntry) -> None:
        policies = PoliciesServiceStub(self.channel)
        change = policies_pb2.PolicyChange(name=policy.name, values=policy.says, note=policy.note)
        await policies.Set(change, metadata=self.token)
        place = policies_pb2.PolicyPlace(policy=policy.name, client=policy.client, destination=policy.destination)
        await policies.Attach(place, metadata=self.token)

    async def _enter_plan(self, plan: data.PlanEntry, sheet: Path | None) -> None:
        side = "sell" if plan.side is Side.CLIENT else "buy"
        entry = pb.Plan(id=plan.id, side=side, currency=plan.currency)
        await services.PlansServiceStub(self.channel).Add(entry, metadata=self.token)
        if terms := data.SHEET_TERMS.get(plan.id):
            changes = pb.FieldChanges(id=plan.id, values=terms)
            await RateTermsServiceStub(self.channel).Set(changes, metadata=self.token)
        if sheet is not None:
            file = await asyncio.to_thread(sheet.read_bytes)
            await import_rates(self.channel, self.token, plan.id, sheet.name, file)
            return
        lines = [
            "Code,Rate,Increments,Effective",
            *(f"{p.code},{p.price},{p.increments},2026-09-01" for p in plan.prices),
        ]
        await import_rates(self.channel, self.token, plan.id, f"{plan.id}.csv", "\n".join(lines).encode())

    async def open_books(self, world: data.World) -> None:
        """Enter the openings, then the payments."""
        for opening in world.openings:
            amount = switch_pb2.Money(units=opening.amount.units, currency=opening.amount.currency)
            entry = pb.Opening(account=opening.account, amount=amount, at_ms=opening.at_ms)
            await services.OpeningsServiceStub(self.channel).Set(entry, metadata=self.token)
        for payment in world.payments:
            await self.pay(payment)

    async def pay(self, payment: data.Payment) -> None:
        """Enter one payment."""
        amount = switch_pb2.Money(units=payment.amount.units, currency=payment.amount.currency)
        entry = pb.Payment(partner=payment.partner, amount=amount, outgoing=payment.outgoing, at_ms=payment.at_ms)
        await services.PaymentsServiceStub(self.channel).Add(entry, metadata=self.token)

    async def load(self, path: Path) -> pb.CdrImportReport:
        """Send one CDR file through the bulk lane."""
        chunk = pb.ImportChunk(file_name=path.name, data=await asyncio.to_thread(path.read_bytes))
        report = pb.CdrImportReport()
        async for progress in services.CdrsServiceStub(self.channel).Import(iter([chunk]), metadata=self.token):
            if progress.HasField("report"):
                report = progress.report
        return report

    async def set_clock(self, origin_ms: int, speed: float) -> None:
        """Set business time."""
        setting = pb.ClockSetting(origin_ms=origin_ms, speed=speed)
        await services.StatusServiceStub(self.channel).SetClock(setting, metadata=self.token)

    async def status(self) -> pb.Status:
        """Return the status."""
        return await services.StatusServiceStub(self.channel).Get(pb.Empty(), metadata=self.token)

    async def check(self) -> pb.LedgerCheck:
        """Prove the books."""
        return await services.LedgerServiceStub(self.channel).Check(pb.Empty(), metadata=self.token)

    async def seal(self) -> str:
        """Seal ended legs."""
        return (await services.LedgerServiceStub(self.channel).Seal(pb.Empty(), metadata=self.token)).what

    async def invoice(self, partner: str, from_ms: int, to_ms: int) -> pb.Invoice:
        """Issue an invoice for the days that begin at these moments, UTC, the last one out."""
        first, last = (local_day(at_ms, "UTC").isoformat() for at_ms in (from_ms, to_ms - 1))
        request = pb.InvoiceRequest(partner=partner, first_day=first, last_day=last, with_open=True)
        return await services.InvoicesServiceStub(self.channel).Issue(request, metadata=self.token)

    async def healthy(self) -> bool:
        """Say whether the desk answers."""
        try:
            await self.status()
        except grpc.aio.AioRpcError:
            return False
        return True


def _partner(partner: Partner) -> pb.Partner:
    return pb.Partner(
        id=partner.id,
        name=partner.name,
        currency=partner.currency,
        zone=partner.zone,
        prepaid=partner.prepaid,
        credit_limit_units=partner.credit_limit,
        sell_plan=partner.sell_plan or "",
        buy_plan=partner.buy_plan or "",
        rates_emails=[data.RATES_MAIL[partner.id]] if partner.id in data.RATES_MAIL else [],
    )


def _trunk(trunk: Trunk) -> pb.Trunk:
    assert trunk.direction in Direction, "in or out"
    return pb.Trunk(
        id=trunk.id,
        partner=trunk.partner,
        direction=trunk.direction.value,
        host=trunk.host,
        port=trunk.port,
        name=trunk.name,
        switch_id=trunk.switch or "",
    )
