"""The bulk lane of a book: blocks of legs from tasks, and sealing into segments. Each is one transaction."""

import json
from dataclasses import dataclass
from pathlib import Path

from domain.calls import Side
from domain.errors import BrokenWorldError, InputError
from domain.ids import CallKey, PartnerId
from domain.ledger import Occasion, Transfer, charge_transfer
from domain.money import Currency, Money
from store.book import Book
from store.book_rows import DAY_MS, Row
from store.book_schema import LEG_COLUMNS, PARKED_COLUMNS, SEGMENT_COLUMNS, insert
from store.limit_rows import Grouping, StagedUse, staged_uses

Sums = dict[tuple[PartnerId, Side, Currency], tuple[int, int]]
"""(partner, side, currency) -> (charge, base charge), units."""

_LEGS = ", ".join(LEG_COLUMNS)
_STAGED = ", ".join(f"s.{name}" for name in LEG_COLUMNS)
_NEW = """FROM stage_leg s WHERE NOT EXISTS (SELECT 1 FROM leg l WHERE l.leg_id = s.leg_id AND l.seq IS NOT NULL)
  AND NOT EXISTS (SELECT 1 FROM seen e WHERE e.leg_id = s.leg_id)"""
_FRESH = "FROM stage_leg s WHERE s.leg_id IN (SELECT leg_id FROM fresh)"
_DIFFERENT = """FROM stage_leg s LEFT JOIN leg l ON l.leg_id = s.leg_id LEFT JOIN seen e ON e.leg_id = s.leg_id
  WHERE coalesce(l.fingerprint, e.fingerprint) <> s.fingerprint AND (l.leg_id IS NULL OR l.seq IS NOT NULL)"""
_OURS = "FROM leg WHERE seq IS NULL AND state = 'partial' AND leg_id IN (SELECT leg_id FROM fresh)"
"""Legs that we closed, and whose real end is in the block."""

WAITED_AT_ONCE = 2_000
"""Legs that stop to wait for their end in one transaction."""
FORGOTTEN_AT_ONCE = 5_000
"""Ids of sealed legs that one transaction forgets; live calls wait for it."""
_HOLDS_LAST_MS = 2 * DAY_MS
"""No hold lives as long: calls are capped at a day, and the grace is an hour at most."""


@dataclass(frozen=True, slots=True)
class BlockTaken:
    """What became of a block: counts, what it charged, the calls of client legs that ended and may have holds, and
    those of its new legs that may lose money by an allowance."""

    accepted: int
    duplicate: int
    differing: int
    parked: int
    sums: Sums
    ended: tuple[tuple[PartnerId, Currency, CallKey], ...]
    uses: tuple[StagedUse, ...] = ()
    losing: tuple[CallKey, ...] = ()


@dataclass(frozen=True, slots=True)
class SegmentDraft:
    """A segment file as a task wrote it: one UTC day of one book's ended legs up to `last_seq`."""

    segment: str
    file: str
    day: int
    first_seq: int
    last_seq: int
    legs: int
    sha256: str
    sums: Sums

    def sums_text(self) -> str:
        """Return the sums as JSON, for the segment's row."""
        return json.dumps([[*key, *value] for key, value in sorted(self.sums.items())])


def take_block(book: Book, stage: Path, at_ms: int, grouping: Grouping | None = None) -> BlockTaken:
    """Take a staging file into the book, leaving out what it knows. The caller adds the sums to its balances.

    The transaction stays open for the caller's balances: finish with `finish_block`. Raises InputError, with nothing
    begun, where the file is not there.
    """
    if not stage.is_file():
        raise InputError("the staging file is not there", where=f"{stage}", mend="Import its CDR file again.")
    driver = book.driver
    driver.attach(stage)
    driver.begin(durable=True)
    book.check_epoch()
    driver.load_stage(stage)
    total = driver.query("SELECT count(*) FROM stage_leg")[0][0]
    differing = _park_different(book, at_ms)
    driver.run("CREATE TEMP TABLE fresh AS SELECT s.leg_id " + _NEW)
    accepted = driver.query("SELECT count(*) FROM fresh")[0][0]
    sums = _charges(book)
    ended = driver.query(
        f"SELECT DISTINCT s.partner, s.currency, s.call_key {_FRESH} AND s.side = 'client' AND s.setup_ms > ?",
        (at_ms - _HOLDS_LAST_MS,),
    )
    uses = _uses(book, grouping) if grouping else ()
    losing = driver.query(f"SELECT DISTINCT s.call_key {_FRESH} AND s.call_key IN (SELECT call_key FROM loss_call)")
    _insert_fresh(book, accepted, at_ms)
    names = ", ".join(PARKED_COLUMNS)
    parked = driver.run(
        f"INSERT INTO parked ({names}) SELECT {names} FROM stage_parked WHERE true ON CONFLICT (park_id) DO NOTHING"
    )
    return BlockTaken(
        accepted=accepted,
        duplicate=total - accepted - differing,
        differing=differing,
        parked=parked,
        sums=sums,
        ended=tuple((PartnerId(name), Currency(currency), CallKey(bytes(key))) for name, currency, key in ended),
        uses=uses,
        losing=tuple(CallKey(bytes(key)) for (key,) in losing),
    )


