"""Builders of shards, and the proof that books add up."""

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from actors.shard import Shard
from domain.calls import Side
from domain.commands import Command, Granted, Parcel, Posting, Recorded, Reply
from domain.directory import Partner
from domain.holds import HoldTimes
from domain.ids import LegId, PartnerId
from domain.ledger import partner_effects
from domain.money import Currency
from domain.placement import Placement
from store import book_schema
from store.book import Book
from store.book_rows import hold_of, lapsed_of
from tests.domain.call_builders import ORBITA, USD, directory

ONE_BOOK = Placement()


@cache
def _new_book() -> bytes:
    with TemporaryDirectory() as folder:
        Book.open("", Path(folder), 0).close()
        return Path(folder, "book-0.db").read_bytes()


def open_book(url: str, folder: Path, number: int = 0) -> Book:
    """Open a book; a new file has its tables already, as Book.open made them once: each time it would take 3 ms."""
    file = folder / f"book-{number}.db"
    if not url and not file.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.write_bytes(_new_book())
    return Book.open(url, folder, number)


def open_shard(
    url: str, folder: Path, *partners: Partner, book: int = 0, placement: Placement = ONE_BOOK, **times: int
) -> Shard:
    """Open a book and recover, as a new process would."""
    shard = Shard(open_book(url, folder, book), directory(*partners), HoldTimes(**times), placement)
    shard.recover()
    return shard


def one(shard: Shard, command: Command) -> Reply:
    """Run one command in a turn of its own."""
    return shard.turn([command])[0][0]


def granted(reply: Reply) -> Granted:
    assert isinstance(reply, Granted), reply
    return reply


def outcomes(shard: Shard, *commands: Command) -> list[str]:
    """Run commands, each in a turn of its own, and return the outcomes of those that were recorded."""
    replies = [one(shard, command) for command in commands]
    return [reply.outcome for reply in replies if isinstance(reply, Recorded)]


def money(shard: Shard, partner: PartnerId = ORBITA) -> tuple[int, int, int]:
    """What a client owes, what is held and how many calls it has open, by memory."""
    its = shard.partners[partner]
    return its.owed(USD), its.held[USD], len(its.holds)


def disk(shard: Shard) -> list[Any]:
    """All balances and holds as the book has them."""
    query = shard.book.driver.query
    return [sorted(query("SELECT * FROM balance")), sorted(query("SELECT * FROM hold ORDER BY hold_id"), key=repr)]


def restarted(shard: Shard, url: str, folder: Path, *partners: Partner, **fields: Any) -> Shard:
    """Close the book and open it again, as after a crash."""
    shard.book.close()
    return open_shard(url, folder, *partners, book=shard.book.number, placement=shard.placement, **fields)


def assert_true(*shards: Shard) -> None:
    """Assert the invariants of DESIGN §5 over all books of a placement: balances are as the rows that make them."""
    expected: Counter[tuple[PartnerId, Side, Currency]] = Counter()
    posted: Counter[tuple[PartnerId, Side, Currency]] = Counter()
    for shard in shards:
        for row in shard.book.driver.query("SELECT partner, side, currency, charge FROM leg WHERE state <> 'open'"):
            expected[PartnerId(row[0]), Side(row[1]), Currency(row[2])] += row[3]
        for debit, credit, currency, amount in shard.book.driver.query(
            "SELECT debit, credit, currency, amount FROM transfer"
        ):
            for name, side, units in partner_effects(debit, credit, amount):
                expected[name, side, Currency(currency)] += units
        for parcel in on_the_way(shard, shards):
            for key, units in amounts_of(parcel):
                expected[key] -= units
        for partner in shard.partners.values():
            for (side, currency), units in partner.posted.items():
                posted[partner.id, side, currency] += units
        _assert_holds(shard)
    assert {key: units for key, units in posted.items() if units} == {k: v for k, v in expected.items() if v}


def amounts_of(parcel: Parcel) -> list[tuple[tuple[PartnerId, Side, Currency], int]]:
    """Return what a parcel carries of whose money."""
    if isinstance(parcel, Posting):
        return [((parcel.partner, parcel.side, parcel.currency), parcel.amount)]
    return [((parcel.partner, side, currency), units) for side, currency, units in parcel.posted]


def on_the_way(shard: Shard, shards: Sequence[Shard]) -> Iterable[Parcel]:
    """Return the parcels of a book that the other books have not taken yet."""
    taken: dict[int, int] = {}
    for its in shards:
        rows = its.book.driver.query("SELECT number FROM inbox WHERE from_book = ?", (shard.book.number,))
        taken[its.book.number] = rows[0][0] if rows else 0
    return [parcel for number, (to_book, parcel) in shard.outbox.items() if number > taken[to_book]]


def _assert_holds(shard: Shard) -> None:
    query = shard.book.driver.query
    columns = ", ".join(book_schema.HOLD_COLUMNS)
    on_disk = {hold.hold_id: hold for hold in map(hold_of, query(f"SELECT {columns} FROM hold"))}
    in_memory = {hold.hold_id: hold for partner in shard.partners.values() for hold in partner.holds.values()}
    assert on_disk == in_memory
    rows = query("SELECT partner, call_key, hold FROM lapsed")
    aside = {(PartnerId(row[0]), bytes(row[1])): lapsed_of(row[2]) for row in rows}
    kept = {its.id: its.lapsed.by_call for its in shard.partners.values()}
    assert aside == {(name, key): hold for name, by_call in kept.items() for key, hold in by_call.items()}
    assert not aside.keys() & {(hold.partner, hold.call_key) for hold in in_memory.values()}
    for name, side, currency, posted, held, calls in query("SELECT * FROM balance"):
        partner = shard.partners[name]
        holds = [hold for hold in partner.holds.values() if side == "client" and hold.currency == currency]
        assert partner.posted.get((Side(side), currency), 0) == posted
        assert (held, calls) == (sum(hold.amount for hold in holds), len(holds))
    for partner in shard.partners.values():
        assert partner.held.total() == sum(hold.amount for hold in partner.holds.values())
        assert sum(len(ids) for ids in partner.by_call.values()) == len(partner.holds)
        listed = {(Side(side), c) for n, side, c, *_ in query("SELECT * FROM balance") if n == partner.id}
        assert partner.posted.keys() <= listed and {(Side.CLIENT, hold.currency) for hold in on_disk.values() if
                                                    hold.partner == partner.id} <= listed  # fmt: skip


def drop_legs(shard: Shard, *legs: LegId) -> None:
    """Break a book: take rows away that its balances were made of."""
    shard.book.driver.run_many("DELETE FROM leg WHERE leg_id = ?", [(leg,) for leg in legs])
