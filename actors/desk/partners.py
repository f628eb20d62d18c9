"""Operators' service of partners."""

import asyncio
from collections.abc import Iterable
from typing import Any

import grpc

from actors.desk import values
from actors.desk.core import Desk
from actors.desk.field_changes import changed, given
from actors.desk.limit_use import naming, open_by_trunk, uses_of
from actors.desk.panic import orders_about
from actors.desk.removal import removed
from actors.desk.shards import Away, ask_shard, ask_shards, away_messages, needed_for
from actors.desk.watch import Watch
from actors.tokens import caller
from domain.directory import Direction, Partner, PartnerStatus, Trunk
from domain.errors import ConflictError, InputError
from domain.ids import PartnerId, TrunkId
from domain.partner_fields import Agreement, changed_partner, partner_texts
from domain.partner_use import NO_MONEY, PartnerMoney, PartnerUse, TrunkUse
from domain.route_text import bracketed
from protos import operators_pb2 as pb
from protos import operators_pb2_grpc as services
from store.book_reader import BookReader
from store.catalog import Catalog
from store.catalog.partners import BILLING, RATES, Contact
from store.mentions import Noun, mentions

Context = grpc.aio.ServicerContext[Any, Any]


class PartnersService(services.PartnersServiceServicer):
    """Adds, changes, lists, suspends and activates partners, and shows their balances."""

    def __init__(self, desk: Desk, watch: Watch | None = None) -> None:
        self._desk, self._watch = desk, watch

    async def Add(self, request: pb.Partner, context: Context) -> pb.Changed:
        """Add a partner with its contract and mail addresses."""
        partner = values.partner_of(request)
        contacts = [Contact(BILLING, email) for email in request.emails]
        contacts += [Contact(RATES, email) for email in request.rates_emails]

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
                *(after.partner, after.contract, after.emails, after.noc_emails, after.rates_emails),
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
        shown.partner.rates_emails.extend(terms.rates_emails)
        shown.fields.update(partner_texts(terms))
        trunks = await self._desk.read(lambda catalog: catalog.trunks.list(partner.id))
        use = await use_of(self._desk, partner.id)
        if not isinstance(use, Away) and use.millicalls_per_s is not None:
            shown.cps = use.millicalls_per_s / 1000
        by_vendor = await open_by_trunk(self._desk)
        shown.trunks.extend(_trunk_use(trunk, use, by_vendor) for trunk in trunks)
        missing = {one.shard: one for one in [*shown.away, *away_messages(_missing(use, by_vendor))]}
        del shown.away[:]
        shown.away.extend(missing[shard] for shard in sorted(missing))
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


async def use_of(desk: Desk, partner: PartnerId) -> PartnerUse | Away:
    """Return what of a partner's limits is in use."""
    placement = desk.home.placement
    shard = placement.shard_of_book(placement.book_of_partner(partner))
    return await ask_shard(desk, shard, lambda actor: actor.partner_use.remote(partner))


def _missing(use: PartnerUse | Away, by_vendor: dict[TrunkId, int] | Away) -> list[Away]:
    return [one for one in (use, by_vendor) if isinstance(one, Away)]


def _trunk_use(trunk: Trunk, use: PartnerUse | Away, by_vendor: dict[TrunkId, int] | Away) -> pb.TrunkUse:
    out = trunk.direction is Direction.OUT
    message = pb.TrunkUse(
        trunk=trunk.id,
        direction=trunk.direction.value,
        address=f"{bracketed(trunk.host)}:{trunk.port}" if out else trunk.host,
        disabled=not trunk.enabled,
        max_calls=trunk.max_calls,
        max_cps=trunk.max_cps,
    )
    if out and not isinstance(by_vendor, Away) and trunk.id in by_vendor:
        message.open_calls = max(0, by_vendor[trunk.id])
    if not out and not isinstance(use, Away):
        its = use.trunks.get(trunk.id, TrunkUse(0, None))
        message.open_calls = its.open_calls
        if its.millicalls_per_s is not None:
            message.cps = its.millicalls_per_s / 1000
    message.use_known = message.HasField("open_calls")
    return message


async def balances(desk: Desk, partners: list[Partner]) -> list[pb.PartnerBalance]:
    """Return the live balances of partners, from their shards; where one is away, those of its partners are unset."""
    names, placement = [partner.id for partner in partners], desk.home.placement
    told, away = await ask_shards(desk, placement.shard_names, lambda actor: actor.partner_money.remote(names))
    live: dict[PartnerId, PartnerMoney] = {name: its for answer in told.values() for name, its in answer.items()}
    unbilled = await _unbilled(desk)
    shown = []
    for partner in partners:
        missing = [] if partner.id in live else needed_for(placement, partner.id, away)
        message = _balance(partner, None if missing else live.get(partner.id, NO_MONEY), missing)
        message.unbilled.CopyFrom(values.money(unbilled.get(partner.id, 0), partner.currency))
        message.panic.extend(orders_about(desk, partner.id, ()))
        shown.append(message)
    return shown


def _balance(partner: Partner, its: PartnerMoney | None, missing: Iterable[Away]) -> pb.PartnerBalance:
    message = pb.PartnerBalance(partner=values.partner_message(partner), away=away_messages(missing))
    if its is None:
        return message
    owed = its.posted.get(("client", partner.currency), 0)
    message.owed.CopyFrom(values.money(owed, partner.currency))
    message.held.CopyFrom(values.money(its.held, partner.currency))
    message.available.CopyFrom(values.money(partner.credit_limit - owed - its.held, partner.currency))
    message.payable.CopyFrom(values.money(its.posted.get(("vendor", partner.currency), 0), partner.currency))
    message.open_calls = its.open_calls
    message.standing.CopyFrom(values.standing_message(partner, its.standing, owed))
    return message


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
