"""Operators' services of payments, openings and exchange rates."""

import asyncio
from secrets import token_hex
from typing import Any

import grpc

from actors.desk import values
from actors.desk.core import ASK_WAIT_S, Desk
from actors.tokens import caller
from domain import ledger
from domain.commands import Done, Post
from domain.days import local_day
from domain.directory import FxRate, Partner
from domain.errors import ConflictError, InputError, NotFoundError
from domain.ids import PartnerId
from domain.ledger import BANK, Occasion, Transfer, opening_balance, payment_in, payment_out, take_back_id, taken_back
from domain.money import Currency, Money, half_away
from protos import operators_pb2 as pb
from protos import operators_pb2_grpc as services
from store.catalog import Catalog

Context = grpc.aio.ServicerContext[Any, Any]
AHEAD_MS = 86_400_000
"""A payment may be dated so far ahead: elsewhere it is tomorrow already."""


class PaymentsService(services.PaymentsServiceServicer):
    """Posts payments."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def Add(self, request: pb.Payment, context: Context) -> pb.Changed:
        """Post a payment of or to a partner, in its contract's currency; one with the same reference is posted once.

        Raises InputError for an amount in another currency: the partner's balance and statement would not have it.
        Raises ConflictError where that reference is posted with another amount, or was taken back.
        """
        desk = self._desk
        partner = PartnerId(request.partner)
        known = await desk.read(lambda catalog: catalog.partners.get(partner))
        amount = values.money_of(request.amount, "payment")
        _of_contract(amount, known, "payment")
        if amount.units <= 0:
            raise InputError(f"a payment of {amount}", where="payment", mend="Give an amount above zero; say --out.")
        now_ms = desk.now_ms()
        at_ms = request.at_ms or now_ms
        if at_ms > now_ms + AHEAD_MS:
            mend = "Enter it when it is there: from then on it counts for credit, whatever its date."
            raise InputError(f"a payment of {local_day(at_ms, 'UTC')}, which is to come", where="payment", mend=mend)
        ref = request.reference or token_hex(6)  # without one nobody means a payment that is there already
        occasion = Occasion(at_ms, now_ms, ref, ref)
        base = await to_base(desk, amount, at_ms)
        post = payment_out if request.outgoing else payment_in
        payment = post(partner, amount, base, occasion)
        new = await post_once(desk, partner, payment)
        back_id = take_back_id(payment.transfer_id, ref)
        if not new and await asyncio.to_thread(_posted, desk, partner, back_id) is not None:
            mend = "Give another reference, such as the old one with a letter behind it."
            raise ConflictError(f"{ref!r} was posted already, and taken back", where="payment", mend=mend)
        given = {"partner": partner, "amount": str(amount), "outgoing": request.outgoing, "at_ms": at_ms}
        await _told_once(desk, "post", "payment", ref, given)
        way = "paid to" if request.outgoing else "received from"
        return pb.Changed(what=f"{amount} {way} {partner}" + ("" if new else ": this reference is posted already"))

    async def TakeBack(self, request: pb.PaymentMistake, context: Context) -> pb.Changed:
        """Post a payment the other way, at this moment; once.

        Raises NotFoundError where the partner has none with that reference in that direction.
        """
        desk, partner, ref = self._desk, PartnerId(request.partner), request.reference
        await desk.read(lambda catalog: catalog.partners.get(partner))
        if not request.why.strip():
            raise InputError("no reason", where="payment", mend="Say why it was a mistake: it stands in the statement.")
        payment_id = ledger.payment_id(partner, ref, outgoing=request.outgoing)
        payment = await asyncio.to_thread(_posted, desk, partner, payment_id)
        if payment is None:
            way = "to" if request.outgoing else "from"
            mend = "See the references in `switchboard statement`; --out is a payment that we made."
            raise NotFoundError(f"there is no payment {ref!r} {way} {partner}", where="payment", mend=mend)
        now_ms = desk.now_ms()
        new = await post_once(desk, partner, taken_back(payment, now_ms, now_ms, request.why.strip()))
        amount = Money(payment.amount, payment.currency)
        given = {"partner": partner, "amount": str(amount), "outgoing": request.outgoing, "why": request.why}
        await _told_once(desk, "take back", "payment", ref, given)
        return pb.Changed(what=f"{amount} of {ref} is taken back" + ("" if new else ": it was already"))


class OpeningsService(services.OpeningsServiceServicer):
    """Sets opening balances."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def Set(self, request: pb.Opening, context: Context) -> pb.Changed:
        """Post the balance (debit less credit) that an account brings along: bank, receivable:<p> or payable:<p>."""
        desk, account = self._desk, request.account
        kind, _, name = account.partition(":")
        if account != BANK and not (kind in ("receivable", "payable") and name):
            raise InputError(f"account {account!r}", where="opening", mend="Give bank, receivable:<p> or payable:<p>.")
        partner = PartnerId(name)
        amount = values.money_of(request.amount, "opening")
        if name:
            _of_contract(amount, await desk.read(lambda catalog: catalog.partners.get(partner)), "opening")
        at_ms = request.at_ms or desk.now_ms()
        base = await to_base(desk, amount, at_ms)
        transfer = opening_balance(account, amount, base, Occasion(at_ms, desk.now_ms(), "opening", "opening balance"))
        new = await post_once(desk, partner, transfer)
        await _told_once(desk, "set", "opening", account, {"amount": str(amount), "at_ms": at_ms})
        return pb.Changed(what=f"{account} opens with {amount}" + ("" if new else ": it was opened already"))


