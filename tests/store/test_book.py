"""A book's transactions: sealed, fenced, taken in blocks, and durable before they are answered."""

import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from domain.booking import fingerprint
from domain.calls import LegState, Parked, Side
from domain.causes import ParkCause
from domain.errors import BrokenWorldError, InputError
from domain.holds import Hold, HoldMode
from domain.ids import DestinationId, PartnerId, SwitchId, TrunkId, hold_id
from domain.ledger import trial_balance
from domain.money import Currency
from domain.placement import Placement
from store import book_bulk, book_schema
from store.book import Book, Writes
from store.book_bulk import BlockTaken, forget_seen, seal, take_block
from store.book_rows import DAY_MS, lapsed_text, leg_of
from store.book_schema import LEG_COLUMNS
from tests.actors.builders import assert_true, disk, money, one, open_shard, outcomes
from tests.domain.builders import NOON, terms
from tests.domain.call_builders import KESTREL, ORBITA, a_leg, ask, key_of, start, stop
from tests.store.books import calls, draft, holding, opened, staged

ROOT = Path(__file__).parents[2]


@pytest.fixture
def book(book_url: str, tmp_path: Path) -> Iterator[Book]:
    book = opened(book_url, tmp_path)
    yield book
    book.close()


def contents(book: Book) -> list[object]:
    tables = ("leg", "balance", "transfer", "segment", "seen", "parked")
    return [sorted(book.driver.query(f"SELECT * FROM {table}"), key=repr) for table in tables]


def taken(book: Book, stage: Path) -> BlockTaken:
    result = take_block(book, stage, NOON)
    book_bulk.finish_block(book)
    return result


def test_a_leg_comes_back_as_it_went_in(book: Book) -> None:
    legs = [*calls("c1", alert_ms=None), *calls("c2", side=Side.VENDOR, connect_ms=None, duration_ms=0)]
    holding(book, *legs)
    rows = book.driver.query(f"SELECT {', '.join(LEG_COLUMNS)} FROM leg ORDER BY seq")
    assert [leg_of(row) for row in rows] == legs


def test_ended_legs_are_numbered_upwards_across_restarts_and_seals(book_url: str, tmp_path: Path) -> None:
    book = holding(opened(book_url, tmp_path), *calls("c1", "c2"), *calls("c3", state=LegState.OPEN))
    seal(book, [draft(book)], NOON)
    book.close()
    book = holding(opened(book_url, tmp_path), *calls("c4"))
    assert book.driver.query("SELECT seq FROM leg WHERE state <> 'open'") == [(3,)]
    book.close()


# ---- the epoch


def test_a_second_opener_ends_the_first_ones_writing(postgres_url: str, tmp_path: Path) -> None:
    first = opened(postgres_url, tmp_path)
    second = opened(postgres_url, tmp_path)
    before = contents(second)
    leg = a_leg()
    with pytest.raises(BrokenWorldError, match="epoch 2, this process at 1"):
        holding(first, leg)
    with pytest.raises(BrokenWorldError):
        take_block(first, staged(tmp_path / "stage.db", [leg]), NOON)
    with pytest.raises(BrokenWorldError):
        forget_seen(first, 0)
    assert contents(second) == before
    holding(second, leg)
    first.close()
    second.close()


def test_a_successor_waits_for_the_transaction_that_is_being_written(postgres_url: str, tmp_path: Path) -> None:
    first = opened(postgres_url, tmp_path)
    first.driver.begin(durable=True)
    first.check_epoch()
    first.put(Writes(legs={a_leg().leg_id: (a_leg(), 1)}))
    second = Book.open(postgres_url, tmp_path, 0)
    second.driver.run("SET lock_timeout TO '100ms'")
    with pytest.raises(Exception, match="lock timeout"):
        second.load()
    second.driver.rollback()
    first.driver.commit()
    assert second.load().epoch == 2
    assert len(second.known([a_leg().leg_id])) == 1
    first.close()
    second.close()


def test_a_file_is_refused_to_a_second_process(tmp_path: Path) -> None:
    book = opened("", tmp_path)
    said = child(f"from store.book import Book; Book.open('', Path({str(tmp_path)!r}), 0)")
    assert said.returncode == 1
    assert "is being written by another process" in said.stderr
    book.close()
    assert child(f"from store.book import Book; Book.open('', Path({str(tmp_path)!r}), 0)").returncode == 0


