"""Promises to clients, without Ray: the real quality-0, the real desk, the real catalog."""

import asyncio
from typing import Any

import pytest

from actors import running_promises
from actors.desk import promises, shards
from actors.desk.core import Desk
from actors.desk.promises import MAIL, UNMET, PromiseRounds
from actors.desk.sla import SlaService
from actors.home import Home
from actors.quality_actor import QualityActor
from domain.calls import Side
from domain.clock import Clock
from domain.ids import LegId, PartnerId
from domain.policies.policy import Policy
from domain.quality import LegSeen
from domain.settings import MailSettings, NodeSettings, Settings
from domain.sla.breaches import Breach
from domain.sla.report import Unmet, Whose
from domain.sla.unmet import UnmetBook, UnmetCount
from protos import sla_pb2 as pb
from store.clock_file import write_clock
from tests.actors.desk.route_house import Near

ORBITA = PartnerId("orbita")
HOUR_MS = 3_600_000
NOBODY: Any = None


class NodeHere:
    """A node's part in promises."""

    def __init__(self) -> None:
        self.book, self.process = UnmetBook(), "node-0 first"

    async def unmet(self, process: str, after: int) -> tuple[str, int, list[UnmetCount]]:
        return self.process, *self.book.news(after if process == self.process else 0)


