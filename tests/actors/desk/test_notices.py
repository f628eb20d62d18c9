"""Notices of a book in the trail and in mail: exactly once, over kills of desk and shard at any point."""

from pathlib import Path
from typing import Any

import pytest

from actors.desk import notices
from actors.desk.core import Desk
from actors.desk.notices import Hearing
from actors.notices import News
from domain.credit import Notice, NoticeKind
from domain.ids import PartnerId
from domain.money import Currency, units_of
from store.catalog.partners import Contact
from tests.cluster.tasks.places import NOW

ORBITA = PartnerId("orbita")
BY: dict[str, Any] = {"who": "ada", "at_ms": NOW}


class FarShard:
    """A shard as the desk reaches it: `news` over a handle, which dies where it is told to."""

    def __init__(self, *kinds: NoticeKind) -> None:
        owed, limit = units_of("96"), units_of("100")
        self.waiting = {
            number: Notice(kind, ORBITA, NOW, 80 if kind is NoticeKind.WARNED else 0, owed, limit, Currency("USD"))
            for number, kind in enumerate(kinds, 1)
        }
        self.suspended: tuple[PartnerId, ...] = ()
        self.asked_after: list[int] = []
        self.news = self

    async def remote(self, book: int, after: int) -> News:
        self.asked_after.append(after)
        self.waiting = {number: notice for number, notice in self.waiting.items() if number > after}
        found = tuple(sorted(self.waiting.items(), key=lambda item: item[0]))
        return News(found, self.suspended, len(self.suspended))


class Alarms(dict[str, str]):
    def __call__(self, key: str, text: str, severity: str) -> None:
        self[key] = text


def hears(desk: Desk, shard: FarShard, monkeypatch: pytest.MonkeyPatch) -> tuple[Hearing, Alarms]:
    monkeypatch.setattr(notices, "handle", lambda name: shard)
    alarms = Alarms()
    return Hearing(desk, alarms), alarms


def trail(desk: Desk) -> list[str]:
    return [entry.action for entry in reversed(desk.catalog.audit.list("credit"))]


async def test_a_notice_is_in_the_trail_and_in_one_mail_to_each_address(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for contact in (
        Contact("billing", "pay@o.example"),
        Contact("noc", "noc@o.example"),
        Contact("rates", "r@o.example"),
    ):
        desk.catalog.partners.add_contact(ORBITA, contact, **BY)
    desk.catalog.partners.add_contact(ORBITA, Contact("noc", "pay@o.example"), **BY)
    hearing, _ = hears(desk, FarShard(NoticeKind.WARNED, NoticeKind.SUSPENDED), monkeypatch)
    await hearing.take()
    assert trail(desk) == ["warn", "suspend"]
    [warned] = [entry for entry in desk.catalog.audit.list("credit") if entry.action == "warn"]
    assert (warned.who, warned.key, warned.after["percent"]) == ("switchboard", "orbita", 80)
    mails = [mail for mail in desk.catalog.mail.list() if mail.kind == "warned"]
    assert {mail.address for mail in mails} == {"pay@o.example", "noc@o.example"} and len(mails) == 2
    assert "has used 80 % of its credit" in mails[0].subject and "96.00 USD" in mails[0].body


async def test_a_desk_killed_before_it_acknowledges_enters_nothing_twice(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.catalog.partners.add_contact(ORBITA, Contact("noc", "noc@o.example"), **BY)
    shard = FarShard(NoticeKind.WARNED)
    before = dict(shard.waiting)
    for _ in range(3):
        hearing, _alarms = hears(desk, shard, monkeypatch)  # a new incarnation knows what the catalog knows
        await hearing.take()
        shard.waiting |= before  # the shard was killed too, before it forgot
    assert trail(desk) == ["warn"] and desk.catalog.mail.count() == 1
    assert shard.asked_after[0] == 0 and set(shard.asked_after[1:]) == {1}


async def test_a_shard_that_is_away_keeps_its_notices(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    shard = FarShard(NoticeKind.REINSTATED)
    hearing, _ = hears(desk, shard, monkeypatch)

    def nobody(name: str) -> Any:
        raise ValueError(f"no actor {name}")

    monkeypatch.setattr(notices, "handle", nobody)
    await hearing.take()
    assert trail(desk) == []
    monkeypatch.setattr(notices, "handle", lambda name: shard)
    await hearing.take()
    assert trail(desk) == ["reinstate"]


async def test_an_alarm_lasts_as_long_as_somebody_is_suspended(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    shard = FarShard()
    hearing, alarms = hears(desk, shard, monkeypatch)
    shard.suspended = (ORBITA,)
    await hearing.take()
    assert alarms["credit suspended"] == "suspended by the balance: orbita"
    shard.suspended = ()
    await hearing.take()
    assert alarms["credit suspended"] == ""


async def test_of_a_partner_that_is_gone_the_trail_still_tells(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    shard = FarShard(NoticeKind.SUSPENDED)
    shard.waiting = {1: Notice(NoticeKind.SUSPENDED, PartnerId("gone"), NOW)}
    hearing, _ = hears(desk, shard, monkeypatch)
    await hearing.take()
    assert trail(desk) == ["suspend"] and desk.catalog.mail.count() == 0


@pytest.mark.parametrize("template", ["{{ 1 // 0 }}", "{{ unknown }}", "{% if"])
async def test_an_own_template_that_fails_keeps_no_mail_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, template: str
) -> None:
    folder = desk.home.data / "templates" / "mail"
    folder.mkdir(parents=True)
    (folder / "warned.j2").write_text(template)
    (folder / "suspended.j2").write_text("{{ name }}:\n{{ owed }} of {{ limit }}")
    desk.catalog.partners.add_contact(ORBITA, Contact("noc", "noc@o.example"), **BY)
    hearing, _ = hears(desk, FarShard(NoticeKind.WARNED, NoticeKind.SUSPENDED), monkeypatch)
    await hearing.take()
    own, ours = desk.catalog.mail.list()
    assert "80 %" in ours.subject and "fails and was not used" in ours.body
    assert own.body == "96.00 of 100.00\n"