def test_another_schema_is_refused_and_left_as_it_is(book_url: str, tmp_path: Path) -> None:
    book = opened(book_url, tmp_path)
    book.driver.run("UPDATE book SET value = 99 WHERE name = 'schema'")
    book.driver.run("DROP TABLE segment")
    book.close()
    with pytest.raises(BrokenWorldError, match=f"book 0 has schema 99, we know {book_schema.SCHEMA_VERSION}"):
        Book.open(book_url, tmp_path, 0)


def test_a_book_of_the_first_schema_is_brought_to_ours_and_keeps_its_legs(book_url: str, tmp_path: Path) -> None:
    book = opened(book_url, tmp_path)
    holding(book, *calls("c1"))
    added = (
        ("leg", "service unit volume billed_volume routing_number alive_ms end_user"),
        ("hold", "granted_kb call_id session_id interim_s trunk_out end_user"),
    )
    for table, names in added:
        for name in names.split():
            book.driver.run(f"ALTER TABLE {table} DROP COLUMN {name}")
    book.driver.run("DROP TABLE lapsed")
    book.driver.run("UPDATE book SET value = 1 WHERE name = 'schema'")
    book.close()
    again = opened(book_url, tmp_path)
    assert again.driver.query("SELECT service, unit, volume, billed_volume FROM leg") == [("voice", "second", 0, 0)]
    assert again.driver.query("SELECT value FROM book WHERE name = 'schema'") == [(book_schema.SCHEMA_VERSION,)]
    holding(again, *calls("c2"))
    assert again.load().lapsed == ()
    again.close()


def test_a_book_that_knew_a_lapsed_call_once_knows_it_for_each_of_its_clients(book_url: str, tmp_path: Path) -> None:
    book = opened(book_url, tmp_path)
    of_bytes = "BYTEA" if book_url else "BLOB"
    book.driver.run("DROP TABLE lapsed")
    book.driver.run(f"CREATE TABLE lapsed (call_key {of_bytes} NOT NULL PRIMARY KEY, hold TEXT NOT NULL)")
    kestrels, orbitas = kept = [lapsed_hold(KESTREL), lapsed_hold(ORBITA)]
    book.driver.run_many(
        "INSERT INTO lapsed (call_key, hold) VALUES (?, ?)", [(kestrels.call_key, lapsed_text(kestrels))]
    )
    book.driver.run("UPDATE book SET value = 4 WHERE name = 'schema'")
    book.close()
    again = opened(book_url, tmp_path)
    assert again.load().lapsed == (kestrels,), "its call may show itself again after the upgrade"
    again.put(Writes(lapsed={(orbitas.partner, orbitas.call_key): orbitas}))
    assert set(again.load().lapsed) == set(kept)
    again.put(Writes(lapsed={(kestrels.partner, kestrels.call_key): None}))
    assert again.load().lapsed == (orbitas,)
    assert again.driver.query("SELECT value FROM book WHERE name = 'schema'") == [(book_schema.SCHEMA_VERSION,)]
    again.close()


def lapsed_hold(partner: PartnerId) -> Hold:
    call = key_of("c1")
    return Hold(
        hold_id(call, partner, 1), call, partner, TrunkId("in"), SwitchId("sw"), Currency("USD"), 0, 60,
        HoldMode.WHOLE, NOON, NOON + 1, True, "12025550100", "447911123456", DestinationId(44), terms("0.60"),
    )  # fmt: skip


# ---- sealing


def test_sealing_turns_legs_into_a_segment_and_transfers_that_add_up(book: Book) -> None:
    euro = calls("c3", currency=Currency("EUR"), charge=1000, base_charge=1163)
    holding(book, *calls("c1", "c2"), *euro, *calls("c1", side=Side.VENDOR), *calls("c9", state=LegState.OPEN))
    before = book.sums()
    transfers = seal(book, [draft(book)], NOON)
    assert book.sums() == before
    assert {(t.debit, t.credit, t.currency, t.amount, t.base_amount) for t in transfers} == {
        ("receivable:orbita", "revenue", "USD", 5_880_000, 5_880_000),
        ("receivable:orbita", "revenue", "EUR", 1000, 1163),
        ("cost", "payable:kestrel", "USD", 2_940_000, 2_940_000),
    }
    accounts = trial_balance(transfers)
    assert sum(its.base_balance for its in accounts) == 0
    assert {c: sum(its.balance for its in accounts if its.currency == c) for c in ("USD", "EUR")} == {
        "USD": 0,
        "EUR": 0,
    }
    assert book.driver.query("SELECT state FROM leg") == [("open",)]
    assert book.driver.query("SELECT count(*) FROM seen") == [(4,)]
    assert book.driver.query("SELECT segment, legs FROM segment") == [("s1", 4)]


