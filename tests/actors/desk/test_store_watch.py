"""The desk sees that the store is away, says so at once, and goes on by itself when it is back."""

import threading
from pathlib import Path

import psycopg
import pytest

from actors.desk import store_watch
from actors.desk.core import Desk
from actors.desk.store_watch import Counted, StoreWatch
from actors.home import machine_ms


class Seen:
    def __init__(self, desk: Desk) -> None:
        self.alarms: dict[str, str] = {}
        self.watch = StoreWatch(desk, lambda key, text, _: self.alarms.__setitem__(key, text))


async def test_a_database_that_is_gone_is_an_alarm_until_it_answers(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = Seen(desk)
    assert await seen.watch.look() == Counted(0, 0) and not desk.away

    def gone() -> None:
        raise psycopg.OperationalError("connection refused")

    with monkeypatch.context() as away:
        away.setattr(desk.reader, "every", gone)
        await seen.watch.look()
        assert "does not answer (connection refused)" in desk.away
        assert seen.alarms["store"].startswith(desk.away)
        assert seen.watch.back_ms == 0
    before_ms = machine_ms()
    await seen.watch.look()
    assert before_ms <= seen.watch.back_ms <= machine_ms(), "nobody is silent for having been unheard until then"
    assert (desk.away, seen.alarms["store"]) == ("", "")


async def test_a_database_that_hangs_holds_up_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    seen, goes_on = Seen(desk), threading.Event()
    monkeypatch.setattr(store_watch, "LOOK_S", 0.02)

    def hangs() -> list[object]:
        goes_on.wait(20)
        return []

    monkeypatch.setattr(desk.reader, "every", hangs)
    await seen.watch.look()
    await seen.watch.look()
    assert desk.away.endswith("hangs")
    goes_on.set()
    monkeypatch.setattr(store_watch, "LOOK_S", 20)
    await seen.watch.look()
    assert not desk.away


async def test_a_disk_with_little_room_is_an_alarm_that_names_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Seen(desk)
    room: list[int] = [5 * 2**20]
    monkeypatch.setattr(store_watch, "free_bytes", lambda _: room[0])
    await seen.watch.look()
    said = seen.alarms["disk"]
    assert "has 5 MB left, less than store.free_mb (1,024)" in said and str(Path(desk.home.data)) in said
    room[0] = 2**40
    await seen.watch.look()
    assert seen.alarms["disk"] == ""
