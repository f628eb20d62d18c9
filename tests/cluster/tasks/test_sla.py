"""The report of promises is that of counting clients' legs one by one, bucket by bucket."""

from dataclasses import replace
from random import Random
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings

from cluster.tasks import sla
from cluster.tasks.leg_frames import frame_of
from cluster.tasks.quality_periods import SAID
from cluster.tasks.sla import report_of, sla_report
from domain.calls import Leg, Side
from domain.errors import InputError
from domain.ids import DestinationId, PartnerId, TrunkId
from domain.policies.policy import Attachment, Policies, Policy
from domain.sla.history import PolicyState
from domain.sla.measuring import Verdict
from domain.sla.report import SlaOrder, SlaReport, Unmet, Whose
from domain.sla.unmet import UnmetCount
from store.book_rows import leg_row
from store.book_schema import LEG_COLUMNS
from store.catalog import Catalog
from tests.cluster.tasks.places import Place
from tests.cluster.tasks.test_leg_search import filled
from tests.cluster.tasks.test_quality_periods import any_leg, by_hand
from tests.domain.builders import NOON, dice
from tests.domain.call_builders import a_leg

HOUR_MS, QUARTER_MS = 3_600_000, 900_000
FROM, UNTIL = NOON - 6 * HOUR_MS, NOON
ONE, KENYA = PartnerId("one"), DestinationId(1)
PRODUCTS = {TrunkId("one-a"): "gold"}


def frame(legs: list[Leg]) -> pl.DataFrame:
    rows = [[dict(zip(LEG_COLUMNS, leg_row(leg, 0), strict=False))[name] for name in SAID] for leg in legs]
    return frame_of(rows, SAID).with_columns(pl.lit(False).alias("open"))  # type: ignore[arg-type]  # rows as a book gives them


def states(*floors: tuple[int, int], **gold: Any) -> list[PolicyState]:
    """Policies that promise these ASRs to client one from these hours on."""
    attached = (Attachment("gold", client=ONE),)
    made = [
        (hours, Policy("gold", keep=f"asr >= {floor}" if floor else "", version=place, **gold))
        for place, (hours, floor) in enumerate(floors, 1)
    ]
    return [PolicyState(FROM + hours * HOUR_MS, Policies({"gold": its}, attached)) for hours, its in made]


def report(legs: list[Leg], known: list[PolicyState], unmet: list[UnmetCount] | None = None, **order: Any) -> SlaReport:
    return report_of(frame(legs), PRODUCTS, known, unmet or [], SlaOrder(FROM, UNTIL, **order))


def many(answered: int, of_all: int, at_ms: int, name: str = "", **fields: Any) -> list[Leg]:
    return [
        a_leg(
            f"{name}{at_ms}{at}",
            Side.CLIENT,
            partner="one",
            trunk="one-b",
            setup_ms=at_ms + at,
            connect_ms=at_ms + at + 3_000 if at < answered else None,
            destination=KENYA,
            **fields,
        )
        for at in range(of_all)
    ]


@settings(max_examples=8, deadline=None)
@given(dice)
def test_every_bucket_is_what_counting_its_calls_by_hand_gives(dice: Random) -> None:
    legs = [replace(any_leg(dice, at), side=Side.CLIENT) for at in range(120)]
    legs = [leg for leg in legs if leg.state.value == "closed"]
    bucket_s = dice.choice([900, 3_600])
    changes = [(0, 40), (2, 0), (3, 55)]
    made = report([leg for leg in legs if FROM <= leg.setup_ms < UNTIL], states(*changes), bucket_s=bucket_s)
    ones = [leg for leg in legs if leg.partner == "one"]
    assert {row.whose.client for row in made.rows} <= {"one"}
    for row in made.rows:
        whose = row.whose
        its = [
            leg
            for leg in ones
            if row.from_ms <= leg.setup_ms < row.until_ms
            and leg.destination == whose.destination
            and PRODUCTS.get(leg.trunk, "") == whose.product
        ]
        assert row.sums == (by_hand(its) if its else row.sums.__class__())
        assert row.promise.words == ("asr >= 40" if row.from_ms < FROM + 2 * HOUR_MS else "asr >= 55")
    promised = [leg for leg in ones if not FROM + 2 * HOUR_MS <= leg.setup_ms < FROM + 3 * HOUR_MS]
    within = [leg for leg in promised if FROM <= leg.setup_ms < UNTIL]
    assert sum(row.sums.attempts for row in made.rows) == len(within) == sum(one.attempts for one in made.summaries)
    hours = 5 * HOUR_MS // (1000 * bucket_s)
    assert len(made.rows) == hours * len(made.summaries)