def test_sealing_a_draft_twice_seals_it_once(book: Book) -> None:
    holding(book, *calls("c1", "c2"))
    one_draft = draft(book)
    assert len(seal(book, [one_draft, one_draft][:1], NOON)) == 1
    after = contents(book)
    assert seal(book, [one_draft], NOON + 1) == []
    assert contents(book) == after


@pytest.mark.parametrize("wrong", [{"legs": 3}, {"sums": {}}, {"last_seq": 1}])
def test_a_draft_that_disagrees_with_the_legs_changes_nothing(book: Book, wrong: dict[str, object]) -> None:
    holding(book, *calls("c1", "c2"))
    before = contents(book)
    with pytest.raises(BrokenWorldError, match="segment s1 and the legs of book 0 disagree"):
        seal(book, [replace(draft(book), **wrong)], NOON)  # type: ignore[arg-type]  # a test names fields by hand
    assert contents(book) == before


def test_a_good_draft_is_not_sealed_when_another_of_its_batch_disagrees(book: Book) -> None:
    holding(book, *calls("c1"))
    before = contents(book)
    with pytest.raises(BrokenWorldError):
        seal(book, [draft(book, "good"), draft(book, "bad", first_seq=7, last_seq=9)], NOON)
    assert contents(book) == before


def test_sealed_legs_are_known_until_they_are_forgotten(book: Book) -> None:
    (leg,) = calls("c1")
    holding(book, leg)
    seal(book, [draft(book)], NOON)
    assert book.known([leg.leg_id])[leg.leg_id].fingerprint == fingerprint(leg)
    assert forget_seen(book, leg.day_ms // DAY_MS) == 0
    assert forget_seen(book, leg.day_ms // DAY_MS + 1) == 1
    assert book.known([leg.leg_id]) == {}


def test_more_legs_than_one_question_takes_are_known(book: Book) -> None:
    legs = calls(*map(str, range(1201)))
    holding(book, *legs)
    assert len(book.known([leg.leg_id for leg in legs])) == 1201


def test_reports_of_sealed_legs_are_duplicates_or_parked_and_balances_stay(book_url: str, tmp_path: Path) -> None:
    shard = open_shard(book_url, tmp_path)
    outcomes(shard, stop("c1"), stop("c1", Side.VENDOR))
    before = money(shard), shard.book.driver.query("SELECT * FROM balance ORDER BY partner")
    assert shard.seal([draft(shard.book)], NOON) == 2
    assert outcomes(shard, stop("c1"), start("c1"), stop("c1", seconds=61)) == ["duplicate", "duplicate", "parked"]
    assert (money(shard), shard.book.driver.query("SELECT * FROM balance ORDER BY partner")) == before
    assert_true(shard)
    shard.book.close()


# ---- blocks


def test_a_block_is_taken_once(book: Book, tmp_path: Path) -> None:
    legs = [*calls("c1", "c2"), *calls("c1", side=Side.VENDOR)]
    parked = Parked(b"p" * 16, key_of("c3"), a_leg("c3").leg_id, ParkCause.NO_RATE, "", b"{}", NOON)
    stage = staged(tmp_path / "stage.db", legs, [parked])
    first = taken(book, stage)
    assert (first.accepted, first.duplicate, first.differing, first.parked) == (3, 0, 0, 1)
    assert {key: units for key, (units, _) in first.sums.items()} == book.sums()
    after = contents(book)
    again = taken(book, stage)
    assert (again.accepted, again.duplicate, again.differing, again.parked) == (0, 3, 0, 0)
    assert again.sums == {}
    assert contents(book) == after


def test_a_block_row_equal_to_a_live_or_sealed_leg_is_a_duplicate_and_another_is_parked(
    book: Book, tmp_path: Path
) -> None:
    holding(book, *calls("sealed1", "sealed2"))
    seal(book, [draft(book)], NOON)
    holding(book, *calls("live1", "live2"))
    longer = calls("live2", "sealed2", duration_ms=61_000)
    result = taken(book, staged(tmp_path / "stage.db", [*calls("live1", "sealed1", "new"), *longer]))
    assert (result.accepted, result.duplicate, result.differing) == (1, 2, 2)
    assert book.driver.query("SELECT DISTINCT cause FROM parked") == [("differs-from-first-report",)]
    assert {bytes(row[0]) for row in book.driver.query("SELECT leg_id FROM parked")} == {leg.leg_id for leg in longer}


def test_a_block_row_ends_an_open_leg_and_frees_its_clients_hold(book_url: str, tmp_path: Path) -> None:
    shard = open_shard(book_url, tmp_path)
    one(shard, ask("c1"))
    one(shard, ask("c2"))
    outcomes(shard, start("c1"), start("c1", Side.VENDOR), start("c2"))
    stage = staged(tmp_path / "stage.db", [*calls("c1"), *calls("c1", side=Side.VENDOR)])
    result = shard.take_block(stage, NOON)
    assert (result.accepted, result.duplicate) == (2, 0)
    assert [hold.call_key for hold in shard.partners[ORBITA].holds.values()] == [key_of("c2")]
    assert money(shard)[0] == a_leg().charge
    assert shard.book.driver.query("SELECT count(*) FROM leg WHERE state = 'open'") == [(1,)]
    assert_true(shard)
    before = disk(shard)
    assert shard.take_block(stage, NOON).accepted == 0
    assert disk(shard) == before
    shard.book.close()


def test_a_block_gives_the_same_book_as_reports_one_by_one(book_url: str, tmp_path: Path) -> None:
    legs = [*calls("c1", "c2", "c3"), *calls("c1", side=Side.VENDOR), *calls("c4", connect_ms=None, duration_ms=0)]
    by_block = open_shard(book_url, tmp_path, book=0)
    elsewhere = Placement(books=2, pins={ORBITA: 1, KESTREL: 1})
    by_report = open_shard(book_url, tmp_path, book=1, placement=elsewhere)
    by_block.take_block(staged(tmp_path / "stage.db", legs), NOON)
    reports = [stop("c1"), stop("c2"), stop("c3"), stop("c1", Side.VENDOR)]
    last = calls("c4", connect_ms=None, duration_ms=0)[0]
    by_report.turn([*reports, replace(reports[0], leg=last, fingerprint=fingerprint(last))])
    columns = ", ".join(LEG_COLUMNS)
    rows = [its.book.driver.query(f"SELECT {columns} FROM leg ORDER BY leg_id") for its in (by_block, by_report)]
    assert rows[0] == rows[1]
    assert disk(by_block) == disk(by_report)
    for its in (by_block, by_report):
        its.book.close()


def test_a_block_whose_file_is_gone_is_refused_and_the_book_goes_on(book: Book, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not there"):
        take_block(book, tmp_path / "gone.db", NOON)
    assert taken(book, staged(tmp_path / "stage.db", calls("c1"))).accepted == 1


# ---- durability


WRITER = """
from tests.actors.builders import open_shard
from tests.domain.call_builders import ask, paid, start, stop
shard = open_shard("", Path({folder!r}))
for n in range(100000):
    call, kept = f"c{{n}}", f"h{{n}}"
    shard.turn([ask(call, max_s=60), start(call), ask(kept, max_s=1), paid("0.01", ref=call), stop(call)])
    print(n, flush=True)
"""


def test_what_was_answered_survives_the_killing_of_its_process(tmp_path: Path) -> None:
    dice = Random(7)
    for life in range(4):
        folder = tmp_path / str(life)
        process = subprocess.Popen(
            [sys.executable, "-c", "from pathlib import Path\n" + WRITER.format(folder=str(folder))],
            stdout=subprocess.PIPE,
            cwd=ROOT,
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(dice.random() * 0.3)
        process.send_signal(signal.SIGKILL)
        answered = 1 + len(process.stdout.read().splitlines())
        process.wait()
        shard = open_shard("", folder)
        assert_true(shard)
        kept = shard.book.driver.query("SELECT count(*) FROM leg WHERE seq > 0")[0][0]
        assert answered <= kept <= answered + 1
        assert len(shard.partners[ORBITA].holds) == kept
        assert shard.book.driver.query("SELECT count(*) FROM transfer") == [(kept,)]
        shard.book.close()


def test_charges_wait_for_the_disk_and_holds_need_not(tmp_path: Path) -> None:
    shard = open_shard("", tmp_path)
    db = shard.book.driver

    def level() -> int:
        return int(db.query("PRAGMA synchronous")[0][0])

    one(shard, ask())
    assert level() == 1
    outcomes(shard, stop())
    assert level() == 2
    assert db.query("PRAGMA journal_mode") == [("wal",)]
    shard.book.close()
    assert sqlite3.connect(tmp_path / "book-0.db").execute("PRAGMA integrity_check").fetchone() == ("ok",)


def child(code: str) -> "subprocess.CompletedProcess[str]":
    program = "from pathlib import Path\n" + code
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=False)
