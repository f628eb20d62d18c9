"""The synthetic switches speak over real sockets, and what they say is read by their recipes as it was meant."""

import asyncio
import time
from collections import Counter, defaultdict
from dataclasses import replace

import pytest

from cluster.demo.figures import WireFigures
from cluster.demo.minnow import EXPECTED_TALKS, minnows_story
from cluster.demo.radius_client import RadiusClient
from cluster.demo.records import asking
from cluster.demo.script import Attempt, attempts_of, script
from cluster.demo.switch import NodeAddress, SyntheticSwitch
from cluster.demo.switch_radius import RadiusSwitch
from cluster.demo.switch_sip import SipSwitch
from cluster.demo.vendors import Vendors, outcome
from cluster.demo.world import (
    CALLWELL,
    INDIA,
    KENYA,
    MINNOW,
    NORDLINK,
    ORBITA,
    ORIGIN_MS,
    SAVANNA,
    VENDOR_HOSTS,
    SwitchEntry,
    switch_of,
)
from domain.calls import CallReport, ReportKind, Side
from domain.clock import Clock
from domain.ids import PartnerId
from domain.wire.radius_packet import Code
from tests.cluster.demo.board import Board, listening

OWN_ADDRESS = {ORBITA: "127.0.0.111", CALLWELL: "127.0.0.112", MINNOW: "127.0.0.114"}
QUICK = script(rate=4, story_s=30)


def entry(client: PartnerId) -> SwitchEntry:
    """The client's switch at an address that no demo uses."""
    return replace(switch_of(client), address=OWN_ADDRESS[client])


def fast_clock() -> Clock:
    return Clock(ORIGIN_MS, round(time.time() * 1000), 4000)


def make(client: PartnerId, node: NodeAddress) -> SyntheticSwitch:
    return (SipSwitch if client == CALLWELL else RadiusSwitch)(entry(client), node, Vendors())


async def told(client: PartnerId, attempts: tuple[Attempt, ...], board: Board) -> SyntheticSwitch:
    """Run a switch against the board, and finish what stays open."""
    async with listening(board) as node:
        switch = make(client, node)
        await switch.start()
        await switch.run(attempts, fast_clock())
        await switch.close()
    return switch


def ended(board: Board, side: Side) -> list[CallReport]:
    return [r for r in board.reports if r.side is side and r.kind is ReportKind.STOP]


