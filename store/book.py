"""A book: one durable unit of calls and balances with one writing process (DESIGN §5)."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from domain.booking import Known
from domain.calls import Leg, LegState, Parked, Side
from domain.causes import ParkCause
from domain.commands import FoundCall
from domain.credit import Notice, Standing
from domain.errors import BrokenWorldError
from domain.holds import Hold
from domain.ids import CallKey, HoldId, LegId, PartnerId, SwitchId
from domain.ledger import Transfer, partner_effects
from domain.limits import LimitId, Used, Uses
from domain.loss_book import LossCall, Period
from domain.money import Currency
from store import book_notices, book_rows, book_schema, limit_rows, loss_rows, whereabouts_rows
from store.drivers import Driver, open_driver
from store.loss_rows import NOTHING, Losses
from store.signs_of_life import Alive, write_alive

_KNOWN = "leg_id, state, fingerprint, charge, alive_ms, duration_ms, revision"
ASK = 500
"""Ids asked for in one statement; SQLite takes 32,766 marks at most, and statements of one length stay prepared."""


@dataclass(slots=True)
class Writes:
    """What one batch changes; committed whole or not at all.

    Legs that we close (PARTIAL) get no seq: `alive` says when, and book_bulk.stop_waiting gives them theirs in time.
    """

    legs: dict[LegId, tuple[Leg, int]] = field(default_factory=dict)
    alive: dict[LegId, Alive] = field(default_factory=dict)
    replaced: list[LegId] = field(default_factory=list)
    parked: list[Parked] = field(default_factory=list)
    unparked: list[bytes] = field(default_factory=list)
    holds: dict[HoldId, Hold | None] = field(default_factory=dict)
    lapsed: dict[tuple[PartnerId, CallKey], Hold | None] = field(default_factory=dict)
    balances: dict[tuple[PartnerId, Side, Currency], tuple[int, int, int]] = field(default_factory=dict)
    transfers: list[Transfer] = field(default_factory=list)
    outbox: list[tuple[int, int, str]] = field(default_factory=list)
    sent: list[int] = field(default_factory=list)
    inbox: dict[int, int] = field(default_factory=dict)
    standings: dict[PartnerId, Standing] = field(default_factory=dict)
    notices: list[tuple[int, Notice]] = field(default_factory=list)
    told: int = 0
    limit_use: dict[tuple[LimitId, int], Used | None] = field(default_factory=dict)
    anew: dict[SwitchId, int] = field(default_factory=dict)
    left: list[PartnerId] = field(default_factory=list)
    whereabouts: dict[PartnerId, int | None] = field(default_factory=dict)
    losses: dict[CallKey, LossCall | None] = field(default_factory=dict)
    loss_sums: dict[Period, int] = field(default_factory=dict)

    @property
    def durable(self) -> bool:
        """Return whether there is money in it that must survive a power cut; holds need only survive a crash."""
        money = self.legs or self.parked or self.unparked or self.transfers or self.outbox or self.inbox
        return bool(money or self.standings or self.notices)

    @property
    def empty(self) -> bool:
        """Return whether there is nothing to write."""
        live = self.holds or self.lapsed or self.alive or self.limit_use or self.anew or self.losses
        return not (self.durable or live or self.told or self.sent)


@dataclass(frozen=True, slots=True)
class Opened:
    """What a book holds when it is opened: the live state that its shard rebuilds.

    `held` is (amount, open calls) as the balances say them, to be compared with the holds; `last_out` the highest
    number that was ever put in the outbox, `last_notice` that of a notice.
    """

    epoch: int
    posted: dict[tuple[PartnerId, Side, Currency], int]
    held: dict[tuple[PartnerId, Side, Currency], tuple[int, int]]
    holds: tuple[Hold, ...]
    outbox: tuple[tuple[int, int, str], ...]
    last_out: int
    inbox: dict[int, int]
    standings: dict[PartnerId, Standing]
    notices: dict[int, Notice]
    last_notice: int
    limit_use: Uses
    whereabouts: dict[PartnerId, int] = field(default_factory=dict)
    lapsed: tuple[Hold, ...] = ()
    losses: Losses = NOTHING


class Book:
    """One book, open for writing by this process alone. Not thread-safe: it belongs to its shard's writer.

    Invariants: an ended leg's seq is above all seqs given before; balances are as the rows that make them; the id of a
    sealed leg of `forgotten_day` (days since 1970) or later is in `seen`; `sealed_days` are those of all segments.
    """

    def __init__(self, driver: Driver, number: int) -> None:
        self.number = number
        self.driver = driver
        self.epoch = 0
        self.forgotten_day = 0
        self.sealed_days: set[int] = set()
        self._seq = 0

    @classmethod
    def open(cls, url: str, folder: Path, number: int) -> "Book":
        """Open a book, made where it is missing. Raises BrokenWorldError where another process or schema has it."""
        driver = open_driver(url, folder, number)
        try:
            driver.run(book_schema.WORDS.format(int=driver.int_type))
            known = driver.query("SELECT value FROM book WHERE name = 'schema'")
            if known and known[0][0] > book_schema.SCHEMA_VERSION:
                raise BrokenWorldError(f"book {number} has schema {known[0][0]}, we know {book_schema.SCHEMA_VERSION}")
            if not known:
                _make_tables(driver)
            elif known[0][0] < book_schema.SCHEMA_VERSION:
                _upgrade(driver, known[0][0])
            return cls(driver, number)
        except BaseException:  # the same process may try again
            driver.close()
            raise

    def load(self) -> Opened:
        """Raise the epoch, so that no earlier incarnation can write any more, and return the live state."""
        self.driver.begin(durable=True)
        # one statement, so that of two who open at once each gets an epoch of its own
        raised = "ON CONFLICT (name) DO UPDATE SET value = book.value + 1 RETURNING value"
        self.epoch = self.driver.query(book_schema.insert("book", ["name", "value"], raised), ("epoch", 1))[0][0]
        self.driver.commit()
        last_sealed = self.driver.query("SELECT coalesce(max(last_seq), 0) FROM segment")[0][0]
        self._seq = max(last_sealed, self.driver.query("SELECT coalesce(max(seq), 0) FROM leg")[0][0])
        self.forgotten_day = max([row[0] for row in self._word("forgotten_day")], default=0)
        self.sealed_days = {row[0] for row in self.driver.query("SELECT DISTINCT day FROM segment")}
        holds = self.driver.query(f"SELECT {', '.join(book_schema.HOLD_COLUMNS)} FROM hold")
        balances = {
            (PartnerId(partner), Side(side), Currency(currency)): sums
            for partner, side, currency, *sums in self.driver.query(
                "SELECT partner, side, currency, posted, held, open_calls FROM balance"
            )
        }
        left = self._word("outbox")
        outbox = self.driver.query("SELECT number, to_book, posting FROM outbox ORDER BY number")
        notices = book_notices.notices(self.driver)
        return Opened(
            epoch=self.epoch,
            posted={key: posted for key, (posted, _, _) in balances.items()},
            held={key: (held, calls) for key, (_, held, calls) in balances.items() if held or calls},
            holds=tuple(book_rows.hold_of(row) for row in holds),
            outbox=tuple((row[0], row[1], row[2]) for row in outbox),
            last_out=max([row[0] for row in left + outbox], default=0),
            inbox=dict(self.driver.query("SELECT from_book, number FROM inbox")),
            limit_use=limit_rows.load(self.driver),
            lapsed=self._lapsed(),
            losses=loss_rows.load(self.driver),
            whereabouts=whereabouts_rows.load(self.driver),
            standings=book_notices.standings(self.driver),
            notices=notices,
            last_notice=max([*notices, *(row[0] for row in self._word("notice"))], default=0),
        )

    def known(self, legs: list[LegId]) -> dict[LegId, Known]:
        """Return what the book knows of these legs: those it holds, and those sealed in the last days."""
        found: dict[LegId, Known] = {}
        for some in _slices(legs):
            marks = ", ".join("?" * len(some))
            seen = self.driver.query(f"SELECT leg_id, fingerprint FROM seen WHERE leg_id IN ({marks})", some)
            found |= {LegId(bytes(row[0])): Known(LegState.CLOSED, row[1]) for row in seen}
            held = self.driver.query(
                f"SELECT {_KNOWN}, seq FROM leg WHERE leg_id IN ({marks})",
                some,
            )
            found |= {LegId(bytes(row[0])): self._known(row) for row in held}
        return found

    def _known(self, row: book_rows.Row) -> Known:
        leg_id, state, fingerprint, charge, alive_ms, duration_ms, revision, seq = row
        if seq is not None:  # what has its number is over for good
            return Known(LegState.CLOSED, fingerprint, charge)
        if state == LegState.OPEN:
            return Known(LegState.OPEN, fingerprint, charge, alive_ms or 0, duration_ms, revision)
        sql = f"SELECT {', '.join(book_schema.LEG_COLUMNS)} FROM leg WHERE leg_id = ?"
        ours = book_rows.leg_of(self.driver.query(sql, (leg_id,))[0])
        return Known(LegState.PARTIAL, fingerprint, charge, alive_ms or 0, duration_ms, revision, ours)

    def find_call(self, key: CallKey, legs: tuple[LegId, ...]) -> FoundCall:
        """Return what is known of a call and of some legs of it; what is not committed yet is not seen."""
        sql = f"SELECT {', '.join(book_schema.LEG_COLUMNS)} FROM leg WHERE call_key = ?"
        held = self.driver.query(sql, (key,))
        sql = f"SELECT leg_id FROM seen WHERE leg_id IN ({', '.join('?' * len(legs))})"
        seen = self.driver.query(sql, legs) if legs else []  # PostgreSQL knows no empty list
        sql = f"SELECT {', '.join(book_schema.PARKED_COLUMNS)} FROM parked WHERE call_key = ? AND cause = ?"
        parked = self.driver.query(sql, (key, ParkCause.NO_START.value))
        return FoundCall(
            legs=tuple(map(book_rows.leg_of, held)),
            sealed=tuple(LegId(bytes(row[0])) for row in seen),
            parked=tuple(map(book_rows.parked_of, parked)),
        )

    def which_parked(self, ids: list[bytes]) -> set[bytes]:
        """Return which of these records are parked."""
        found: set[bytes] = set()
        for some in _slices(ids):
            marks = ", ".join("?" * len(some))
            found |= {
                bytes(row[0])
                for row in self.driver.query(f"SELECT park_id FROM parked WHERE park_id IN ({marks})", some)
            }
        return found

    def known_transfers(self, ids: list[str]) -> set[str]:
        """Return which of these transfers are posted."""
        found: set[str] = set()
        for some in _slices(ids):
            marks = ", ".join("?" * len(some))
            rows = self.driver.query(f"SELECT transfer_id FROM transfer WHERE transfer_id IN ({marks})", some)
            found |= {row[0] for row in rows}
        return found

    def sums(self) -> dict[tuple[PartnerId, Side, Currency], int]:
        """Add up what balances must say was posted: transfers, and the charges of ended legs that are not sealed."""
        found: Counter[tuple[PartnerId, Side, Currency]] = Counter()
        for partner, side, currency, units in self.driver.query(
            "SELECT partner, side, currency, sum(charge) FROM leg WHERE state <> 'open' GROUP BY 1, 2, 3"
        ):
            found[PartnerId(partner), Side(side), Currency(currency)] += int(units)
        for debit, credit, currency, units in self.driver.query(
            "SELECT debit, credit, currency, sum(amount) FROM transfer GROUP BY 1, 2, 3"
        ):
            for name, its_side, amount in partner_effects(debit, credit, int(units)):
                found[name, its_side, Currency(currency)] += amount
        return dict(found)

    def commit(self, writes: Writes) -> None:
        """Write a batch in one transaction. Any failure means that memory and disk differ: the caller must end."""
        if writes.empty:
            return
        self.driver.begin(durable=writes.durable)
        self.check_epoch()
        self.put(writes)
        self.driver.commit()

    def put(self, writes: Writes) -> None:
        """Write a batch within the caller's transaction."""
        self._write_legs(writes)
        self._write_holds(writes)
        if writes.balances:
            self._put_balances(writes.balances)
        if writes.left or writes.whereabouts:
            whereabouts_rows.write(self.driver, writes.left, writes.whereabouts)
        if writes.transfers:
            self.put_transfers(writes.transfers)
        self._write_boxes(writes)
        limit_rows.write(self.driver, writes.limit_use)
        loss_rows.write(self.driver, writes.losses, writes.loss_sums)
        for switch, at_ms in writes.anew.items():
            self.raise_word(f"{book_schema.ANEW}{switch}", at_ms)
        self._write_notices(writes)

    def check_epoch(self) -> None:
        """Make sure, until the transaction is over, that no later incarnation has taken the book over."""
        epoch = self.driver.query("SELECT value FROM book WHERE name = 'epoch'" + self.driver.fence)[0][0]
        if epoch != self.epoch:
            self.driver.rollback()
            raise BrokenWorldError(f"book {self.number} is at epoch {epoch}, this process at {self.epoch}")

    def raise_word(self, name: str, value: int) -> None:
        """Raise one of the book's own numbers, which never goes back."""
        highest = "CASE WHEN excluded.value > book.value THEN excluded.value ELSE book.value END"
        sql = book_schema.insert("book", ["name", "value"], f"ON CONFLICT (name) DO UPDATE SET value = {highest}")
        self.driver.run(sql, (name, value))

    def _word(self, name: str) -> list[Any]:
        return self.driver.query("SELECT value FROM book WHERE name = ?", (name,))

    def next_seqs(self, count: int) -> int:
        """Take `count` sequence numbers and return the one before the first."""
        before = self._seq
        self._seq += count
        return before

    def _put_balances(self, balances: dict[tuple[PartnerId, Side, Currency], tuple[int, int, int]]) -> None:
        self.driver.run_many(
            book_schema.insert(
                "balance",
                ["partner", "side", "currency", "posted", "held", "open_calls"],
                "ON CONFLICT (partner, side, currency) DO UPDATE SET posted = excluded.posted, "
                "held = excluded.held, open_calls = excluded.open_calls",
            ),
            [(partner, side.value, currency, *sums) for (partner, side, currency), sums in balances.items()],
        )

    def put_transfers(self, transfers: list[Transfer]) -> None:
        """Post transfers; one that is posted already stays as it is."""
        sql = book_schema.insert("transfer", book_schema.TRANSFER_COLUMNS, "ON CONFLICT (transfer_id) DO NOTHING")
        self.driver.run_many(sql, [book_rows.transfer_row(transfer) for transfer in transfers])

    def _write_legs(self, writes: Writes) -> None:
        if writes.replaced:
            self.driver.run_many("DELETE FROM leg WHERE leg_id = ?", [(leg,) for leg in writes.replaced])
        if writes.legs:
            seq = self.next_seqs(sum(leg.state is LegState.CLOSED for leg, _ in writes.legs.values()))
            rows: list[tuple[Any, ...]] = []
            for leg_id, (leg, mark) in writes.legs.items():
                ended = leg.state is LegState.CLOSED
                seq += ended
                alive = writes.alive.get(leg_id)
                rows.append((*book_rows.leg_row(leg, mark), seq if ended else None, alive.at_ms if alive else None))
            self.driver.run_many(book_schema.insert("leg", [*book_schema.LEG_COLUMNS, "seq", "alive_ms"]), rows)
        if writes.alive.keys() - writes.legs.keys():
            write_alive(self.driver, {of: alive for of, alive in writes.alive.items() if of not in writes.legs})
        if writes.unparked:  # first: a record may take the place of the one that it was
            self.driver.run_many("DELETE FROM parked WHERE park_id = ?", [(park_id,) for park_id in writes.unparked])
        if writes.parked:
            sql = book_schema.insert("parked", book_schema.PARKED_COLUMNS, "ON CONFLICT (park_id) DO NOTHING")
            self.driver.run_many(sql, [book_rows.parked_row(parked) for parked in writes.parked])

    def _write_holds(self, writes: Writes) -> None:
        gone = [(hold_id,) for hold_id, hold in writes.holds.items() if hold is None]
        if gone:
            self.driver.run_many("DELETE FROM hold WHERE hold_id = ?", gone)
        put = [book_rows.hold_row(hold) for hold in writes.holds.values() if hold is not None]
        if put:
            # all columns: one that was released and asked for again in the same batch may be another
            changed = ", ".join(f"{name} = excluded.{name}" for name in book_schema.HOLD_COLUMNS[1:])
            tail = f"ON CONFLICT (hold_id) DO UPDATE SET {changed}"
            self.driver.run_many(book_schema.insert("hold", book_schema.HOLD_COLUMNS, tail), put)

        if writes.lapsed:
            self.driver.run_many("DELETE FROM lapsed WHERE partner = ? AND call_key = ?", list(writes.lapsed))
        aside = [(*key, book_rows.lapsed_text(hold)) for key, hold in writes.lapsed.items() if hold is not None]
        if aside:
            self.driver.run_many(book_schema.insert("lapsed", ["partner", "call_key", "hold"]), aside)

    def _lapsed(self) -> tuple[Hold, ...]:
        rows = self.driver.query("SELECT partner, call_key, hold FROM lapsed")
        read = [(row[:2], book_rows.lapsed_of(row[2])) for row in rows]
        unread = [key for key, hold in read if hold is None]
        if unread:  # they will not come to be readable, and nothing else would ever take them away
            self.driver.begin(durable=False)
            self.driver.run_many("DELETE FROM lapsed WHERE partner = ? AND call_key = ?", unread)
            self.driver.commit()
        return tuple(hold for _, hold in read if hold is not None)

    def _write_boxes(self, writes: Writes) -> None:
        if writes.outbox:
            self.driver.run_many(book_schema.insert("outbox", ["number", "to_book", "posting"]), writes.outbox)
        if writes.sent:
            self.driver.run_many("DELETE FROM outbox WHERE number = ?", [(number,) for number in writes.sent])
            # numbers are never given twice: the other book takes what is above the last one that it saw
            self.raise_word("outbox", max(writes.sent))
        if writes.inbox:
            tail = "ON CONFLICT (from_book) DO UPDATE SET number = excluded.number"
            self.driver.run_many(book_schema.insert("inbox", ["from_book", "number"], tail), list(writes.inbox.items()))

    def _write_notices(self, writes: Writes) -> None:
        if writes.standings:
            book_notices.put_standings(self.driver, writes.standings)
        if writes.notices:
            book_notices.put_notices(self.driver, writes.notices)
        if writes.told:
            book_notices.drop_notices(self.driver, writes.told)
            self.raise_word("notice", writes.told)  # as in the outbox: numbers are never given twice

    def close(self) -> None:
        """Close the connection and free the lock."""
        self.driver.close()


def _make_tables(driver: Driver) -> None:
    """Make all tables in one transaction: a reader, or who opens the book after a crash, finds all of them or none."""
    driver.begin(durable=True)
    for statement in book_schema.tables(bytes_type=driver.bytes_type, int_type=driver.int_type):
        driver.run(statement)
    word = book_schema.insert("book", ["name", "value"], "ON CONFLICT (name) DO NOTHING")
    driver.run(word, ("schema", book_schema.SCHEMA_VERSION))
    driver.commit()


def _upgrade(driver: Driver, known: int) -> None:
    """Bring a book of an older version to ours, in one transaction."""
    driver.begin(durable=True)
    # first: of two who begin at once the second waits here, and finds that it is done
    raised = "UPDATE book SET value = ? WHERE name = 'schema' AND value = ?"
    if not driver.run(raised, (book_schema.SCHEMA_VERSION, known)):
        driver.rollback()
        return
    for statement in book_schema.upgrade(known, bytes_type=driver.bytes_type, int_type=driver.int_type):
        driver.run(statement)
    driver.commit()


def _slices(ids: list[Any]) -> list[list[Any]]:
    return [ids[at : at + ASK] for at in range(0, len(ids), ASK)]
