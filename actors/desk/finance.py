"""Operators' services of the ledger: postings, checks, profit and loss, statements, cash, traffic."""

import asyncio
from collections import Counter
from typing import Any

import grpc

from actors.desk.core import Desk
from actors.desk.unsealed import movements
from actors.desk.values import money, transfer_message
from actors.tasks import BooksProof
from domain.calls import Side
from domain.errors import InputError
from domain.ids import PartnerId
from domain.ledger import BANK, Transfer, TransferKind, partner_effects, payable, receivable, trial_balance
from domain.money import Currency
from domain.rates import Service
from domain.statements import postings, statement
from protos import operators_pb2 as pb
from protos import operators_pb2_grpc as services

LOOKS, LOOK_S = 3, 1.0
Context = grpc.aio.ServicerContext[Any, Any]


async def transfers_of(desk: Desk, *accounts: str, kind: TransferKind | None = None, ref: str = "") -> list[Transfer]:
    """Return the transfers of all books that touch one of some accounts, or any, and are of a kind and reference."""
    return await asyncio.to_thread(
        lambda: [transfer for _, book in desk.reader.every() for transfer in book.transfers(accounts, kind, ref)]
    )


class LedgerService(services.LedgerServiceServicer):
    """Shows postings and proves the books."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def Show(self, request: pb.LedgerQuery, context: Context) -> pb.Transfers:
        """List postings of an account, or all, in order of time."""
        transfers = await transfers_of(self._desk, *([request.account] if request.account else []))
        until_ms = request.to_ms or 2**62
        if request.account:
            found = list(postings(transfers, request.account, request.from_ms, until_ms))
        else:
            found = [t for t in transfers if request.from_ms <= t.at_ms < until_ms]
            found.sort(key=lambda t: (t.at_ms, t.known_ms, t.transfer_id))
        page = found[request.offset : request.offset + self._desk.page(request.limit)]
        base = self._desk.base_currency
        return pb.Transfers(transfers=[transfer_message(t, base) for t in page], total=len(found))

    async def Check(self, request: pb.Empty, context: Context) -> pb.LedgerCheck:
        """Prove the books: trial balance, CDRs against postings, holds against open calls, balances against both."""
        return await check_books(self._desk)

    async def Seal(self, request: pb.Empty, context: Context) -> pb.Changed:
        """Seal ended legs into segments now."""
        return pb.Changed(what=f"{await self._desk.seal_now()} legs sealed")


async def check_books(desk: Desk) -> pb.LedgerCheck:
    """Compare everything that must agree; each difference is a sentence.

    Files of several books are not opened at quite one moment: a difference between them counts when it stays.
    """
    for _ in range(LOOKS - 1 if desk.home.placement.books > 1 else 0):
        found = checked(await desk.tasks.proof(), desk.base_currency)
        if not found.differences:
            return found
        await asyncio.sleep(LOOK_S)
    return checked(await desk.tasks.proof(), desk.base_currency)


def checked(proof: BooksProof, base: Currency) -> pb.LedgerCheck:
    """Compare what must agree at one moment."""
    sums = trial_balance(proof.transfers)
    differences: list[str] = []
    gap = _cdr_gap(proof, differences)
    open_calls = sum(balance.open_calls for balance in proof.balances)
    held, holds = sum(balance.held for balance in proof.balances), sum(units for _, units in proof.holds)
    holds_fit = (len(proof.holds), holds) == (open_calls, held)
    if not holds_fit:
        differences.append(f"{len(proof.holds)} holds of {holds} units, balances say {open_calls} of {held}")
    trial = sum(account.base_balance for account in sums)
    if trial:
        differences.append(f"the trial balance is {trial} units of {base}")
    return pb.LedgerCheck(
        accounts=[
            pb.AccountBalance(
                account=account.account,
                balance=money(account.balance, account.currency),
                base_balance=money(account.base_balance, base),
            )
            for account in sums
        ],
        trial_balance=money(trial, base),
        cdrs_minus_postings=money(gap, base),
        open_holds=len(proof.holds),
        open_calls=open_calls,
        unrated=proof.parked,
        holds_add_up=holds_fit,
        balances_add_up=gap == 0,
        differences=differences,
    )


def _cdr_gap(proof: BooksProof, differences: list[str]) -> int:
    """Return the sum of what balances differ from charges of all CDRs and other postings, units without their sign."""
    expected = Counter({key: units for key, (units, _) in proof.charged.items()})
    for transfer in proof.transfers:
        if transfer.kind == TransferKind.CHARGE:
            continue  # charges are counted from the CDRs themselves
        for partner, side, amount in partner_effects(transfer.debit, transfer.credit, transfer.amount):
            expected[partner, side, transfer.currency] += amount
    posted: Counter[tuple[PartnerId, Side, Currency]] = Counter()
    for balance in proof.balances:
        posted[balance.partner, balance.side, balance.currency] += balance.posted
    for each in proof.underway:
        posted[each.partner, each.side, each.currency] += each.amount
    gap = 0
    for key in sorted({*expected, *posted}):
        if posted[key] != expected[key]:
            partner, side, currency = key
            differences.append(
                f"{partner} {side}: balance {posted[key]}, CDRs and postings {expected[key]} units of {currency}"
            )
            gap += abs(posted[key] - expected[key])
    return gap


class FinanceService(services.FinanceServiceServicer):
    """Profit and loss, statements, cash and traffic of a period."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def GetPnl(self, request: pb.Period, context: Context) -> pb.Pnl:
        """Return revenue, cost and margin, and their lines by partner: of legs, sealed or not, and of surcharges."""
        base = self._desk.base_currency
        lines: dict[tuple[str, Side, str], list[int]] = {}
        for row in await self._desk.tasks.traffic(request.from_ms, request.to_ms):
            sums = lines.setdefault((row.partner, row.side, row.currency), [0, 0])
            sums[0] += row.charge
            sums[1] += row.base_charge
        for transfer in await transfers_of(self._desk, kind=TransferKind.SURCHARGE):  # all else is in the legs
            if not request.from_ms <= transfer.at_ms < request.to_ms:
                continue
            [(partner, side, units)] = partner_effects(transfer.debit, transfer.credit, transfer.amount)
            sums = lines.setdefault((partner, side, transfer.currency), [0, 0])
            sums[0] += units
            sums[1] += transfer.base_amount if units >= 0 else -transfer.base_amount
        revenue = sum(sums[1] for (_, side, _), sums in lines.items() if side is Side.CLIENT)
        cost = sum(sums[1] for (_, side, _), sums in lines.items() if side is Side.VENDOR)
        return pb.Pnl(
            revenue=money(revenue, base),
            cost=money(cost, base),
            margin=money(revenue - cost, base),
            lines=[
                pb.PnlLine(
                    partner=partner, side=side.value, amount=money(units, currency), base_amount=money(in_base, base)
                )
                for (partner, side, currency), (units, in_base) in sorted(lines.items())
                if units or in_base
            ],
        )

    async def GetStatement(self, request: pb.StatementRequest, context: Context) -> pb.Statement:
        """Return a partner's account: opening, movements, closing; calls that are not sealed yet are in it."""
        partner = await self._desk.read(lambda catalog: catalog.partners.get(PartnerId(request.partner)))
        transfers = await asyncio.to_thread(movements, self._desk.reader, partner.id, self._desk.now_ms())
        made = statement(partner.id, partner.currency, transfers, request.from_ms, request.to_ms or 2**62)
        lines = [
            pb.StatementLine(
                at_ms=line.at_ms,
                what=f"{line.kind} {line.memo}".strip(),
                amount=money(line.amount, partner.currency),
                balance=money(line.balance, partner.currency),
            )
            for line in made.lines
        ]
        return pb.Statement(
            partner=partner.id,
            opening=money(made.opening.units, partner.currency),
            lines=lines,
            closing=money(made.closing.units, partner.currency),
            account=f"{receivable(partner.id)} {payable(partner.id)}",
        )

    async def GetCash(self, request: pb.Period, context: Context) -> pb.Cash:
        """Return what came into the bank and went out of it."""
        base, until_ms = self._desk.base_currency, request.to_ms or 2**62
        opening = received = paid = 0
        lines = []
        for transfer in sorted(await transfers_of(self._desk, BANK), key=lambda t: (t.at_ms, t.transfer_id)):
            units, in_base = transfer.effect_on(BANK)
            if transfer.at_ms >= until_ms or not in_base:
                continue
            if transfer.at_ms < request.from_ms or transfer.kind == TransferKind.OPENING:
                opening += in_base
                continue
            received, paid = received + max(in_base, 0), paid + max(-in_base, 0)
            other = transfer.credit if transfer.debit == BANK else transfer.debit
            lines.append(
                pb.CashLine(
                    at_ms=transfer.at_ms,
                    partner=other.partition(":")[2],
                    amount=money(units, transfer.currency),
                    base_amount=money(in_base, base),
                )
            )
        return pb.Cash(
            opening=money(opening, base),
            received=money(received, base),
            paid=money(paid, base),
            closing=money(opening + received - paid, base),
            lines=lines,
        )

    async def GetTraffic(self, request: pb.Period, context: Context) -> pb.Traffic:
        """Return legs added up by partner, side and destination."""
        if request.to_ms <= request.from_ms:
            raise InputError("the period is empty", mend="Let it end after it begins.")
        base = self._desk.base_currency
        rows: dict[tuple[str, str, str, str, str, str], list[int]] = {}
        for row in await self._desk.tasks.traffic(request.from_ms, request.to_ms):
            name = self._desk.name_of(row.destination)
            if not name and row.service is not Service.VOICE:
                name = row.service.value
            # a service stands behind all that are called: their figures are never added up with those of calls
            key = (row.service.value, row.partner, row.side.value, name, row.currency, row.unit.value)
            sums = rows.setdefault(key, [0] * 7)
            some = row.attempts, row.answered, row.talk_ms, row.billed_s, row.charge, row.base_charge, row.billed_volume
            rows[key] = [total + one for total, one in zip(sums, some, strict=True)]
        return pb.Traffic(
            lines=[
                pb.TrafficLine(
                    partner=partner,
                    side=side,
                    destination=destination,
                    attempts=sums[0],
                    answered=sums[1],
                    seconds=sums[2] // 1000,
                    billed_s=sums[3],
                    charge=money(sums[4], currency),
                    base_charge=money(sums[5], base),
                    service=service,
                    unit=unit,
                    billed_volume=sums[6],
                )
                for (service, partner, side, destination, currency, unit), sums in sorted(
                    rows.items(), key=lambda row: (row[0][0] != Service.VOICE, row[0])
                )
            ]
        )
