"""Commitments and swaps over gRPC: what is entered, how it stands, and alarms while one goes wrong."""

from typing import Any

import pytest

from actors.desk import quantities
from actors.desk.core import Desk
from actors.desk.quantities import CommitmentsService, SwapsService
from actors.desk.quantity_rounds import QuantityRounds, commitment_alarm, swap_alarm
from domain.errors import InputError, NotFoundError
from domain.quantities.standing import DAY_MS, HOUR_MS, Counted
from protos.operators_pb2 import FieldChanges, Named, PageRequest
from store.catalog.codes import CodeSeed
from tests.cluster.tasks.places import BY
from tests.domain.quantities.volumes import BEGIN, USD, commitment, swap

NOBODY: Any = None
TERMS = {"vendor": "orbita", "minutes": "300", "from": "2020-01-01", "until": "2099-12-31"}
BAND = {"partner": "orbita", "low": "-10", "high": "10", "from": "2020-01-01", "until": "2099-12-31"}


class Far:
    """quality-0 far away: what it has counted, by title."""

    def __init__(self) -> None:
        self.counted: dict[str, Counted | None] = {}
        self.volumes = self

    async def remote(self) -> dict[str, Counted | None]:
        return self.counted


@pytest.fixture
def far(monkeypatch: pytest.MonkeyPatch) -> Far:
    its = Far()
    monkeypatch.setattr(quantities, "handle", lambda name: its)
    return its


@pytest.fixture
def commitments(desk: Desk, far: Far) -> CommitmentsService:
    desk.catalog.codes.enter([CodeSeed("2547", "Kenya Mobile", "KE")], "test", **BY)
    return CommitmentsService(desk)


@pytest.fixture
def swaps(desk: Desk, far: Far) -> SwapsService:
    return SwapsService(desk)


def fields(name: str = "nov", **values: str) -> FieldChanges:
    return FieldChanges(id=name, values=values)


async def test_a_new_one_is_counted_at_once(commitments: CommitmentsService, desk: Desk) -> None:
    desk.quality_stale.clear()
    said = (await commitments.Add(fields(**TERMS), NOBODY)).what
    assert said == "commitment nov added: its calls of before are being counted"
    assert desk.quality_stale.is_set()
    shown = await commitments.Show(Named(name="nov"), NOBODY)
    assert (shown.verdict, shown.HasField("sent"), shown.currency) == ("counting", False, "USD")
    assert dict(shown.fields)["until"] == "2099-12-31"


async def test_it_stands_as_quality_counted(commitments: CommitmentsService, far: Far) -> None:
    await commitments.Add(fields(**TERMS, destination="Kenya Mobile", true_up="0.01"), NOBODY)
    far.counted["commitment nov"] = Counted(went=18_001)
    [shown] = (await commitments.List(PageRequest(filter="kenya"), NOBODY)).commitments
    assert (shown.verdict, shown.sent, shown.remaining) == ("filled", 18_001, 0)
    assert (shown.destination, shown.true_up_units, shown.at_risk_units) == ("Kenya Mobile", 1_000_000, 0)


