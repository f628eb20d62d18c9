"""Partners move from book to book while calls go on: whatever is cut or killed on the way, the money adds up.

Any interleaving of questions, reports, payments, moves, deliveries, lost answers and restarts, over three books.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calls import Side
from domain.commands import Command, Elsewhere, Entity, Expire, Granted, MovePartner, PlaceHold, ReleaseHold, Reply
from domain.credit import OnLimit, PartnerOptions, Standing
from domain.grants import cost_of
from domain.ids import PartnerId
from domain.limits import Limit, LimitId, Period
from domain.placement import Placement
from store.parcel_json import parcel_of, parcel_text
from tests.actors import test_histories as histories
from tests.actors.builders import assert_true, disk, granted, on_the_way, one, open_shard
from tests.actors.cut_books import CutBooks
from tests.domain.builders import NOON
from tests.domain.call_builders import (
    KESTREL,
    ORBITA,
    TERMS,
    USD,
    ask,
    client,
    directory,
    interim,
    key_of,
    paid,
    start,
    stop,
)
from tests.store.postgres import PostgresServer

THREE = Placement(books=3, shards=3, pins={ORBITA: 0, KESTREL: 1})
MINUTE = cost_of(TERMS, 60)

moves = st.builds(MovePartner, st.sampled_from([ORBITA, KESTREL]), st.integers(0, 2))
mishaps = st.one_of(
    *(
        st.tuples(st.just(what), st.integers(0, 2), st.integers(1, 3))
        for what in ("restart", "deliver", "deliver, and lose the answer", "deliver twice")
    )
)
pins = st.dictionaries(st.sampled_from([ORBITA, KESTREL]), st.integers(0, 2)).map(lambda its: ("pin", its))
lives = st.lists(st.one_of(histories.turns, moves, moves, mishaps, mishaps, pins), max_size=16)


class Movers(histories.Carrier):
    """Books between which partners move; who is asked in the wrong one is looked for, as the refs do."""

    def turn(self, commands: Sequence[Command]) -> None:
        there = [command for command in commands if not self._of_partner(command)]
        if there:
            super().turn(there)
        for command in commands:
            if self._of_partner(command):
                self.ask(command)

    def _of_partner(self, command: Command) -> bool:
        return isinstance(command, PlaceHold | ReleaseHold | MovePartner)

    def ask(self, command: Any) -> Reply | None:
        """Ask where the partner may be; None while it is on its way."""
        book = self.placement.book_of_partner(command.partner)
        for _ in range(7):
            reply = one(self.shards[book], command)
            if not isinstance(reply, Elsewhere):
                if isinstance(command, PlaceHold) and command.call_key in self.over:
                    self.asked_late.add(command.call_key)
                return reply
            book = reply.book
        return None

    def finish(self) -> None:
        while any(shard.outbox for shard in self.shards):
            for book in range(self.placement.books):
                self.deliver(book, 256)

    def homes(self, partner: PartnerId) -> list[int]:
        return [shard.book.number for shard in self.shards if shard.places.here(partner)]

    def posted(self, partner: PartnerId, side: Side) -> int:
        (book,) = self.homes(partner)
        return self.shards[book].partner(partner).posted.get((side, USD), 0)


def live_through(its: Movers, life: Sequence[Any]) -> None:
    for event in life:
        match event:
            case MovePartner():
                its.ask(event)
            case ("pin", dict() as where):
                for shard in its.shards:
                    shard.places.pins = where
            case (str(), int(), int()):
                its.suffer(*event)
            case _:
                its.turn(event)
        assert_true(*its.shards)
        for partner in (ORBITA, KESTREL):
            travelling = [
                parcel
                for shard in its.shards
                for parcel in on_the_way(shard, its.shards)
                if isinstance(parcel, Entity) and parcel.partner == partner
            ]
            assert len(its.homes(partner)) + len(travelling) == 1, "it is in one book, or on its way"
    its.turn([stop(call) for call in histories.CALLS])
    its.finish()
    assert_true(*its.shards)
    its.turn([Expire(NOON + 6_000_000)])
    (book,) = its.homes(ORBITA)
    orbita = its.shards[book].partner(ORBITA)
    assert (orbita.held.total(), orbita.holds, orbita.by_call) == (0, {}, {})
    assert not [parcel for shard in its.shards for parcel in on_the_way(shard, its.shards)]


def movers(url: str, folder: Path) -> Movers:
    return Movers(url, folder, THREE)


@settings(max_examples=120)
@given(life=lives)
def test_money_adds_up_wherever_partners_move(life: list[Any], tmp_path_factory: pytest.TempPathFactory) -> None:
    its = movers("", tmp_path_factory.mktemp("life"))
    try:
        live_through(its, life)
    finally:
        for shard in its.shards:
            shard.book.close()


def test_money_adds_up_on_postgres_wherever_partners_move(postgres_server: PostgresServer, tmp_path: Path) -> None:
    @settings(max_examples=10)
    @given(life=lives)
    def lived(life: list[Any]) -> None:
        with postgres_server.database(books=True) as name:
            its = movers(postgres_server.url(name), tmp_path)
            try:
                live_through(its, life)
            finally:
                for shard in its.shards:
                    shard.book.close()

    lived()


def test_a_partner_takes_all_that_it_is_along(book_url: str, tmp_path: Path) -> None:
    limit = Limit(LimitId("l1"), client=ORBITA, max_minutes=100, period=Period.DAY)
    its = movers(book_url, tmp_path)
    for shard in its.shards:
        shard.directory = replace(directory(client(limit="0.1")), limits=(limit,))
    its.turn([paid("1"), ask("c1"), ask("c2")])
    its.turn([start("c1"), start("c2"), stop("c2"), interim("c1", 300)])
    its.finish()
    before = its.shards[0].partner(ORBITA)
    assert its.ask(MovePartner(ORBITA, 2)) is not None
    assert one(its.shards[0], ask("c3")) == Elsewhere(2)
    assert one(its.shards[2], ask("c3")) == Elsewhere(0), "it has not arrived yet"
    assert [row for row in disk(its.shards[0])[0] if row[0] == ORBITA] == disk(its.shards[0])[1] == []
    its.finish()
    for book in (0, 2):
        its.suffer("restart", book, 0)
    after = its.shards[2].partner(ORBITA)
    assert (after.posted, after.holds, after.held, after.standing) == (
        before.posted, before.holds, before.held, before.standing,
    )  # fmt: skip
    assert after.posted and after.holds
    used = its.shards[2].book.driver.query("SELECT limit_id, seconds FROM limit_use")
    assert used == [(limit.use_id, 60)] and its.shards[0].book.driver.query("SELECT * FROM limit_use") == []
    assert one(its.shards[1], ask("c3")) == Elsewhere(0), "who knows nothing sends on to where its name puts it"
    assert granted(its.ask(ask("c3")) or Elsewhere(0)).amount
    assert its.ask(MovePartner(ORBITA, 0)) is not None
    its.finish()
    assert its.homes(ORBITA) == [0] and its.shards[0].places.known == {}
    assert_true(*its.shards)
    for shard in its.shards:
        shard.book.close()


def test_the_alarm_about_a_suspended_partner_moves_with_it(book_url: str, tmp_path: Path) -> None:
    its = movers(book_url, tmp_path)
    for shard in its.shards:
        shard.directory = directory(client(limit="0.0294", options=PartnerOptions(on_limit=OnLimit.SUSPEND)))

    def suspended() -> list[tuple[str, ...]]:
        return [shard.news(0, 10).suspended for shard in its.shards]

    its.turn([ask(), stop(seconds=600)])
    its.finish()
    assert suspended() == [(ORBITA,), (), ()]
    its.ask(MovePartner(ORBITA, 2))
    its.finish()
    assert suspended() == [(), (), (ORBITA,)]
    its.suffer("restart", 2, 0)
    its.shards[2].directory = its.shards[0].directory
    assert suspended() == [(), (), (ORBITA,)]
    one(its.shards[2], paid("100"))
    its.finish()
    assert suspended() == [(), (), ()]
    for shard in its.shards:
        shard.book.close()


def test_a_call_that_is_silent_while_its_partner_moves_counts_again_where_it_lives(
    book_url: str, tmp_path: Path
) -> None:
    its = movers(book_url, tmp_path)
    its.turn([ask()])
    its.turn([start(), interim(seconds=300)])
    its.finish()
    its.turn([Expire(NOON + 100_000_000)])
    its.finish()
    its.ask(MovePartner(ORBITA, 2))
    its.finish()
    assert not its.shards[0].book.driver.query("SELECT 1 FROM lapsed")
    its.turn([interim(seconds=600)])
    its.finish()
    assert len(its.shards[2].partner(ORBITA).holds) == 1
    assert_true(*its.shards)
    for shard in its.shards:
        shard.book.close()


def test_an_entity_comes_out_of_its_text_as_it_went_in(tmp_path: Path) -> None:
    shard = open_shard("", tmp_path)
    shard.turn([ask("c1"), ask("c2"), start("c1")])
    holds = tuple(shard.partner(ORBITA).holds.values())
    entity = Entity(ORBITA, ((Side.CLIENT, USD, -5),), holds, Standing(True, 80, False, 7), ((LimitId("l"), 1, 2, 3),))
    assert parcel_of(parcel_text(entity)) == entity
    shard.book.close()


@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
def test_a_move_cut_at_any_statement_is_made_once(book_url: str, late: bool, tmp_path: Path) -> None:
    books = CutBooks(book_url, tmp_path, THREE, late=late)

    def deliver() -> None:
        for book in range(3):
            while books.shards[book].outbox:
                number, (to_book, parcel) = min(books.shards[book].outbox.items())
                done = books.step(to_book, lambda shard: shard.receive(book, [(number, parcel)]))  # noqa: B023  called here
                books.step(book, lambda shard: shard.sent(done))  # noqa: B023  called here

    call = next(name for name in map(str, range(100)) if THREE.book_of_call(key_of(name)) == 2)
    books.shards[0].turn([ask(call), paid("5")])
    for run in books.runs():
        for to_book in (1, 2, 0):
            here = next(shard.book.number for shard in books.shards if shard.places.here(ORBITA))
            books.step(here, lambda shard: shard.turn([MovePartner(ORBITA, to_book)]))  # noqa: B023  called here
            books.step(2, lambda shard: shard.turn([stop(f"{run}-{to_book}")]))  # noqa: B023  called here
            deliver()
            deliver()
        assert_true(*books.shards)
        (home,) = [shard for shard in books.shards if shard.places.here(ORBITA)]
        assert home.partner(ORBITA).posted[Side.CLIENT, USD] == 3 * run * MINUTE - 500_000_000
        assert len(home.partner(ORBITA).holds) == 1
    assert books.cuts > (20 if late else 120), "every statement was the last once"
    books.close()


def test_a_move_to_where_it_is_changes_nothing(tmp_path: Path) -> None:
    shard = open_shard("", tmp_path, client(), placement=THREE)
    assert isinstance(granted(one(shard, ask("c1"))), Granted)
    before = disk(shard)
    assert one(shard, MovePartner(ORBITA, 0)).count == 0  # type: ignore[union-attr]  # Done
    assert disk(shard) == before and not shard.outbox
    shard.book.close()
