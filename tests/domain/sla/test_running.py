"""Running buckets: when a promise is surely broken, and when that is over."""

from dataclasses import replace

import pytest

from domain.calls import Side
from domain.directory import Direction, Directory, Trunk, TrunkOptions
from domain.ids import DestinationId, PartnerId, TrunkId
from domain.money import Currency
from domain.policies.policy import Attachment, Policies, Policy
from domain.quality import LegBegun, LegSeen
from domain.quality_counts import QualityCounts
from domain.sla.breaches import Breach
from domain.sla.products import products_of
from domain.sla.report import Whose
from domain.sla.running import Promises, breaches_now, promised_now, without_promise
from tests.domain.builders import NOON
from tests.domain.test_quality import KENYA, seen
from tests.domain.worlds import client

ACME = PartnerId("acme")
HOUR_MS = 3_600_000
PAIR = ((ACME, KENYA),)
GOLD = Trunk(TrunkId("acme-gold"), ACME, Direction.IN, options=TrunkOptions(product="gold"))
PLAIN = replace(GOLD, id=TrunkId("acme-in"), options=TrunkOptions())


def directory(*attached: Attachment, trunks: tuple[Trunk, ...] = (), **policy: object) -> Directory:
    named = {"gold": Policy("gold", **policy)}  # type: ignore[arg-type]
    policies = Policies(named, attached or (Attachment("gold", client=ACME),))
    known = {trunk.id: trunk for trunk in trunks}
    return Directory(1, Currency("USD"), {ACME: client("acme")}, {}, known, policies)


class House:
    """Counts of a client's calls, and what is promised."""

    def __init__(self, known: Directory) -> None:
        self.promises, self.products = Promises(known), products_of(known)
        self.counts = QualityCounts(lambda _: "KE", self.products.get)
        self.standing: dict[Whose, Breach] = {}

    def calls(self, answered: int, of: int, at_ms: int, trunk: str = "acme-in") -> None:
        for place in range(of):
            hit = place < answered
            its = seen(
                side=Side.CLIENT, partner=ACME, destination=KENYA, setup_ms=at_ms, answered=hit, alerted=hit,
                cause=16 if hit else 34, duration_ms=60_000 if hit else 0, trunk=TrunkId(trunk), end_ms=at_ms + 70_000,
            )  # fmt: skip
            self.counts.end(its, at_ms + 80_000)

    def look(self, now_ms: int) -> list[Breach]:
        found = breaches_now(promised_now(self.promises, self.counts, PAIR, now_ms), self.standing, now_ms)
        for one in found:
            self.standing.pop(one.whose, None)
            if one.until_ms is None:
                self.standing[one.whose] = one
        return found


def test_a_bucket_that_surely_breaks_its_promise_is_told_once_with_its_figures() -> None:
    house = House(directory(keep="asr >= 40"))
    house.calls(2, 10, NOON)
    assert house.look(NOON + 100_000) == [], "ten calls tell nothing"
    house.calls(4, 30, NOON)
    [breach] = house.look(NOON + 200_000)
    assert breach.why == "asr 15.0 % (7.1 to 29.1) of 40 calls is beyond asr >= 40"
    assert (breach.whose, breach.bucket_ms, breach.promise) == (Whose(ACME, "", KENYA), NOON, "asr >= 40")
    house.calls(0, 30, NOON)
    assert house.look(NOON + 300_000) == []


def test_what_hovers_below_the_floor_is_no_breach_yet() -> None:
    house = House(directory(keep="asr >= 40"))
    house.calls(35, 100, NOON)
    assert house.look(NOON + 100_000) == []


def test_a_breach_is_over_with_a_later_bucket_that_keeps_it_and_not_before() -> None:
    house = House(directory(keep="asr >= 40"))
    house.calls(4, 40, NOON)
    assert len(house.look(NOON + 100_000)) == 1
    house.calls(900, 900, NOON)
    assert house.look(NOON + 200_000) == [], "the bucket was broken, however it ends"
    house.calls(18, 40, NOON + HOUR_MS)
    assert house.look(NOON + HOUR_MS + 200_000) == [], "45 % of 40 calls may be 35"
    [over] = house.look(NOON + 2 * HOUR_MS + 1_000)
    assert over.over == "kept again: asr 45.0 % (30.7 to 60.2) of 40 calls"
    assert over.until_ms == NOON + 2 * HOUR_MS + 1_000


def test_a_breach_is_over_at_once_where_the_running_bucket_leaves_no_doubt() -> None:
    house = House(directory(keep="asr >= 40"))
    house.calls(4, 40, NOON)
    house.look(NOON + 100_000)
    house.calls(60, 80, NOON + HOUR_MS)
    assert house.look(NOON + HOUR_MS + 200_000)[0].over.startswith("kept again: asr 75.0 %")


def test_a_breach_of_who_sends_no_calls_any_more_is_over_after_an_empty_bucket() -> None:
    house = House(directory(keep="asr >= 40"))
    house.calls(4, 40, NOON)
    house.look(NOON + 100_000)
    assert house.look(NOON + HOUR_MS + 100_000) == []
    assert house.look(NOON + 2 * HOUR_MS + 100_000)[0].over == "a bucket without calls"


def test_a_breach_is_over_where_nothing_is_promised_any_more() -> None:
    house = House(directory(keep="asr >= 40"))
    house.calls(4, 40, NOON)
    [breach] = house.look(NOON + 100_000)
    assert without_promise(house.promises, [breach], NOON) == []
    [over] = without_promise(Promises(directory()), [breach], NOON + 5)
    assert (over.until_ms, over.over) == (NOON + 5, "nothing is promised any more")


def test_calls_of_a_product_are_measured_alone() -> None:
    known = directory(Attachment("gold", product="gold"), trunks=(GOLD, PLAIN), sla_asr=40, sla_bucket="15m")
    house = House(known)
    house.calls(0, 40, NOON)
    house.calls(30, 40, NOON, "acme-gold")
    assert house.look(NOON + 100_000) == []
    house.calls(0, 300, NOON, "acme-gold")
    [breach] = house.look(NOON + 200_000)
    assert (breach.whose.product, breach.bucket_s) == ("gold", 900)
    assert breach.why.startswith("asr 8.8 %")


@pytest.mark.parametrize("answered", [True, False])
def test_open_calls_count_once_they_are_answered(answered: bool) -> None:
    house = House(directory(keep="asr >= 40"))
    house.calls(4, 20, NOON)
    for place in range(40):
        leg = LegBegun(str(place).encode(), KENYA, Side.CLIENT, ACME, NOON, answered, NOON)  # type: ignore[arg-type]
        house.counts.begin(leg)
    [its] = promised_now(house.promises, house.counts, PAIR, NOON + 100_000)
    assert its.running.attempts == (60 if answered else 20)


def test_talk_that_is_surely_too_short_is_a_breach() -> None:
    house = House(directory(sla_acd=120.0))
    house.calls(40, 40, NOON)
    [breach] = house.look(NOON + 100_000)
    assert breach.why == "acd 60.0 s of 40 calls is beyond acd >= 120"


def test_destinations_and_clients_that_nobody_promised_anything_have_no_buckets() -> None:
    house = House(directory(Attachment("gold", client=ACME, destination=DestinationId(99)), keep="asr >= 40"))
    house.calls(0, 40, NOON)
    assert house.look(NOON + 100_000) == []
    assert not House(directory()).promises.any
    assert isinstance(seen(), LegSeen)