async def test_only_what_counts_other_calls_is_counted_anew(commitments: CommitmentsService, desk: Desk) -> None:
    await commitments.Add(fields(**TERMS), NOBODY)
    desk.quality_stale.clear()
    said = (await commitments.Set(fields(minutes="400", warn_pct="5"), NOBODY)).what
    assert said == "commitment nov: minutes 400 (was 300), warn_pct 5 (was 10)"
    assert not desk.quality_stale.is_set()
    await commitments.Set(fields(code="2547"), NOBODY)
    assert desk.quality_stale.is_set()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"vendor": ""}, "it has no vendor"),
        ({"from": ""}, "it has no from"),
        ({"until": "soon"}, "'soon' is not a date or time"),
        ({"minutes": "many"}, "'many' is no value of minutes"),
        ({"money": "5"}, "both minutes and money are given"),
        ({"country": "Kenya"}, "is no country"),
        ({"minuts": "5"}, "there is no field 'minuts'"),
    ],
)
async def test_what_is_wrong_is_told(commitments: CommitmentsService, values: dict[str, str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        await commitments.Add(fields(**TERMS | values), NOBODY)


async def test_the_vendor_of_one_stays(commitments: CommitmentsService) -> None:
    await commitments.Add(fields(**TERMS), NOBODY)
    with pytest.raises(InputError, match="the vendor of a commitment stays"):
        await commitments.Set(fields(vendor="kestrel"), NOBODY)
    await commitments.Remove(Named(name="nov"), NOBODY)
    with pytest.raises(NotFoundError):
        await commitments.Show(Named(name="nov"), NOBODY)


async def test_the_last_day_is_whole_in_the_zone_of_the_contract(commitments: CommitmentsService, desk: Desk) -> None:
    await commitments.Add(fields(**TERMS | {"from": "2026-11-01", "until": "2026-11-30"}), NOBODY)
    shown = await commitments.Show(Named(name="nov"), NOBODY)
    assert shown.until_ms - shown.from_ms == 30 * DAY_MS
    await commitments.Set(fields(until="2026-11-30T18:00"), NOBODY)
    shown = await commitments.Show(Named(name="nov"), NOBODY)
    assert shown.fields["until"] == "2026-11-30T18:00:00+00:00"


async def test_a_swap_stands_in_its_band_and_changes_its_unit_with_its_ends(swaps: SwapsService, far: Far) -> None:
    await swaps.Add(fields("both", **BAND), NOBODY)
    far.counted["swap both"] = Counted(came=60, went=720)
    [shown] = (await swaps.List(PageRequest(), NOBODY)).swaps
    assert (shown.verdict, shown.balance, shown.room, shown.position_pct) == ("below the band", -660, -60, -110)
    with pytest.raises(InputError, match="the band is in another unit"):
        await swaps.Set(fields("both", unit="money"), NOBODY)
    await swaps.Set(fields("both", unit="money", low="-5.5", high="5.5"), NOBODY)
    shown = await swaps.Show(Named(name="both"), NOBODY)
    assert (shown.in_money, shown.low, shown.high) == (True, -550_000_000, 550_000_000)
    await swaps.Remove(Named(name="both"), NOBODY)
    assert (await swaps.List(PageRequest(), NOBODY)).total == 0


async def test_what_ends_first_stands_first_and_what_is_over_last(commitments: CommitmentsService) -> None:
    for name, until, code in (("late", "2099-12-31", "1"), ("over", "2021-01-01", "2"), ("soon", "2090-01-01", "3")):
        await commitments.Add(fields(name, **TERMS | {"until": until, "code": code}), NOBODY)
    page = await commitments.List(PageRequest(limit=2), NOBODY)
    assert ([one.id for one in page.commitments], page.total) == (["soon", "late"], 3)


# ---- alarms


def test_an_alarm_says_what_will_lack_and_what_it_costs() -> None:
    its = commitment(true_up=1_000_000)
    hours = {(BEGIN + 9 * DAY_MS) // HOUR_MS: 3_600}
    said = commitment_alarm(its, Counted(went=3_600, hours=hours), BEGIN + 10 * DAY_MS, USD)
    assert said == (
        "commitment nov to kestrel will miss 68 min of 300 min, 0.68666667 USD at risk: 8 min a day, 12 min needed; "
        "20.0 % behind"
    )
    assert commitment_alarm(its, Counted(went=18_000), BEGIN + 10 * DAY_MS, USD) == ""


def test_an_alarm_says_on_which_side_of_its_band_a_swap_is() -> None:
    assert swap_alarm(swap(), Counted(0, 7_000), BEGIN).endswith("its band is -100 min to 100 min: we sent too much")
    assert swap_alarm(swap(low=-1, high=1, currency=USD), Counted(5, 0), BEGIN).endswith("we owe traffic")
    assert swap_alarm(swap(), Counted(0, 600), BEGIN) == ""


async def test_alarms_come_and_go(swaps: SwapsService, desk: Desk, far: Far) -> None:
    alarms: dict[str, str] = {}
    rounds = QuantityRounds(desk, lambda key, text, severity: alarms.update({key: text}))
    await rounds.look()
    assert alarms == {}
    await swaps.Add(fields("both", **BAND), NOBODY)
    far.counted["swap both"] = Counted(0, 660)
    await rounds.look()
    assert alarms["swap both"]
    far.counted["swap both"] = None
    await rounds.look()
    assert alarms["swap both"], "nothing is known now: what was said stays"
    far.counted["swap both"] = Counted(0, 60)
    await rounds.look()
    assert alarms["swap both"] == ""
    far.counted["swap both"] = Counted(0, 660)
    await rounds.look()
    await swaps.Remove(Named(name="both"), NOBODY)
    await rounds.look()
    assert alarms["swap both"] == ""
