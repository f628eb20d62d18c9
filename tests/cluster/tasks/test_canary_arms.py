"""Both arms of a version on trial, counted from the books: every call once, by its key, sealed or not."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from actors.route_work import ArmsCount, ArmsOrder
from cluster.tasks.canary_arms import count_arms
from domain.calls import Side
from domain.ids import DestinationId, PartnerId
from domain.policies.comparing import Arm, Spread
from domain.policies.policy import Attachment, Canary, Policy, TimeProfile
from domain.rates import Window
from store.catalog import Catalog
from tests.cluster.tasks.octobers import enter_demo, load
from tests.cluster.tasks.places import BY, Place, a_place, an_empty_catalog
from tests.domain.builders import ms

FROM, UNTIL = ms(2026, 10, 31, 3), ms(2026, 10, 31, 21)
CANARY = Canary(Policy("default", order="price", version=2), FROM - 3_000, 3_000)
EARLY: dict[str, Any] = {"who": "ada", "at_ms": ms(2026, 10, 1)}


@pytest.fixture(scope="module")
def october(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A data folder with the last day of the demo's October in its book."""
    folder = tmp_path_factory.mktemp("arms")
    catalog = an_empty_catalog(f"sqlite:///{folder / 'catalog.db'}")
    enter_demo(catalog)
    catalog.policies.set(Policy("cheap", order="price"), **EARLY)
    with a_place(folder, directory=catalog.directory()) as place:
        load(place, ["2026-10-31"])
        yield place
    catalog.close()


def counted(place: Place, canary: Canary = CANARY, from_ms: int = FROM, until_ms: int = UNTIL) -> ArmsCount:
    return count_arms(place.home, ArmsOrder(canary, from_ms, until_ms))


def one_by_one(place: Place, canary: Canary = CANARY, client: str = "") -> dict[bool, Arm]:
    """Count the calls again, row by row."""
    columns = "call_key, side, partner, setup_ms, connect_ms, alert_ms, duration_ms, base_charge"
    rows = place.query(f"SELECT {columns} FROM leg ORDER BY attempt, setup_ms")
    asked = {row[0]: row for row in rows if row[1] == Side.CLIENT and FROM <= row[3] < UNTIL and client in ("", row[2])}
    arms = {False: Arm(), True: Arm()}
    carried: dict[bytes, list[tuple[object, ...]]] = {}
    for row in rows:
        if row[1] == Side.VENDOR:
            carried.setdefault(row[0], []).append(row)
    for key, (_, _, _, setup_ms, connect_ms, alert_ms, duration_ms, charge) in asked.items():
        legs = carried.get(key, [])
        cost = sum(leg[7] for leg in legs)  # type: ignore[misc]
        margin, talk = charge - cost, duration_ms if connect_ms else 0
        pdd = max(0, alert_ms - setup_ms) if alert_ms is not None else None
        one = Arm(
            calls=1,
            attempts=len(legs),
            answered=int(connect_ms is not None),
            talk_ms=Spread(1, talk, talk * talk) if connect_ms else Spread(),
            pdd_ms=Spread(1, pdd, pdd * pdd) if pdd is not None else Spread(),
            margin=Spread(1, margin, margin * margin),
            revenue=charge,
            cost=cost,
            first_talk_ms=(legs[0][6] if legs and legs[0][4] else 0),  # type: ignore[arg-type]
        )
        arms[canary.takes(bytes(key), 0)] += one
    return arms


def plain(arm: Arm) -> Arm:
    """Leave out what is not counted one by one."""
    return replace(arm, vendors={}, user_failures=0)


def test_the_arms_are_every_call_each_by_its_key_to_the_last_unit_before_and_after_sealing(october: Place) -> None:
    found, again = counted(october), one_by_one(october)
    assert (plain(found.current), plain(found.tried)) == (again[False], again[True])
    assert found.tried.calls > 100 and found.current.calls > 2 * found.tried.calls
    for arm in (found.current, found.tried):
        assert sum(part.calls for part in arm.vendors.values()) == arm.calls
        assert sum(part.answered for part in arm.vendors.values()) == arm.answered
        assert 0 < arm.user_failures < arm.calls - arm.answered
    october.seal()
    assert counted(october) == found


def test_parts_of_the_time_add_up(october: Place) -> None:
    middle = ms(2026, 10, 31, 11)
    first, second = counted(october, until_ms=middle), counted(october, from_ms=middle)
    both = counted(october)
    assert (first.current + second.current, first.tried + second.tried) == (both.current, both.tried)


def test_only_calls_for_which_the_policy_holds_are_counted_by_where_it_was_attached_then(october: Place) -> None:
    catalog = Catalog.open(october.home.catalog_url())
    cheap = replace(CANARY, policy=Policy("cheap", version=2))
    assert counted(october, cheap).current.calls == 0
    place = Attachment("cheap", client=PartnerId("callwell"))
    noon = ms(2026, 10, 31, 12)
    catalog.policies.attach(place, who="ada", at_ms=FROM)
    all_day = counted(october, cheap)
    assert 0 < all_day.current.calls < counted(october).current.calls
    catalog.policies.detach(place, who="ada", at_ms=noon)
    assert counted(october, cheap) == counted(october, cheap, until_ms=noon)
    catalog.policies.attach(Attachment("cheap", destination=DestinationId(1)), **BY)
    assert counted(october, cheap) == counted(october, cheap, until_ms=noon), "what came later counts for later calls"
    catalog.close()


def test_where_a_policy_holds_in_a_part_of_the_week_calls_count_from_its_first_minute_on(october: Place) -> None:
    catalog = Catalog.open(october.home.catalog_url())
    noon = TimeProfile("noon", windows=(Window("on", frozenset(range(7)), 12 * 60 + 7, 13 * 60 + 1),))
    catalog.policies.set_profile(noon, **EARLY)
    catalog.policies.set(Policy("timed", order="price"), **EARLY)
    place = Attachment("timed", profile="noon")
    catalog.policies.attach(place, **EARLY)
    timed = replace(CANARY, policy=Policy("timed", version=2))
    found = counted(october, timed)
    times = {"from_ms": ms(2026, 10, 31, 12) + 7 * 60_000, "until_ms": ms(2026, 10, 31, 13) + 60_000}
    again = counted(october, replace(CANARY, policy=Policy("default", version=2)), **times)
    assert found.current.calls + found.tried.calls == again.current.calls + again.tried.calls > 0
    catalog.policies.detach(place, **BY)
    catalog.close()
