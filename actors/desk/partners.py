"""Operators' service of partners."""

import asyncio
from collections.abc import Sequence
from typing import Any

import grpc
from ray.exceptions import RayError

from actors.desk import values
from actors.desk.core import ASK_WAIT_S, Desk
from actors.desk.field_changes import changed, given
from actors.desk.limits import naming, open_by_trunk, uses_of
from actors.desk.panic import orders_about
from actors.desk.removal import removed
from actors.desk.watch import Watch
from actors.refs import UnavailableError, handle
from actors.tokens import caller
from domain.directory import Direction, Partner, PartnerStatus, Trunk
from domain.errors import ConflictError, InputError
from domain.ids import PartnerId, TrunkId
from domain.partner_fields import Agreement, changed_partner, partner_texts
from domain.partner_use import NO_MONEY, PartnerMoney, PartnerUse
from domain.route_text import bracketed
from protos import operators_pb2 as pb
from protos import operators_pb2_grpc as services
from store.book_reader import BookReader
from store.catalog import Catalog
from store.catalog.partners import Contact
from store.mentions import Noun, mentions

Context = grpc.aio.ServicerContext[Any, Any]


class PartnersService(services.PartnersServiceServicer):
    """Adds, changes, lists, suspends and activates partners, and shows their balances."""

    def __init__(self, desk: Desk, watch: Watch | None = None) -> None:
        self._desk, self._watch = desk, watch

    async def Add(self, request: pb.Partner, context: Context) -> pb.Changed:
        """Add a partner with its contract and mail addresses."""
        partner = values.partner_of(request)
        contacts = [Contact("billing", email) for email in request.emails]

        def order(catalog: Any, at_ms: int) -> None:
            catalog.partners.add(partner, who=caller(), at_ms=at_ms)
            for contact in contacts:
                catalog.partners.add_contact(partner.id, contact, who=caller(), at_ms=at_ms)

        await self._desk.change(order)
        return pb.Changed(what=f"partner {partner.id} added ({partner.currency}, {partner.status})")

    async def Set(self, request: pb.FieldChanges, context: Context) -> pb.Changed:
        """Change fields of a partner and its contract; the currency only while nothing was billed in the old one."""
        texts, partner, reader = given(request), PartnerId(request.id), self._desk.reader

        def order(catalog: Catalog, at_ms: int) -> tuple[Agreement, Agreement]:
            before = catalog.partners.terms(partner)
            after = changed_partner(before, texts)
            other_money = after.partner.currency != before.partner.currency
            used = mentions(reader, Noun.PARTNER, partner) if other_money else []
            if used:
                mend = "Add a second partner for the other currency."
                what = f"its currency cannot change: {', '.join(used)} are in {before.partner.currency}"
                raise ConflictError(what, where=f"partner {partner}", mend=mend)
            catalog.partners.change(
                *(after.partner, after.contract, after.emails, after.noc_emails),
                who=caller(),
                at_ms=at_ms,
                unbilled=other_money,
            )
            return before, after

        before, after = await self._desk.change(order)
        return changed(f"partner {partner}", partner_texts(before), partner_texts(after), texts)

    async def Show(self, request: pb.Named, context: Context) -> pb.PartnerBalance:
        """Show one partner."""
        terms = await self._desk.read(lambda catalog: catalog.partners.terms(PartnerId(request.name)))
        partner = terms.partner
        shown = (await balances(self._desk, [partner]))[0]
        shown.partner.emails.extend(terms.emails)
        shown.fields.update(partner_texts(terms))
        trunks = await self._desk.read(lambda catalog: catalog.trunks.list(partner.id))
        use = await _use(self._desk, partner.id)
        if use is not None and use.millicalls_per_s is not None:
            shown.cps = use.millicalls_per_s / 1000
        by_vendor = await open_by_trunk(self._desk)
        shown.trunks.extend(_trunk_use(trunk, use, by_vendor) for trunk in trunks)
        if self._desk.world is not None:
            limits = naming(self._desk.world.index.directory, partner.id)
            shown.limits.extend(await uses_of(self._desk, self._watch, limits))
        del shown.panic[:]
        shown.panic.extend(orders_about(self._desk, partner.id, (trunk.id for trunk in trunks)))
        return shown

    async def List(self, request: pb.PageRequest, context: Context) -> pb.PartnerBalances:
        """List partners with their balances."""
        partners = await self._desk.read(lambda catalog: catalog.partners.list())
        text = request.filter.lower()
        found = [partner for partner in partners if text in partner.id or text in partner.name.lower()]
        page = found[request.offset : request.offset + self._desk.page(request.limit)]
        return pb.PartnerBalances(partners=await balances(self._desk, page), total=len(found))

    async def Remove(self, request: pb.Named, context: Context) -> pb.Changed:
        """Remove a partner that nothing refers to."""
        return await removed(self._desk, Noun.PARTNER, request.name)

    async def SetStatus(self, request: pb.StatusChange, context: Context) -> pb.Changed:
        """Suspend or activate a partner."""
        try:
            status = PartnerStatus(request.status)
        except ValueError:
            raise InputError(f"unknown status {request.status!r}", mend="Give active or suspended.") from None
        partner = PartnerId(request.id)
        is_new = await self._desk.change(
            lambda catalog, at_ms: catalog.partners.set_status(partner, status, who=caller(), at_ms=at_ms)
        )
        return pb.Changed(what=f"partner {partner} is {status}" + ("" if is_new else " already"))


