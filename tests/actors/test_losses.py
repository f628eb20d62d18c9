"""Allowed losses from the question to what was really lost, with real books in this process."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from actors.loss_watch import LossWatch
from actors.node import Node
from actors.shard import Shard
from domain.attribution import DirectoryIndex
from domain.calls import ReportKind, Side
from domain.causes import Cause
from domain.commands import Command, Expire, OpenLoss, Reply
from domain.directory import Recipe, Switch
from domain.holds import HoldTimes
from domain.limits import Period
from domain.loss_book import KEPT_MS
from domain.losses import AllowedLoss, LossId, LossUse
from domain.money import units_of
from domain.placement import Placement
from domain.world import World
from store.book import Book
from tests.actors.exchange import Exchange
from tests.domain.builders import NOON, row, table
from tests.domain.call_builders import ORBITA
from tests.domain.worlds import SWITCH, client, setup, world

PROMO = AllowedLoss(LossId("promo"), ORBITA, units_of("0.12"), Period.DAY, made_ms=7)


def dear(**fields: Any) -> World:
    """Sold at 0.10, bought of bluewire at 0.12: a call is expected to lose 0.05, one of a minute loses 0.02."""
    partner = client(credit_limit=units_of("100"))
    its = world(table(row("44", "0.10")), {"bluewire": table(row("447", "0.12"))}, partners=[partner])
    losses = (replace(PROMO, **fields),)
    return replace(its, index=DirectoryIndex(replace(its.index.directory, losses=losses)))


async def opened(exchange: Exchange, books: int = 1, **fields: Any) -> LossWatch:
    exchange.opens(books=books, seen=dear(**fields))
    watch = LossWatch(exchange.node.losses, exchange.node.books)
    await watch.refresh()
    return watch


def uses(exchange: Exchange, at_ms: int = NOON + 7) -> tuple[int, int, int]:
    """Lost, set aside and calls in all books."""
    found = [use for shard in exchange.shards for use in shard.loss_use(at_ms)]
    return sum(use.lost for use in found), sum(use.aside for use in found), sum(use.calls for use in found)


@pytest.mark.parametrize("books", [1, 3])
async def test_what_calls_really_lose_is_counted_and_ends_new_ones(exchange: Exchange, books: int) -> None:
    watch = await opened(exchange, books)
    assert [await exchange.refusal(f"c{at}") for at in range(3)] == [None, None, Cause.NO_MARGIN]
    assert uses(exchange)[1:] == (2 * units_of("0.05"), 2)
    for at in range(2):
        for side in (Side.VENDOR, Side.CLIENT):
            await exchange.tell(ReportKind.STOP, side, call=f"c{at}")
    assert uses(exchange) == (2 * units_of("0.02"), 0, 0)
    assert await exchange.refusal("c4") is Cause.NO_MARGIN, "the node has not heard yet"
    await watch.refresh()
    assert [await exchange.refusal(f"d{at}") for at in range(2)] == [None, Cause.NO_MARGIN]


async def test_both_records_name_it(exchange: Exchange) -> None:
    await opened(exchange)
    answer = await exchange.ask()
    [written] = exchange.written(answer.decision.call_key)
    assert any("allowed loss promo: 0.050000" in line for line in written)
    assert exchange.node.counts["losses.allowed"] == 1
    await exchange.refusal("other")
    refused = await exchange.ask("third")
    [written] = exchange.written(refused.decision.call_key)
    assert any("allowed loss promo: 0.02 of 0.12 a day are left" in line for line in written)


async def test_a_restart_forgets_nothing(exchange: Exchange) -> None:
    await opened(exchange)
    for at in range(2):
        assert await exchange.refusal(f"c{at}") is None
    for side in (Side.VENDOR, Side.CLIENT):
        await exchange.tell(ReportKind.STOP, side, call="c0")
    before = uses(exchange)
    assert before == (units_of("0.02"), units_of("0.05"), 1)
    exchange.shards[0].book.close()
    book = Book.open("", exchange.folder, 0)
    shard = Shard(book, exchange.shards[0].directory, HoldTimes(), Placement())
    shard.recover()
    exchange.shards[0] = shard
    assert uses(exchange) == before
    shard.turn([Expire(NOON + KEPT_MS)])
    assert uses(exchange, NOON + KEPT_MS) == (units_of("0.02"), 0, 0)


async def test_a_call_whose_hold_is_refused_sets_nothing_aside(exchange: Exchange) -> None:
    seen = dear()
    partner = client(credit_limit=0)
    directory = seen.index.directory
    directory.partners[partner.id] = partner
    exchange.opens(seen=seen)
    await LossWatch(exchange.node.losses, exchange.node.books).refresh()
    assert await exchange.refusal() is Cause.NO_CREDIT
    await asyncio.gather(*exchange.node._late)
    assert uses(exchange)[1] == 0


async def test_a_question_that_comes_again_is_answered_as_before(exchange: Exchange) -> None:
    watch = await opened(exchange, budget=units_of("0.06"))
    assert [await exchange.refusal(call) for call in ("c0", "c0", "c1")] == [None, None, Cause.NO_MARGIN]
    await watch.refresh()
    assert [await exchange.refusal(call) for call in ("c0", "c1")] == [None, Cause.NO_MARGIN]
    assert uses(exchange)[2] == 1


async def test_a_question_that_comes_again_to_another_node_has_what_is_set_aside_for_it(exchange: Exchange) -> None:
    await opened(exchange, 3, budget=units_of("0.06"))
    assert await exchange.refusal("c0") is None
    first = exchange.node
    exchange.node = other = Node(first.books, first.limits, first.log, first.now_ms)
    assert first.world is not None
    other.enter(first.world)
    await LossWatch(other.losses, other.books).refresh()
    assert [await exchange.refusal(call) for call in ("c0", "c1", "c0")] == [None, Cause.NO_MARGIN, None]
    assert uses(exchange)[1:] == (units_of("0.05"), 1)
    for book in exchange.books:
        book.turn = None
    assert await exchange.refusal("c2") is Cause.NO_MARGIN, "its book is away, and nobody knows better"


@pytest.mark.parametrize(("budget", "goes"), [("0.06", [True, False]), ("0.12", [True, True, False])])
async def test_what_an_attempt_that_failed_set_aside_is_not_kept_for_the_next_one(
    exchange: Exchange, budget: str, goes: list[bool]
) -> None:
    watch = await opened(exchange, budget=units_of(budget))
    assert await exchange.refusal("c0") is None
    await exchange.tell(ReportKind.STOP, call="c0", connect_ms=None, duration_ms=0, cause=34)
    await watch.refresh()
    assert uses(exchange)[1:] == (0, 0)
    order = ["c1", "c0"] if len(goes) == 2 else ["c0", "c1", "c2"]
    assert [await exchange.refusal(call) is None for call in order] == goes
    assert uses(exchange)[1] <= units_of(budget)


async def test_a_call_whose_asker_is_gone_while_its_book_is_told_sets_nothing_aside(exchange: Exchange) -> None:
    await opened(exchange)
    book, asked, go = exchange.books[0], asyncio.Event(), asyncio.Event()
    ask = book.ask

    async def slowly(command: Command, wait_s: float) -> Reply:
        reply = await ask(command, wait_s)
        if isinstance(command, OpenLoss) and command.asked_s:
            asked.set()
            await go.wait()
        return reply

    book.ask = slowly  # type: ignore[method-assign]
    asking = asyncio.create_task(exchange.ask())
    await asked.wait()
    assert uses(exchange)[1] == units_of("0.05")
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await asyncio.gather(*exchange.node._late)
    assert uses(exchange)[1] == 0


async def test_a_switch_whose_holds_wait_longer_has_losses_set_aside_as_long(exchange: Exchange) -> None:
    await opened(exchange)
    await exchange.ask("soon")
    await exchange.ask("late", Switch(SWITCH, "127.0.0.1", Recipe("generic", hold_asked_s=900)))
    assert [uses(exchange, NOON + 1000 * at_s)[2] for at_s in (239, 241, 959, 961)] == [2, 1, 1, 0]


async def test_without_a_call_id_or_a_board_of_every_book_nothing_is_lost(exchange: Exchange) -> None:
    watch = await opened(exchange, 3)
    assert await exchange.refusal("") is Cause.NO_MARGIN
    exchange.books[1].losses = None
    await watch.refresh()
    assert await exchange.refusal() is Cause.NO_MARGIN
    exchange.books[1].losses = lambda: list[LossUse]()
    await watch.refresh()
    assert await exchange.refusal() is None


async def test_a_question_that_only_asks_loses_nothing(exchange: Exchange) -> None:
    await opened(exchange)
    assert exchange.node.decide(setup()).refusal is Cause.NO_MARGIN