def _charges(book: Book) -> Sums:
    """Return what the new legs are charged, less what those of ours were whose place they take."""
    query = book.driver.query
    sums = _sums(
        query(f"SELECT s.partner, s.side, s.currency, sum(s.charge), sum(s.base_charge) {_FRESH} GROUP BY 1, 2, 3")
    )
    ours = query(f"SELECT partner, side, currency, sum(charge), sum(base_charge) {_OURS} GROUP BY 1, 2, 3")
    for key, (charge, base) in _sums(ours).items():
        known, known_base = sums.get(key, (0, 0))
        sums[key] = (known - charge, known_base - base)
    return sums


def _uses(book: Book, grouping: Grouping) -> tuple[StagedUse, ...]:
    ours = _OURS.replace("FROM leg", "FROM leg s")
    return (*staged_uses(book.driver, grouping, _FRESH), *staged_uses(book.driver, grouping, ours, -1))


def finish_block(book: Book) -> None:
    """Commit what take_block and the caller wrote, and forget the staging file."""
    book.driver.commit()
    book.driver.drop_stage()


def _insert_fresh(book: Book, count: int, at_ms: int) -> None:
    """Put the rows that are new into the legs; one that ends an open leg replaces it, so the open one goes first."""
    revised = book.driver.query(
        "SELECT CASE WHEN state = 'partial' THEN revision + 1 ELSE revision END, leg_id FROM leg "
        "WHERE seq IS NULL AND (state = 'partial' OR revision > 0) AND leg_id IN (SELECT leg_id FROM fresh)"
    )
    book.driver.run("DELETE FROM leg WHERE seq IS NULL AND leg_id IN (SELECT leg_id FROM fresh)")
    book.driver.run(
        f"INSERT INTO leg ({_LEGS}, seq) "
        f"SELECT {_STAGED}, ? + row_number() OVER (ORDER BY s.setup_ms, s.leg_id) {_FRESH}",
        (book.next_seqs(count),),
    )
    if revised:
        rows = [(revision, at_ms, leg_id) for revision, leg_id in revised]
        book.driver.run_many("UPDATE leg SET revision = ?, alive_ms = ? WHERE leg_id = ?", rows)
    book.driver.run("DROP TABLE fresh")


def stop_waiting(book: Book, before_ms: int, most: int = WAITED_AT_ONCE) -> int:
    """Give legs that we closed before a moment their place among the ended ones: they wait for no real end any more.

    One transaction; returns how many, `most` where there may be more.
    """
    waited = "SELECT leg_id FROM leg WHERE state = 'partial' AND seq IS NULL AND alive_ms <= ?"
    found = book.driver.query(f"{waited} ORDER BY alive_ms, leg_id LIMIT ?", (before_ms, most))
    if not found:
        return 0
    book.driver.begin(durable=True)
    book.check_epoch()
    first = book.next_seqs(len(found)) + 1
    rows = [(seq, leg_id) for seq, (leg_id,) in enumerate(found, first)]
    book.driver.run_many("UPDATE leg SET seq = ? WHERE leg_id = ?", rows)
    book.driver.commit()
    return len(found)


def _park_different(book: Book, at_ms: int) -> int:
    """Park rows whose leg is known with another end, as one report by another road would be."""
    rows = book.driver.query(
        f"SELECT s.leg_id, s.call_key, s.fingerprint, s.side, s.partner, s.duration_ms {_DIFFERENT}"
    )
    parked: list[Row] = []
    for leg_id, call_key, mark, side, partner, duration_ms in rows:
        said = json.dumps({"side": side, "partner": partner, "duration_ms": duration_ms, "fingerprint": mark})
        park_id = bytes(leg_id)[:8] + int(mark).to_bytes(8, "big")
        detail = "a file says otherwise than the first report of this leg"
        parked.append((park_id, call_key, leg_id, "differs-from-first-report", detail, said.encode(), at_ms))
    if parked:
        book.driver.run_many(insert("parked", PARKED_COLUMNS, "ON CONFLICT (park_id) DO NOTHING"), parked)
    return len(parked)