class House:
    """A desk with quality-0 and a node."""

    def __init__(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        settings = Settings(mail=MailSettings(notify=("noc@carrier.example",)), node=(NodeSettings(name="node-0"),))
        desk.home = Home(desk.home.data, settings)
        self.desk, self.node, self.legs = desk, NodeHere(), 0
        self.alarms: dict[str, str] = {}
        self.at(desk.now_ms() // HOUR_MS * HOUR_MS)
        self.quality = QualityActor("quality-0", desk.home)
        here = {"quality-0": self.quality, "node-0": self.node}
        monkeypatch.setattr(promises, "handle", lambda name: Near(here[name]))  # type: ignore[arg-type]
        self.anew()

    def anew(self) -> None:
        """Another desk begins."""
        self.rounds = PromiseRounds(self.desk, lambda key, text, severity: self.alarms.__setitem__(key, text))
        self.service = SlaService(self.desk, self.rounds)

    async def promise(self, **fields: Any) -> None:
        self.where = self.desk.catalog.codes.destination("Kenya").id
        policy = Policy("default", **fields)
        await self.desk.change(lambda catalog, at_ms: catalog.policies.set(policy, who="ada", at_ms=at_ms))
        await asyncio.sleep(0.25)  # what is published is read five times a second at most
        await self.quality.board(0)

    def at(self, now_ms: int) -> None:
        self.desk.clock = Clock(now_ms, 0, 0.0)
        write_clock(self.desk.home.data, self.desk.clock)

    async def calls(self, answered: int, of: int) -> None:
        now_ms, seen = self.desk.now_ms(), []
        for place in range(of):
            self.legs += 1
            hit = place < answered
            seen.append(
                LegSeen(
                    leg_id=LegId(self.legs.to_bytes(16, "big")), destination=self.where, side=Side.CLIENT,
                    partner=ORBITA, setup_ms=now_ms, answered=hit, duration_ms=60_000 if hit else 0, pdd_ms=None,
                    cause=16 if hit else 34, alerted=False, end_ms=now_ms,
                )
            )  # fmt: skip
        await self.quality.count(seen)
        await self.rounds.keep()

    @property
    def told(self) -> list[str]:
        return [text for key, text in self.alarms.items() if text and key not in ("sla more", UNMET)]


@pytest.fixture
def house(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> House:
    assert shards  # its handle is nobody's in the desk's own fixture
    return House(desk, monkeypatch)


async def test_a_broken_promise_is_an_alarm_a_line_and_one_mail_until_a_later_bucket_keeps_it(house: House) -> None:
    await house.promise(keep="asr >= 40")
    await house.calls(2, 30)
    assert house.told == [
        "orbita to Kenya is promised asr >= 40: asr 6.7 % (1.8 to 21.3) of 30 calls is beyond asr >= 40 "
        "since 2026-11-01 00:00:00 UTC"
    ]
    await house.calls(0, 30)
    [breach] = (await house.service.Breaches(pb.SlaBreachQuery(), NOBODY)).breaches
    assert not breach.HasField("until_ms")
    mails = house.desk.catalog.mail.list("")
    assert [(mail.kind, mail.address, mail.partner) for mail in mails] == [(MAIL, "noc@carrier.example", "orbita")]
    assert "orbita to Kenya is promised asr >= 40" in mails[0].body
    house.at(house.desk.now_ms() + HOUR_MS)
    await house.calls(60, 60)
    assert house.told == []
    [over] = (await house.service.Breaches(pb.SlaBreachQuery(client="orbita"), NOBODY)).breaches
    assert over.over.startswith("kept again: asr 100.0 %")
    assert (await house.service.Breaches(pb.SlaBreachQuery(client="pampas"), NOBODY)).total == 0


async def test_another_desk_goes_on_with_the_breaches_that_last_and_mails_none_again(house: House) -> None:
    await house.promise(keep="asr >= 40")
    await house.calls(2, 30)
    house.alarms.clear()
    house.anew()
    await house.rounds.keep()
    assert len(house.told) == 1
    assert (house.desk.catalog.mail.count(""), house.desk.catalog.promises.breaches()[1]) == (1, 1)


async def test_what_runs_now_is_told_with_its_figures(house: House) -> None:
    await house.promise(sla_asr=40.0, sla_bucket="15m")
    await house.calls(2, 30)
    [state] = (await house.service.Now(pb.SlaNowQuery(), NOBODY)).states
    assert (state.whose.client, state.whose.destination_name, state.promise) == ("orbita", "Kenya", "asr >= 40")
    assert (state.attempts, state.bucket_s, state.verdict) == (30, 900, "not kept")
    assert state.HasField("broken_since_ms")
    assert [(one.name, round(one.value, 1)) for one in state.figures] == [("asr", 6.7)]
    assert (await house.service.Now(pb.SlaNowQuery(client="pampas"), NOBODY)).total == 0


async def test_a_policy_that_promises_nothing_any_more_ends_a_breach(house: House) -> None:
    await house.promise(sla_asr=40.0)
    await house.calls(2, 30)
    assert house.told
    await house.promise(sla_asr=0.0)
    await house.rounds.keep()
    assert house.told == []


async def test_what_no_vendor_keeps_is_counted_once_and_told_while_it_lasts(house: House) -> None:
    await house.promise(keep="asr >= 40")
    whose = Whose(ORBITA, "", house.where)
    now_ms = house.desk.now_ms()
    house.node.book.count(whose, now_ms, refused=False)
    await house.rounds.keep()
    house.node.book.count(whose, now_ms, refused=True)
    await house.rounds.keep()
    await house.rounds.keep()
    assert house.alarms[UNMET].startswith("no vendor keeps what is promised for calls of orbita to Kenya")
    house.node = replace_node(house)
    await house.rounds.keep()
    [one] = house.desk.catalog.promises.unmet(now_ms - HOUR_MS, now_ms + HOUR_MS)
    assert (one.whose, one.counted) == (whose, Unmet(1, 1))
    house.at(now_ms + HOUR_MS)
    await house.rounds.keep()
    assert house.alarms[UNMET] == ""


def replace_node(house: House) -> NodeHere:
    """The node's process died: another one has counted nothing."""
    house.node.book, house.node.process = UnmetBook(), "node-0 second"
    return house.node


async def test_one_that_is_away_is_asked_next_time(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await house.promise(keep="asr >= 40")

    def nobody(name: str) -> Any:
        raise ValueError(name)

    with monkeypatch.context() as away:
        away.setattr(promises, "handle", nobody)
        await house.rounds.keep()
    await house.calls(2, 30)
    assert len(house.told) == 1
    assert house.rounds.standing(Whose(ORBITA, "", house.where)) is not None


async def test_pairs_that_wait_are_judged_with_the_next_look(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running_promises, "MOST_LOOKED", 1)
    await house.promise(keep="asr >= 40")
    other = house.desk.catalog.codes.destination("UK Mobile").id
    await house.calls(2, 30)
    house.where = other
    await house.calls(2, 30)
    await house.rounds.keep()
    assert len(house.told) == 2
    assert not house.quality._touched


async def test_a_breach_that_a_desk_found_and_did_not_write_is_found_again(house: House) -> None:
    await house.promise(keep="asr >= 40")
    lost: list[Breach] = []

    async def keep() -> None:
        lost.extend((await house.quality.promise_changes([]))[1])  # and the desk that asked is gone

    house.rounds.keep = keep  # type: ignore[method-assign]
    await house.calls(2, 30)
    assert len(lost) == 1
    house.anew()
    await house.rounds.keep()
    assert len(house.told) == 1
    await house.rounds.keep()
    assert not house.quality._touched, "what was written is not judged again"