@pytest.mark.parametrize("client", [ORBITA, CALLWELL])
async def test_every_attempt_is_asked_once_and_its_legs_are_told_as_tallied(client: PartnerId) -> None:
    board, attempts = Board(entry(client)), attempts_of(client, QUICK)
    switch = await told(client, attempts, board)
    figures = switch.figures
    assert len(board.setups) == figures.attempts == figures.admitted == len(attempts)
    assert {(s.caller, s.called) for s in board.setups} == {(a.a, a.b) for a in attempts}
    heard: defaultdict[tuple[Side, PartnerId, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for report in ended(board, Side.CLIENT) + ended(board, Side.VENDOR):
        partner = client if report.side is Side.CLIENT else PartnerId(report.mark.partition("-")[0])
        sums = heard[report.side, partner, next(c for c in (KENYA, INDIA, "447") if report.called.startswith(c))]
        sums[0] += 1
        sums[1] += report.connect_ms is not None
        sums[2] += (report.duration_ms or 0) // 1000
    assert dict(heard) == {key: [t.attempts, t.answered, t.seconds] for key, t in figures.legs.items()}
    assert figures.accounting.lost == figures.accounting.strange == figures.asking.lost == 0


@pytest.mark.parametrize("client", [ORBITA, CALLWELL])
async def test_start_and_stop_of_a_leg_share_its_id_and_all_legs_differ(client: PartnerId) -> None:
    board = Board(entry(client))
    await told(client, attempts_of(client, QUICK), board)
    starts = sum(r.kind is ReportKind.START for r in board.reports)
    assert 0 < starts <= len(board.legs())
    assert len(board.legs()) == len(ended(board, Side.CLIENT)) + len(ended(board, Side.VENDOR)) + 2 * 3


async def test_answers_follow_the_vendors_pattern_and_the_client_leg_ends_with_its_last_vendor() -> None:
    board = Board(entry(ORBITA))
    attempts = tuple(replace(a, ends_by_ms=a.at_ms + 10**6) for a in attempts_of(ORBITA, QUICK) if not a.stays_open)
    await told(ORBITA, attempts, board)
    for vendor in (NORDLINK, SAVANNA):
        legs = [r for r in ended(board, Side.VENDOR) if r.remote == VENDOR_HOSTS[vendor]]
        want = Counter((o.cause, o.talk_s) for o in (outcome(vendor, KENYA, n + 1) for n in range(len(legs))))
        assert Counter((r.cause, (r.duration_ms or 0) // 1000) for r in legs) == want
    last = {r.call_id: r for r in sorted(ended(board, Side.VENDOR), key=lambda r: r.setup_ms or 0)}
    for caller in ended(board, Side.CLIENT):
        leg = last[caller.call_id]
        same = ("connect_ms", "disconnect_ms", "duration_ms", "cause", "alert_ms", "release")
        assert [getattr(caller, name) for name in same] == [getattr(leg, name) for name in same]


async def test_the_next_vendor_is_tried_only_where_that_may_help() -> None:
    board = Board(entry(ORBITA))
    await told(ORBITA, attempts_of(ORBITA, QUICK), board)
    first = {r.call_id: r for r in ended(board, Side.VENDOR) if r.mark.endswith(".0")}
    second = {r.call_id for r in ended(board, Side.VENDOR) if r.mark.endswith(".1")}
    assert second == {call for call, r in first.items() if r.cause in (34, 38, 41)}
    assert second


async def test_calls_that_stay_open_are_told_when_asked_to_finish() -> None:
    board = Board(entry(CALLWELL))
    staying = tuple(a for a in attempts_of(CALLWELL, QUICK) if a.stays_open)
    async with listening(board) as node:
        switch = make(CALLWELL, node)
        await switch.start()
        await switch.run(staying, fast_clock())
        assert (switch.figures.open_calls, [r.kind for r in board.reports]) == (3, [ReportKind.START] * 6)
        await switch.finish_open(fast_clock())
        await switch.close()
    assert switch.figures.open_calls == 0
    assert {r.duration_ms for r in ended(board, Side.CLIENT)} == {480_000}


@pytest.mark.parametrize("client", [ORBITA, CALLWELL])
async def test_lost_packets_are_sent_again_unchanged_and_nothing_is_missing(client: PartnerId) -> None:
    board, attempts = Board(entry(client), deaf_to=1), attempts_of(client, QUICK)[:5]
    switch = await told(client, attempts, board)
    assert set(board.heard.values()) - {1} == {2}  # an ACK that is lost is not missed here
    assert switch.figures.admitted == len(attempts)
    assert switch.figures.accounting.repeated >= switch.figures.accounting.answered > 0
    assert switch.figures.accounting.under_way == switch.figures.accounting.lost == 0


@pytest.mark.parametrize(("client", "words"), [(ORBITA, "no-credit"), (CALLWELL, "402 Payment Required")])
async def test_a_refusal_is_counted_by_its_cause_and_nothing_is_accounted(client: PartnerId, words: str) -> None:
    board, attempts = Board(entry(client), grant_s=0), attempts_of(client, QUICK)[:4]
    switch = await told(client, attempts, board)
    assert switch.figures.refused == {words: 4}
    assert not board.reports and switch.figures.open_calls == 0


async def test_an_answer_made_with_another_secret_is_not_believed() -> None:
    board, figures = Board(entry(ORBITA), forges=True), WireFigures()
    async with listening(board) as node:
        client = RadiusClient(board.entry.address, node.radius_auth, board.entry.secret, figures, 1, give_up_s=0.2)
        await client.open()
        question = asking(board.switch.recipe, board.entry.address, "1 2 3 4", "97150", "25472")
        answer = await client.ask(Code.ACCESS_REQUEST, question)
        client.close()
    assert answer is None
    assert (figures.sent, figures.strange, figures.answered, figures.lost) == (1, 1, 0, 1)


async def test_more_questions_than_identifiers_wait_their_turn() -> None:
    board, figures = Board(entry(ORBITA)), WireFigures()
    async with listening(board) as node:
        client = RadiusClient(board.entry.address, node.radius_auth, board.entry.secret, figures, 1)
        await client.open()
        asked = [asking(board.switch.recipe, board.entry.address, f"1 2 3 {n}", "97150", "25472") for n in range(600)]
        answers = await asyncio.gather(*(client.ask(Code.ACCESS_REQUEST, question) for question in asked))
        client.close()
    assert all(answers) and len({setup.call_id for setup in board.setups}) == 600
    assert (figures.answered, figures.under_way, figures.lost) == (600, 0, 0)


async def test_minnow_talks_until_its_money_is_gone_pays_and_is_admitted() -> None:
    board = Board(entry(MINNOW), grants=[600, 600, 240, 0, 600])
    paid = []

    async def pay() -> None:
        paid.append(len(board.setups))

    async with listening(board) as node:
        switch = RadiusSwitch(entry(MINNOW), node, Vendors())
        await switch.start()
        facts = await minnows_story(switch, fast_clock(), pay)
        await switch.close()
    assert facts.granted_s == (600, 600, 240)
    assert facts.talked_s == EXPECTED_TALKS
    assert (facts.refusal, facts.granted_after_payment_s, facts.refusal_after_payment) == ("no-credit", 600, "")
    assert paid == [4]