def seal(book: Book, drafts: list[SegmentDraft], now_ms: int, seen_from_day: int = 0) -> list[Transfer]:
    """Replace ended legs by their segments: segment rows, transfers, ids kept as seen, legs gone; one transaction.

    Ids of days before `seen_from_day` are forgotten at once: reports of them go through the late queue. A draft that is
    sealed already is passed over. Raises BrokenWorldError where a file and the legs disagree.
    """
    known = {row[0] for row in book.driver.query("SELECT segment FROM segment")}
    todo = [draft for draft in drafts if draft.segment not in known]
    if not todo:
        return []
    book.driver.begin(durable=True)
    book.check_epoch()
    transfers: list[Transfer] = []
    for draft in todo:
        _check(book, draft)
        where = "WHERE seq BETWEEN ? AND ? AND day = ?"
        span = (draft.first_seq, draft.last_seq, draft.day)
        if draft.day >= seen_from_day:
            book.driver.run(
                f"INSERT INTO seen (leg_id, fingerprint, day) SELECT leg_id, fingerprint, day FROM leg {where}", span
            )
        book.driver.run(f"DELETE FROM leg {where}", span)
        row = (draft.segment, draft.file, *span_row(draft), draft.legs, draft.sha256, now_ms, draft.sums_text())
        book.driver.run(insert("segment", SEGMENT_COLUMNS), row)
        transfers += _transfers(draft, now_ms)
    book.put_transfers(transfers)
    forgets = any(draft.day < seen_from_day for draft in todo)
    if forgets:
        book.raise_word("forgotten_day", seen_from_day)
    book.driver.commit()
    book.sealed_days |= {draft.day for draft in todo}
    if forgets:
        book.forgotten_day = max(book.forgotten_day, seen_from_day)
    return transfers


def span_row(draft: SegmentDraft) -> tuple[int, int, int]:
    """Return (day, first_seq, last_seq) as the segment table has them."""
    return draft.day, draft.first_seq, draft.last_seq


def forget_seen(book: Book, before_day: int, most: int = FORGOTTEN_AT_ONCE) -> int:
    """Forget ids of sealed legs older than a day, the oldest first; later reports of them go through the late queue.

    One transaction; returns how many ids it forgot, `most` where there may be more. The book remembers the day, so that
    no report is taken for new because a clock was set back.
    """
    book.driver.begin(durable=False)
    book.check_epoch()
    oldest = "SELECT leg_id FROM seen WHERE day < ? ORDER BY day LIMIT ?"
    gone = book.driver.run(f"DELETE FROM seen WHERE leg_id IN ({oldest})", (before_day, most))
    if gone:
        book.raise_word("forgotten_day", before_day)
    book.driver.commit()
    if gone:
        book.forgotten_day = max(book.forgotten_day, before_day)
    return gone


def _check(book: Book, draft: SegmentDraft) -> None:
    rows = book.driver.query(
        "SELECT partner, side, currency, sum(charge), sum(base_charge), count(*) FROM leg "
        "WHERE seq BETWEEN ? AND ? AND day = ? GROUP BY 1, 2, 3",
        (draft.first_seq, draft.last_seq, draft.day),
    )
    if _sums([row[:5] for row in rows]) != draft.sums or sum(row[5] for row in rows) != draft.legs:
        book.driver.rollback()
        raise BrokenWorldError(f"segment {draft.segment} and the legs of book {book.number} disagree")


def _transfers(draft: SegmentDraft, now_ms: int) -> list[Transfer]:
    occasion = Occasion(draft.day * DAY_MS, now_ms, draft.segment, f"{draft.legs} legs")
    return [
        charge_transfer(side, partner, Money(charge, currency), base, occasion)
        for (partner, side, currency), (charge, base) in sorted(draft.sums.items())
        if charge or base
    ]


def _sums(rows: list[Row]) -> Sums:
    return {(PartnerId(r[0]), Side(r[1]), Currency(r[2])): (int(r[3] or 0), int(r[4] or 0)) for r in rows}