class FxService(services.FxServiceServicer):
    """Sets and lists exchange rates."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def Set(self, request: pb.FxRate, context: Context) -> pb.Changed:
        """Set what one unit of a currency is worth in the base currency, from a moment on."""
        at_ms = request.from_ms or self._desk.now_ms()
        fx = FxRate(Currency(request.currency), at_ms, request.rate_units, request.source)
        await self._desk.change(lambda catalog, now_ms: catalog.fx.set(fx, who=caller(), at_ms=now_ms))
        return pb.Changed(what=f"1 {fx.currency} is {Money(fx.rate, self._desk.base_currency)}")

    async def List(self, request: pb.Empty, context: Context) -> pb.FxRates:
        """List all exchange rates."""
        found = await self._desk.read(lambda catalog: catalog.fx.list())
        rates = [
            pb.FxRate(currency=fx.currency, from_ms=fx.from_ms, rate_units=fx.rate, source=fx.source) for fx in found
        ]
        return pb.FxRates(rates=rates, base_currency=self._desk.base_currency)


async def to_base(desk: Desk, amount: Money, at_ms: int) -> int:
    """Return an amount in base units at a moment's exchange rate. Raises InputError where none is known."""
    directory = await desk.read(lambda catalog: catalog.directory())
    rate = directory.fx_at(amount.currency, at_ms)
    if rate is None:
        raise InputError(
            f"no exchange rate for {amount.currency}",
            mend=f"Set one: switchboard fx set --currency {amount.currency} --rate RATE.",
        )
    return half_away(amount.units * rate, 100_000_000)


async def post_transfers(desk: Desk, partner: PartnerId, *transfers: Transfer) -> bool:
    """Post transfers in a partner's book; return whether any was new."""
    reply = await desk.books.at_home(partner).ask(Post(transfers), ASK_WAIT_S)
    return isinstance(reply, Done) and reply.count > 0


async def post_once(desk: Desk, partner: PartnerId, transfer: Transfer) -> bool:
    """Post a transfer; return False where it is posted already. Raises ConflictError where that one was another sum."""
    if await post_transfers(desk, partner, transfer):
        return True
    before = await asyncio.to_thread(_posted, desk, partner, transfer.transfer_id)
    if before is not None and _sum_of(before) != _sum_of(transfer):
        amount = Money(before.amount, before.currency)
        raise ConflictError(
            f"{transfer.ref!r} is posted already, with {amount}", where=transfer.kind, mend="Give another reference."
        )
    return False


def _of_contract(amount: Money, partner: Partner, where: str) -> None:
    """Refuse money in another currency than the contract's: balance, statement and credit are in that one alone."""
    if amount.currency != partner.currency:
        raise InputError(
            f"{amount}, but the contract of {partner.id} is in {partner.currency}",
            where=where,
            mend=f"Give the amount in {partner.currency}; `switchboard fx list` shows the exchange rates.",
        )


async def _told_once(desk: Desk, action: str, noun: str, key: str, given: dict[str, object]) -> None:
    """Enter what is posted into the audit trail, once.

    Where a repeated order was posted before and is not in it, somebody crashed in between: it is told then.
    """
    who, now_ms = caller(), desk.now_ms()

    def tell(catalog: Catalog) -> None:
        for entry in catalog.audit.list(noun, key):
            its = entry.after if isinstance(entry.after, dict) else {}
            if entry.action == action and all(its.get(name) == given.get(name) for name in ("partner", "outgoing")):
                return
        catalog.audit.note(action, noun, key, who=who, at_ms=now_ms, after=given)

    await desk.write(tell)


def _posted(desk: Desk, partner: PartnerId, transfer_id: str) -> Transfer | None:
    with desk.reader.book(desk.home.placement.home_of_partner(partner)) as book:
        return book.transfer(transfer_id)


def _sum_of(transfer: Transfer) -> tuple[str, str, int, str]:
    return transfer.debit, transfer.credit, transfer.amount, transfer.currency
