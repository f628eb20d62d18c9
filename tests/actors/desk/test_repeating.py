"""Work that the desk repeats outlives its own failures, and says so."""

import asyncio

import pytest

from actors.desk import repeating
from actors.desk.repeating import repeat
from actors.refs import UnavailableError
from actors.tasks import is_behind


class Office:
    """Work whose rounds end as told, and the alarms that stand."""

    def __init__(self, *rounds: Exception | None) -> None:
        self.rounds = list(rounds)
        self.alarms: dict[str, str] = {}
        self.stood: list[dict[str, str]] = []

    def alarm(self, key: str, text: str, severity: str) -> None:
        assert severity == "error"
        self.alarms.pop(key, None)
        if text:
            self.alarms[key] = text

    async def work(self) -> None:
        self.stood.append(dict(self.alarms))
        if not self.rounds:
            raise asyncio.CancelledError
        error = self.rounds.pop(0)
        if error is not None:
            raise error

    async def run(self) -> list[dict[str, str]]:
        """Return the alarms that stood when each round began."""
        with pytest.raises(asyncio.CancelledError):
            await repeat("seal", self.work, self.alarm, every_s=0)
        return self.stood


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeating, "AGAIN_S", 0.0)


async def test_a_damaged_file_is_an_alarm_until_a_round_succeeds() -> None:
    first, second, third, last = await Office(FileNotFoundError("day=1/0-1-2.parquet"), None, None).run()
    assert first == third == last == {}
    assert second == {"job seal": "seal fails, the log says more: FileNotFoundError: day=1/0-1-2.parquet"}


async def test_an_actor_between_two_incarnations_is_an_alarm_only_when_it_stays_away() -> None:
    away = UnavailableError("book 0 did not answer")
    stood = await Office(away, away, None).run()
    assert [len(alarms) for alarms in stood] == [0, 0, 1, 0]


@pytest.mark.parametrize("urgent", [False, True])
async def test_what_is_repeated_goes_on_behind_people_unless_it_is_urgent(urgent: bool) -> None:
    asked: list[bool] = []

    async def work() -> None:
        asked.append(await asyncio.create_task(behind_now()))
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await repeat("seal", work, Office().alarm, every_s=0, urgent=urgent)
    assert asked == [not urgent]
    assert not is_behind()


async def behind_now() -> bool:
    return is_behind()
