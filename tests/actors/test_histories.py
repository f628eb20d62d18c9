"""Any history of calls, on one book and on two: after each turn the money adds up, and at the end nothing is held."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calls import LegState, Side
from domain.commands import Command, Expire, PlaceHold, Post, RecordLeg, ReleaseHold, ReleaseSwitch
from domain.grants import cost_of
from domain.holds import HoldMode
from domain.ids import CallKey, PartnerId, hold_id
from domain.placement import Placement
from tests.actors.builders import assert_true, on_the_way, open_shard, restarted
from tests.domain.builders import NOON
from tests.domain.call_builders import (
    KESTREL,
    ORBITA,
    SW,
    TERMS,
    USD,
    ask,
    failed,
    interim,
    key_of,
    lost,
    paid,
    start,
    stop,
)
from tests.store.postgres import PostgresServer

CALLS = [f"c{n}" for n in range(6)]
TWO = Placement(books=2, shards=2, pins={ORBITA: 0, KESTREL: 1})
calls, sides = st.sampled_from(CALLS), st.sampled_from(Side)
moments = st.integers(NOON, NOON + 5_000_000)

holds = st.builds(ask, calls, attempt=st.integers(1, 2), mode=st.sampled_from(HoldMode), at_ms=moments)
reports = st.one_of(
    st.builds(start, calls, sides, at_ms=moments),
    st.builds(interim, calls, st.sampled_from([300, 600, 1200])),
    st.builds(stop, calls, sides),
    st.builds(failed, calls, attempt=st.integers(1, 3)),
)
lost_ends = st.builds(
    lost, calls, sides, seconds=st.sampled_from([0, 300, 600]), alive_ms=st.sampled_from([NOON, NOON + 9_000_000])
)
differing = st.builds(stop, calls, sides, seconds=st.integers(61, 62))
other = st.one_of(
    st.builds(paid, st.sampled_from(["1", "2"]), ref=st.sampled_from(["p1", "p2"])),
    st.builds(Expire, moments, st.sampled_from([0, NOON + 2_000_000])),
    st.builds(ReleaseSwitch, st.just(SW), moments),
    st.builds(lambda call: ReleaseHold(hold_id(key_of(call), ORBITA, 1), ORBITA), calls),
)
turns = st.lists(st.one_of(holds, reports, differing, lost_ends, other), min_size=1, max_size=6)
mishaps = st.one_of(
    st.tuples(st.just("restart"), st.integers(0, 1), st.just(0)),
    st.tuples(st.just("wait no longer"), st.integers(0, 1), st.just(0)),
    st.tuples(st.just("deliver"), st.integers(0, 1), st.integers(1, 3)),
    st.tuples(st.just("deliver, and lose the answer"), st.integers(0, 1), st.integers(1, 3)),
    st.tuples(st.just("deliver twice"), st.integers(0, 1), st.integers(1, 3)),
)
histories = st.lists(st.one_of(turns, mishaps), max_size=14)


class Carrier:
    """All books of a placement, and the messages between them."""

    def __init__(self, url: str, folder: Path, placement: Placement) -> None:
        self.url, self.folder, self.placement = url, folder, placement
        self.shards = [open_shard(url, folder, book=n, placement=placement) for n in range(placement.books)]
        self.over: set[CallKey] = set()
        self.asked_late: set[CallKey] = set()

    def turn(self, commands: Sequence[Command]) -> None:
        for command in commands:
            if (
                isinstance(command, RecordLeg)
                and command.leg.side is Side.CLIENT
                and command.leg.state is not LegState.OPEN
            ):
                self.over.add(command.leg.call_key)
            elif isinstance(command, PlaceHold) and command.call_key in self.over:
                self.asked_late.add(command.call_key)
        for shard in self.shards:
            shard.turn([command for command in commands if shard.book.number in self._homes(command)])

    def _homes(self, command: Command) -> set[int]:
        match command:
            case RecordLeg(leg):
                return {self.placement.book_of_call(leg.call_key)}
            case PlaceHold() | ReleaseHold():
                return {self.placement.book_of_partner(command.partner)}
            case Post():
                return {self.placement.book_of_partner(ORBITA)}
            case _:
                return set(range(self.placement.books))

    def deliver(self, book: int, most: int, *, times: int = 1, answered: bool = True) -> None:
        """Take the oldest postings of a book for the other one over, as its shard would."""
        sender = self.shards[book]
        for receiver in self.shards:
            to_it = [(n, posting) for n, (to, posting) in sorted(sender.outbox.items()) if to == receiver.book.number]
            for _ in range(times if to_it else 0):
                done = receiver.receive(book, to_it[:most])
            if to_it and answered:
                sender.sent(done)

    def suffer(self, what: str, book: int, most: int) -> None:
        book %= self.placement.books
        match what:
            case "restart":
                self.shards[book] = restarted(self.shards[book], self.url, self.folder)
            case "wait no longer":
                self.shards[book].stop_waiting(NOON + 8_000_000)
            case "deliver":
                self.deliver(book, most)
            case "deliver twice":
                self.deliver(book, most, times=2)
            case _:
                self.deliver(book, most, answered=False)

    def finish(self) -> None:
        """Deliver all that waits."""
        while any(shard.outbox for shard in self.shards):
            for book in range(self.placement.books):
                self.deliver(book, 256)

    def posted(self, partner: PartnerId, side: Side) -> int:
        home = self.shards[self.placement.book_of_partner(partner)]
        return home.partner(partner).posted.get((side, USD), 0)


@contextmanager
def carrier(url: str, placement: Placement) -> Iterator[Carrier]:
    with TemporaryDirectory() as folder:
        its = Carrier(url, Path(folder), placement)
        try:
            yield its
        finally:
            for shard in its.shards:
                shard.book.close()


def live_through(its: Carrier, history: Sequence[list[Command] | tuple[str, int, int]]) -> None:
    for event in history:
        if isinstance(event, tuple):
            its.suffer(*event)
        else:
            its.turn(event)
        assert_true(*its.shards)
    its.turn([stop(call) for call in CALLS])
    its.finish()
    assert_true(*its.shards)
    client = its.shards[its.placement.book_of_partner(ORBITA)].partner(ORBITA)
    # who asks about a call that is over gets a hold that nobody will release: it lapses
    assert client.by_call.keys() <= its.asked_late
    assert not any(hold.started for hold in client.holds.values())
    its.turn([Expire(NOON + 6_000_000), Expire(NOON + 10_000_000_000)])
    assert (client.held.total(), client.holds, client.by_call, client.lapsed.by_call) == (0, {}, {}, {})
    assert not [posting for shard in its.shards for posting in on_the_way(shard, its.shards)]


@pytest.mark.parametrize("placement", [Placement(), TWO])
@settings(max_examples=50)
@given(history=histories)
def test_money_adds_up_after_every_turn_and_nothing_is_held_at_the_end(
    placement: Placement, history: list[list[Command] | tuple[str, int, int]]
) -> None:
    with carrier("", placement) as its:
        live_through(its, history)


@pytest.mark.parametrize("placement", [Placement(), TWO])
def test_money_adds_up_on_postgres(placement: Placement, postgres_server: PostgresServer) -> None:
    @settings(max_examples=8)
    @given(history=histories)
    def lives(history: list[list[Command] | tuple[str, int, int]]) -> None:
        with postgres_server.database(books=True) as name, carrier(postgres_server.url(name), placement) as its:
            live_through(its, history)

    lives()


@pytest.mark.parametrize("placement", [Placement(), TWO])
@settings(max_examples=30)
@given(first=st.lists(reports, max_size=12), shuffle=st.randoms(use_true_random=False))
def test_balances_do_not_depend_on_the_order_or_number_of_reports(
    placement: Placement, first: list[Command], shuffle: Random
) -> None:
    second = first + [shuffle.choice(first) for _ in first]
    shuffle.shuffle(second)
    found = []
    for some in (first, second):
        with carrier("", placement) as its:
            its.turn(some)
            its.finish()
            found.append((its.posted(ORBITA, Side.CLIENT), its.posted(KESTREL, Side.VENDOR)))
    ended = {(c.leg.leg_id, c.leg.side): c.leg.charge for c in first if isinstance(c, RecordLeg) and c.leg.charge}
    sums = [sum(units for (_, side), units in ended.items() if side is of) for of in (Side.CLIENT, Side.VENDOR)]
    assert found == [tuple(sums)] * 2


@pytest.mark.parametrize("placement", [Placement(), TWO])
@settings(max_examples=40)
@given(told=st.lists(st.one_of(reports, lost_ends), max_size=24))
def test_what_a_call_costs_in_the_end_is_what_its_real_end_alone_would_cost(
    placement: Placement, told: list[Command]
) -> None:
    real = [stop(call, side) for call in CALLS for side in Side]
    with carrier("", placement) as its:
        for command in told:
            its.turn([command])
            assert_true(*its.shards)
        its.turn(real)
        its.finish()
        minutes = len(CALLS) * cost_of(TERMS, 60)
        assert (its.posted(ORBITA, Side.CLIENT), its.posted(KESTREL, Side.VENDOR)) == (minutes, minutes)
        assert not [posting for shard in its.shards for posting in on_the_way(shard, its.shards)]
        waiting = [shard.book.driver.query("SELECT count(*) FROM leg WHERE seq IS NULL")[0][0] for shard in its.shards]
        assert sum(waiting) == 0


def test_a_posting_reaches_the_other_book_once_and_in_order_though_numbers_outlive_a_restart(
    book_url: str, tmp_path: Path
) -> None:
    its = Carrier(book_url, tmp_path, TWO)
    away = [f"call{n}" for n in range(40) if TWO.book_of_call(key_of(f"call{n}")) == 1][:6]
    its.turn([ask(call) for call in away])
    for count, call in enumerate(away, 1):
        its.turn([start(call), stop(call)])
        its.deliver(1, 256, times=2)
        assert not its.shards[1].outbox
        its.suffer("restart", 1, 0)
        assert its.posted(ORBITA, Side.CLIENT) == count * cost_of(TERMS, 60)
        assert_true(*its.shards)
    assert not its.shards[0].partner(ORBITA).holds
    for shard in its.shards:
        shard.book.close()


def test_a_posting_is_not_shown_to_the_sender_before_it_is_durable(tmp_path: Path) -> None:
    its = Carrier("", tmp_path, TWO)
    shard = its.shards[1]
    waiting: list[int] = []

    class Slow(type(shard.book)):  # type: ignore[misc]  # the book that the test watches
        def commit(self, writes: object) -> None:
            waiting.append(len(shard.outbox))
            super().commit(writes)

    shard.book.__class__ = Slow
    away = next(call for call in map(str, range(40)) if TWO.book_of_call(key_of(call)) == 1)
    shard.turn([stop(away)])
    assert (waiting, len(shard.outbox)) == ([0], 1)
    for one in its.shards:
        one.book.close()


def test_a_transfer_for_a_partner_of_another_book_is_carried_there(tmp_path: Path) -> None:
    its = Carrier("", tmp_path, TWO)
    its.shards[1].turn([paid("5")])
    assert its.posted(ORBITA, Side.CLIENT) == 0
    its.finish()
    assert its.posted(ORBITA, Side.CLIENT) == -500_000_000
    assert_true(*its.shards)
    assert its.shards[1].partners.keys() == set()
    for shard in its.shards:
        shard.book.close()