async def _use(desk: Desk, partner: PartnerId) -> PartnerUse | None:
    """Return what of a partner's limits is in use; None where its shard is away."""
    placement = desk.home.placement
    name = placement.shard_of_book(placement.book_of_partner(partner))
    try:
        use: PartnerUse = await asyncio.wait_for(handle(name).partner_use.remote(partner), ASK_WAIT_S)
    except (RayError, ValueError, TimeoutError):
        return None
    return use


def _trunk_use(trunk: Trunk, use: PartnerUse | None, by_vendor: dict[TrunkId, int]) -> pb.TrunkUse:
    out = trunk.direction is Direction.OUT
    message = pb.TrunkUse(
        trunk=trunk.id,
        direction=trunk.direction.value,
        address=f"{bracketed(trunk.host)}:{trunk.port}" if out else trunk.host,
        disabled=not trunk.enabled,
        max_calls=trunk.max_calls,
        max_cps=trunk.max_cps,
        use_known=trunk.id in by_vendor if out else use is not None,
        open_calls=max(0, by_vendor.get(trunk.id, 0)),
    )
    if use is not None and trunk.id in use.trunks:
        its = use.trunks[trunk.id]
        message.open_calls = its.open_calls
        if its.millicalls_per_s is not None:
            message.cps = its.millicalls_per_s / 1000
    return message


async def balances(desk: Desk, partners: list[Partner]) -> list[pb.PartnerBalance]:
    """Return the live balances of partners, from their shards."""
    live = await _money(desk.home.placement.shard_names, [partner.id for partner in partners])
    unbilled = await _unbilled(desk)
    shown = []
    for partner in partners:
        its = live.get(partner.id, NO_MONEY)
        owed, held = its.posted.get(("client", partner.currency), 0), its.held
        shown.append(
            pb.PartnerBalance(
                partner=values.partner_message(partner),
                owed=values.money(owed, partner.currency),
                held=values.money(held, partner.currency),
                available=values.money(partner.credit_limit - owed - held, partner.currency),
                payable=values.money(its.posted.get(("vendor", partner.currency), 0), partner.currency),
                unbilled=values.money(unbilled.get(partner.id, 0), partner.currency),
                open_calls=its.open_calls,
                standing=values.standing_message(partner, its.standing, owed),
                panic=orders_about(desk, partner.id, ()),
            )
        )
    return shown


async def _money(shards: Sequence[str], names: list[PartnerId]) -> dict[PartnerId, PartnerMoney]:
    """Return the money of partners; who has none never had any. Raises UnavailableError where it cannot be known."""
    answers = await asyncio.gather(*(_money_in(shard, names) for shard in shards))
    found = {name: its for answer in answers for name, its in (answer or {}).items()}
    silent = [shard for shard, answer in zip(shards, answers, strict=True) if answer is None]
    if silent and any(name not in found for name in names):
        raise UnavailableError(f"{', '.join(silent)} did not answer within {ASK_WAIT_S:g} s: balances are not known")
    return found


async def _money_in(shard: str, names: list[PartnerId]) -> dict[PartnerId, PartnerMoney] | None:
    try:
        money: dict[PartnerId, PartnerMoney] = await asyncio.wait_for(
            handle(shard).partner_money.remote(names), ASK_WAIT_S
        )
    except (RayError, ValueError, TimeoutError):
        return None
    return money


async def _unbilled(desk: Desk) -> dict[PartnerId, int]:
    """Return what clients were charged and no invoice has yet: charges less invoiced totals, units."""
    charged = await asyncio.to_thread(charges_by_client, desk.reader)
    for invoice in await desk.read(lambda catalog: catalog.invoices.list(limit=100_000)):
        charged[invoice.partner] = charged.get(invoice.partner, 0) - invoice.total.units
    return charged


def charges_by_client(reader: BookReader) -> dict[PartnerId, int]:
    """Add up what clients were charged, sealed and not, surcharges too, less what rounding took back; units of their
    currency."""
    charged: dict[PartnerId, int] = {}
    for _, book in reader.every():
        for partner, units in book.rows(
            "SELECT partner, sum(charge) FROM leg WHERE side = 'client' AND state <> 'open' GROUP BY 1"
        ):
            charged[partner] = charged.get(partner, 0) + int(units)
        billed = "FROM transfer WHERE kind IN ('charge', 'rounding', 'surcharge') GROUP BY 1"
        sides = book.rows(f"SELECT debit, sum(amount) {billed}") + book.rows(f"SELECT credit, -sum(amount) {billed}")
        for account, units in sides:
            kind, _, partner = account.partition(":")
            if kind == "receivable":
                charged[partner] = charged.get(partner, 0) + int(units)
    return charged
