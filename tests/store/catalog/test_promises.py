"""What was promised when, as the catalog tells it, and what became of it."""

from dataclasses import replace
from typing import Any

from domain.contract import Contract
from domain.ids import DestinationId, PartnerId
from domain.policies.policy import Attachment, Policies, Policy, TimeProfile
from domain.rates import Window
from domain.sla.breaches import Breach
from domain.sla.report import Unmet, Whose
from domain.sla.unmet import UnmetCount
from store.catalog import Catalog
from store.catalog.promises import KEPT_UNMET_DAYS
from tests.store.catalog.builders import AT, partner

ACME = PartnerId("acme")
GOLD = Attachment("gold", client=ACME)
WHOSE = Whose(ACME, "gold", DestinationId(7))
SLOT = 900_000
DAY_MS = 86_400_000


def at(hours: int) -> int:
    return AT + hours * 3_600_000


def by(hours: int) -> dict[str, Any]:
    return {"who": "ada", "at_ms": at(hours)}


def test_policies_of_a_period_are_those_that_were_in_force_at_each_moment_of_it(catalog: Catalog) -> None:
    catalog.partners.add(partner("acme"), **by(0))
    seen: list[tuple[int, Policies, str]] = []

    def step(hours: int) -> None:
        seen.append((at(hours), catalog.policies.all(), catalog.partners.get(ACME).policy))

    step(0)
    catalog.policies.set(Policy("gold", keep="asr >= 40"), **by(1))
    step(1)
    catalog.policies.attach(GOLD, **by(2))
    step(2)
    evening = TimeProfile("evening", windows=(Window("on", frozenset({1}), 60, 120),))
    catalog.policies.set_profile(evening, **by(3))
    catalog.policies.attach(replace(GOLD, profile="evening"), **by(3))
    step(3)
    catalog.policies.set_profile(replace(evening, zone="Europe/Paris"), **by(4))
    step(4)
    catalog.policies.set(Policy("gold", keep="asr >= 45"), **by(5))
    catalog.policies.set(Policy("silver", keep="asr >= 30"), **by(5))
    step(5)
    catalog.policies.attach(Attachment("silver", client=ACME), **by(6))
    step(6)
    catalog.partners.change(replace(catalog.partners.get(ACME), policy="silver"), Contract(), **by(7))
    step(7)
    catalog.policies.detach(Attachment("", client=ACME), **by(8))
    step(8)
    catalog.policies.back("gold", **by(9))
    step(9)
    catalog.partners.change(replace(catalog.partners.get(ACME), policy="default"), Contract(), **by(10))
    catalog.policies.detach(replace(GOLD, profile="evening"), **by(10))
    step(10)
    catalog.policies.remove("gold", **by(11))
    catalog.policies.remove_profile("evening", **by(11))
    step(11)
    catalog.policies.set(Policy("gold", keep="asr >= 50"), **by(12))
    step(12)
    states = catalog.promises.states(at(0), at(13))
    assert [state.from_ms for state in states] == [moment for moment, _, _ in seen]
    for state, (_, policies, own) in zip(states, seen, strict=True):
        assert (_said(state.policies), state.owners[ACME]) == (_said(policies), own)
    assert [state.from_ms for state in catalog.promises.states(at(5) + 1, at(7))] == [at(5) + 1, at(6)]


def _said(policies: Policies) -> tuple[object, ...]:
    return policies.named, set(policies.attached), policies.profiles


def test_counts_of_a_process_are_written_as_they_stand_and_those_of_all_are_added_up(catalog: Catalog) -> None:
    catalog.promises.count_unmet("node-0 a", [UnmetCount(AT, WHOSE, Unmet(3, 1))])
    catalog.promises.count_unmet(
        "node-0 a", [UnmetCount(AT, WHOSE, Unmet(5, 1)), UnmetCount(AT + SLOT, WHOSE, Unmet(1))]
    )
    catalog.promises.count_unmet("node-1 b", [UnmetCount(AT, WHOSE, Unmet(2))])
    assert catalog.promises.unmet(AT, AT + SLOT) == [UnmetCount(AT, WHOSE, Unmet(7, 1))]
    assert len(catalog.promises.unmet(AT, AT + 2 * SLOT)) == 2
    catalog.promises.count_unmet("node-1 b", [UnmetCount(AT + (KEPT_UNMET_DAYS + 1) * DAY_MS, WHOSE, Unmet(2))])
    assert catalog.promises.unmet(AT, AT + 2 * SLOT) == []


def test_a_breach_is_one_line_from_its_beginning_to_its_end(catalog: Catalog) -> None:
    begun = catalog.promises.write(Breach(WHOSE, AT, 3_600, AT + 5, "asr >= 40", "gold v1", "asr 20 of 100 calls"))
    assert begun.number
    assert catalog.promises.standing() == [begun]
    over = catalog.promises.write(replace(begun, until_ms=AT + 50, over="kept again"))
    assert catalog.promises.standing() == []
    other = catalog.promises.write(Breach(replace(WHOSE, client=PartnerId("orbita")), AT, 900, AT, "ner >= 90", "", ""))
    assert catalog.promises.breaches() == ([other, over], 2)
    assert catalog.promises.breaches("acme", 7) == ([over], 1)
    assert catalog.promises.breaches("acme", 8) == ([], 0)