def test_buckets_without_calls_and_with_few_are_told_as_such_and_the_worst_is_named() -> None:
    legs = [
        *many(10, 40, FROM),
        *many(30, 60, FROM + HOUR_MS),
        *many(12, 40, FROM + 2 * HOUR_MS),
        *many(1, 3, UNTIL - 9),
    ]
    made = report(legs, states((0, 40)))
    assert [row.verdict for row in made.rows] == [
        Verdict.BROKEN, Verdict.KEPT, Verdict.BROKEN, Verdict.EMPTY, Verdict.EMPTY, Verdict.FEW,
    ]  # fmt: skip
    [summary] = made.summaries
    assert (summary.kept, summary.broken, summary.few, summary.empty) == (1, 2, 1, 2)
    assert (summary.kept_ms, summary.broken_ms) == (HOUR_MS, 2 * HOUR_MS)
    assert summary.worst is made.rows[0]


def test_a_product_is_a_line_of_its_own() -> None:
    gold = [replace(leg, trunk=TrunkId("one-a")) for leg in many(30, 40, FROM, "gold")]
    made = report([*many(1, 40, FROM), *gold], states((0, 40)), bucket_s=86_400)
    assert [(row.whose.product, row.verdict) for row in made.rows] == [("", Verdict.BROKEN), ("gold", Verdict.KEPT)]
    assert [row.whose.product for row in report(gold, states((0, 40)), product="", bucket_s=86_400).rows] == []


def test_calls_that_no_vendor_kept_it_for_stand_in_their_bucket_calls_or_none() -> None:
    whose = Whose(ONE, "", KENYA)
    unmet = [
        UnmetCount(FROM + 5 * QUARTER_MS, whose, Unmet(2, 1)),
        UnmetCount(FROM + 6 * QUARTER_MS, whose, Unmet(0, 4)),
    ]
    made = report([], states((0, 40)), unmet)
    assert [(row.unmet.routed, row.unmet.refused) for row in made.rows] == [
        (0, 0),
        (2, 5),
        (0, 0),
        (0, 0),
        (0, 0),
        (0, 0),
    ]
    assert made.summaries[0].unmet == Unmet(2, 5)
    assert report([], states((0, 40)), unmet, client="two").rows == ()


def test_a_quarter_in_which_the_promise_begins_is_counted_with_it() -> None:
    begun = states((0, 0), (1, 40))
    begun[1] = replace(begun[1], from_ms=FROM + HOUR_MS + 60_000)
    unmet = [UnmetCount(FROM + HOUR_MS, Whose(ONE, "", KENYA), Unmet(2))]
    assert report([], begun, unmet).rows[0].unmet == Unmet(2)


def test_a_report_of_too_many_buckets_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sla, "MOST_ROWS", 5)
    with pytest.raises(InputError, match="more than 5 buckets"):
        report(many(1, 2, FROM), states((0, 40)))


def test_a_report_reads_the_books_the_trail_and_the_counts(stored: Place) -> None:
    catalog = Catalog.open(stored.home.catalog_url())
    catalog.policies.set(Policy("default", keep="asr >= 40"), who="ada", at_ms=FROM + HOUR_MS)
    catalog.promises.count_unmet("n", [UnmetCount(FROM + HOUR_MS, Whose(ONE, "", KENYA), Unmet(1))])
    catalog.close()
    filled(stored, [*many(10, 40, FROM), *many(20, 40, FROM + HOUR_MS)], sealed=50)
    made = sla_report(stored.home, SlaOrder(FROM, UNTIL, client="one", destination=1))
    assert [row.verdict for row in made.rows][:2] == [Verdict.KEPT, Verdict.EMPTY]
    assert made.rows[0].from_ms == FROM + HOUR_MS
    assert made.rows[0].policy == "default v2"
    assert made.rows[0].unmet == Unmet(1)
