"""The synthetic softswitch asks over ENUM on real sockets, and its file is read as it was meant."""

import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from cluster.demo.expected import pampas_live
from cluster.demo.pampas import ATTEMPTS, BEGINS_S, PER_S, pampas_script, pampas_story
from cluster.demo.script import Attempt
from cluster.demo.story import KILL_S
from cluster.demo.switch_enum import EnumSwitch, offers_of, uri_of
from cluster.demo.vendors import Vendors, outcome
from cluster.demo.world import CLOCK_SPEED, ECUADOR, KESTREL, ORIGIN_MS, PAMPAS, SwitchEntry, switch_of
from cluster.tasks.cdr_file import read_batches
from domain.clock import Clock
from domain.wire.dns_message import Naptr, Record, Reply, Type
from protos import operators_pb2 as pb
from tests.cluster.demo.board import Board, listening

ENTRY: SwitchEntry = replace(switch_of(PAMPAS), address="127.0.0.113")


def fast_clock() -> Clock:
    return Clock(ORIGIN_MS, round(time.time() * 1000), 4000)


async def played(board: Board, folder: Path, attempts: tuple[Attempt, ...], answer: pb.CdrImportReport) -> EnumSwitch:
    async def load(path: Path) -> pb.CdrImportReport:
        return answer

    async with listening(board) as node:
        switch = EnumSwitch(ENTRY, node, Vendors())
        await switch.start()
        await pampas_story(switch, fast_clock(), folder, load, attempts)
        await switch.close()
    return switch


async def test_the_story_of_pampas_comes_to_the_figures_that_are_promised(tmp_path: Path) -> None:
    board = Board(ENTRY)
    switch = await played(board, tmp_path, pampas_script(), pb.CdrImportReport(accepted=2 * ATTEMPTS))
    assert {(one.caller, one.called) for one in board.setups} == {("+" + a.a, a.b) for a in pampas_script()}
    figures = switch.figures
    assert (figures.attempts, figures.admitted, figures.answered, figures.asking.lost) == (300, 300, 120, 0)
    for row in pampas_live():
        tally = figures.legs[row.side, row.partner, row.destination]
        assert (tally.attempts, tally.answered, tally.seconds) == (row.attempts, row.answered, row.seconds)


async def test_the_file_says_of_each_leg_what_became_of_it(tmp_path: Path) -> None:
    attempts = pampas_script()[:40]
    await played(Board(ENTRY), tmp_path, attempts, pb.CdrImportReport())
    [batch] = read_batches(tmp_path / "pampas-live.csv")
    assert (batch.rows, batch.rejects) == (80, [])
    legs = batch.frame.to_dicts()
    assert {leg["mark"] for leg in legs} == {"", "kestrel-out.0"}
    assert len({(leg["call_id"], leg["session_id"]) for leg in legs}) == 80
    talked = Counter(leg["duration_ms"] // 1000 for leg in legs if leg["side"] == "vendor" and leg["duration_ms"])
    outcomes = [outcome(KESTREL, ECUADOR, number + 1) for number in range(40)]
    assert talked == Counter(one.talk_s for one in outcomes if one.answered)
    client = {leg["call_id"]: leg for leg in legs if leg["side"] == "client"}
    for leg in legs:
        other = client[leg["call_id"]]
        same = ("connect_ms", "disconnect_ms", "duration_ms", "cause", "alert_ms", "a", "b")
        assert [leg[name] for name in same] == [other[name] for name in same]


async def test_legs_of_a_file_that_was_not_taken_are_not_counted(tmp_path: Path) -> None:
    switch = await played(Board(ENTRY), tmp_path, pampas_script()[:4], pb.CdrImportReport(accepted=7, rejected=1))
    assert not switch.figures.legs


async def test_a_refusal_is_counted_by_its_code_and_lost_questions_are_asked_again(tmp_path: Path) -> None:
    switch = await played(Board(ENTRY, grant_s=0), tmp_path, pampas_script()[:3], pb.CdrImportReport())
    assert switch.figures.refused == {"NXDOMAIN": 3}
    board = Board(ENTRY, deaf_to=1)
    switch = await played(board, tmp_path, pampas_script()[:3], pb.CdrImportReport())
    assert switch.figures.admitted == 3 == switch.figures.asking.repeated and set(board.heard.values()) == {2}


def test_routes_are_taken_by_order_and_preference_whatever_the_order_of_the_packet() -> None:
    def record(order: int, preference: int, mark: str) -> Record:
        regexp = f"!^.*$!sip:1@192.0.2.{preference};sbm={mark}!".encode()
        return Record(b"\0", Type.NAPTR, 0, Naptr(order, preference, b"u", b"E2U+sip", regexp))

    answers = (record(100, 20, "c"), record(50, 30, "a"), record(100, 10, "b"))
    reply = Reply(1, 0, None, answers)
    assert [(one.mark, one.port) for one in offers_of(reply, "+1")] == [("a", 5060), ("b", 5060), ("c", 5060)]


@pytest.mark.parametrize(
    ("regexp", "uri"),
    [
        ("!^.*$!sip:442079460148@198.51.100.7!", "sip:442079460148@198.51.100.7"),
        (r"!^\+(.*)$!sip:7001\1@198.51.100.7!", "sip:7001442079460148@198.51.100.7"),
        (r"!^(.*)$!sip:\1@203.0.113.9:5061;transport=tcp!", "sip:+442079460148@203.0.113.9:5061;transport=tcp"),
        (r"!^.*$!sip:1\!\\@x!", "sip:1!\\@x"),
        ("/^.*$/sip:1@x/i", "sip:1@x"),
    ],
)
def test_a_substitution_makes_the_uri(regexp: str, uri: str) -> None:
    assert uri_of(regexp, "+442079460148") == uri


@pytest.mark.parametrize("regexp", ["", "!^.*$!sip:1@x", "!^1$!sip:1@x!", "!^.*$!a!b!"])
def test_a_substitution_that_fits_nothing_makes_none(regexp: str) -> None:
    with pytest.raises(ValueError, match="makes nothing"):
        uri_of(regexp, "+442079460148")


def test_the_last_call_of_pampas_has_ended_long_before_the_shard_is_killed() -> None:
    longest_ms = max(one.ends_ms for one in (outcome(KESTREL, ECUADOR, number) for number in range(1, 301)))
    ends_s = BEGINS_S + ATTEMPTS / PER_S + longest_ms / 1000 / CLOCK_SPEED
    assert ends_s < KILL_S - 15
    assert {attempt.client for attempt in pampas_script()} == {PAMPAS}
