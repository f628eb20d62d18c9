"""Calls that are decided together would all be decided alike: by dated rates, rate types, callers, statics, hours."""

from collections.abc import Iterator
from dataclasses import replace
from random import Random

import polars as pl
import pytest
from hypothesis import given, settings

from cluster.tasks.backtest_keys import KEYS, keyed
from cluster.tasks.batch_world import BatchWorld, world_of
from domain.attribution import DirectoryIndex
from domain.backtest_choices import Chooser, PastCall
from domain.directory import Directory
from domain.ids import DestinationId, PartnerId, PlanId, TrunkId
from domain.intervals import WIDTH
from domain.policies.policy import Attachment, Policy, TimeProfile
from domain.policies.statics import Place as At
from domain.policies.statics import Static, StaticId
from domain.profiles import windows_of
from tests.cluster.tasks.places import BY, DAY_MS, NOW, a_catalog, a_place
from tests.domain.builders import dice, ms, row, rules

CLIENT, TRUNK = PartnerId("orbita"), TrunkId("orbita-in")
SPAN = ms(2026, 9, 30), ms(2026, 11, 2)
STATICS = (
    Static(StaticId("grey"), At.NEVER, vendor=PartnerId("bluewire"), code="44791"),
    Static(StaticId("far"), At.FIRST, vendor=PartnerId("kestrel"), destination=DestinationId(2)),
)
EVENING_MS = (14 * 60 + 5) * 60_000
"""When the evening begins in Kyiv and Nairobi: within a quarter of an hour."""
NUMBERS = (
    "447911123456", "447911", "44700123456", "4470012345678", "447912000111", "254722000111", "44", "33612345678",
    "44791", "447001234567890", "0", "44x", "",
)  # fmt: skip
CALLERS = ("12025550100", "442071838750", "44", "anonymous", "", "254700000001")
POLICIES = (
    Policy("price", order="price"),
    Policy("hours", order="if hour < 12 or weekday > 5 then price else real_cost"),
    Policy("callers", order="if caller_country = 'GB' then price else real_cost"),
    Policy("parts by hours", split="by if hour < 12 and vendor = 'kestrel' then 9 else 1"),
    Policy("parts by callers", split="by if caller_country = 'GB' and vendor = 'kestrel' then 9 else 1"),
    Policy(
        "types", order="least if caller_type = 'mobile' then price else if caller_type = 'invalid' then -price else 0"
    ),
)


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BatchWorld]:
    """Dated rates, a plan by time of day, one by who calls, static entries, a policy for evenings."""
    folder = tmp_path_factory.mktemp("world")
    catalog = a_catalog(f"sqlite:///{folder / 'catalog.db'}")
    evening = windows_of("peak", range(7), 17 * 60 + 5, 21 * 60)
    catalog.plans.add(rules(plan=PlanId("buy-night"), zone="Africa/Nairobi", windows=evening), "buy", **BY)
    night = [row("447", "0.0200"), row("447", "0.0290", rate_type="peak"), row("4479", "0.0100", rate_type="peak")]
    catalog.plans.add_rates(PlanId("buy-night"), night, **BY)
    catalog.plans.assign_to_trunk(PlanId("buy-night"), TrunkId("kestrel-gold"), **BY)
    with a_place(folder) as place:
        found = world_of(place.home, NOW)
        index = DirectoryIndex(_with_policies(found.world.index.directory, evening))
        yield replace(found, world=replace(found.world, index=index))
    catalog.close()


def _with_policies(directory: Directory, evening: tuple[object, ...]) -> Directory:
    dear = Policy("dear", min_margin_bp=3_000)
    profile = TimeProfile("evening", "Europe/Kyiv", evening)  # type: ignore[arg-type]
    policies = replace(
        directory.policies,
        named=directory.policies.named | {"dear": dear},
        attached=(Attachment("dear", profile="evening"),),
        profiles={"evening": profile},
    )
    return replace(directory, policies=policies, statics=STATICS)


def any_calls(random: Random, batch: BatchWorld, count: int) -> pl.DataFrame:
    rows = []
    for _ in range(count):
        number, at_ms = random.choice(NUMBERS), ms(2026, 10, 1) + random.randrange(31 * DAY_MS)
        if random.random() < 0.3:
            at_ms += random.choice([0, EVENING_MS - 1, EVENING_MS]) - at_ms % DAY_MS
        place = batch.world.codes.destination_of(number[:WIDTH]) or 0
        dialled = random.choice(["", "", *NUMBERS])
        dialled = "" if dialled == number else dialled
        rows.append((CLIENT, random.choice([TRUNK, ""]), number, random.choice(CALLERS), place, at_ms, dialled))
    return pl.DataFrame(
        rows, schema=["client", "trunk", "number", "a", "destination", "at_ms", "dialled"], orient="row"
    )


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
@settings(max_examples=4, deadline=None)
@given(dice=dice)
def test_calls_of_one_key_have_one_choice(batch: BatchWorld, policy: Policy, dice: Random) -> None:
    calls = keyed(any_calls(dice, batch, 400), (batch,), (policy,), SPAN)
    assert calls.select(KEYS).null_count().sum_horizontal().item() == 0
    choices: dict[tuple[object, ...], object] = {}
    asked = ("client", "trunk", "number", "a", "destination", "at_ms", "dialled")
    for one in calls.iter_rows(named=True):
        found = Chooser(batch.world, policy).choice(PastCall(*(one[name] for name in asked)))
        assert choices.setdefault(tuple(one[key] for key in KEYS), found) == found, one
    assert 5 < len(choices) <= calls.height
    assert len(set(choices.values())) > 2, "different calls are decided differently"
