"""Terms of plans' sheets, templates, names of partners: what imports remember."""

from dataclasses import replace

import pytest

from domain.contract import Contract
from domain.errors import InputError, NotFoundError
from domain.ids import PartnerId, PlanId
from domain.sheets.headings import Meaning
from domain.sheets.template import Column, TabLayout, Template, Use
from domain.sheets.terms import Notice, NoticeDays, RateTerms, Semantics, WhenShort
from store.catalog import Catalog
from store.catalog.codes import CodeSeed
from tests.store.catalog.builders import AT, BY, partner, with_plan

KESTREL = PartnerId("kestrel")
WIDE = Template(
    "wide",
    tabs=(
        TabLayout("Rates", Use.RATES, 3, (Column(0, Meaning.CODE, "Code"), Column(2, Meaning.PRICE, "Rate", "peak"))),
    ),
    increments=(60, 1),
    fingerprint="f1",
)


def test_a_plan_has_the_usual_terms_until_others_are_set(catalog: Catalog) -> None:
    plan = with_plan(catalog)
    assert catalog.rate_terms.get(plan) == RateTerms()
    terms = RateTerms(
        Semantics.FULL,
        "Africa/Nairobi",
        allowed_increments=((60, 1), (1, 1)),
        counted=NoticeDays.HOURS,
        when_short=WhenShort.REJECT,
        ceilings={"KE": 50_000_000},
        senders=("@kestrel.example",),
        second_person=True,
        increase_days=14,
    )
    catalog.rate_terms.set(plan, terms, **BY)
    assert catalog.rate_terms.get(plan) == terms
    other = with_plan(catalog, "other")
    assert catalog.rate_terms.list() == {other: RateTerms(), plan: terms}
    [entry] = catalog.audit.list("rate-terms")
    assert (entry.before["semantics"], entry.after["semantics"]) == ("changes", "full")


def test_terms_that_cannot_be_are_refused(catalog: Catalog) -> None:
    plan = with_plan(catalog)
    for bad, words in (
        (RateTerms(zone="Mars/Olympus"), "unknown time zone"),
        (RateTerms(floor=5, ceiling=4), "above its ceiling"),
        (RateTerms(past_days=-1), "past_days is negative"),
        (RateTerms(increments=(0, 1)), "increments 0/1"),
    ):
        with pytest.raises(InputError, match=f"terms of plan {plan}: .*{words}"):
            catalog.rate_terms.set(plan, bad, **BY)
    with pytest.raises(NotFoundError, match="no plan"):
        catalog.rate_terms.get(PlanId("none"))


def test_notice_is_the_plans_else_the_contracts_else_the_usual(catalog: Catalog) -> None:
    plan = with_plan(catalog)
    assert catalog.rate_terms.notice(plan) == Notice()
    catalog.partners.add(partner("kestrel"), Contract(increase_notice_days=10, closing_notice_days=5), **BY)
    assert catalog.rate_terms.notice(plan, KESTREL) == Notice(new=1, increase=10, decrease=0, closing=5, blocking=5)
    catalog.rate_terms.set(plan, RateTerms(new_days=0, increase_days=3, blocking_days=2), **BY)
    assert catalog.rate_terms.notice(plan, KESTREL) == Notice(new=0, increase=3, decrease=0, closing=5, blocking=2)
    assert catalog.rate_terms.notice(plan) == Notice(new=0, increase=3, decrease=0, closing=7, blocking=2)


def test_a_template_has_a_new_version_only_when_it_is_otherwise(catalog: Catalog) -> None:
    first = catalog.templates.save("kestrel", WIDE, **BY)
    assert (first, first.version) == (replace(WIDE, version=1), 1)
    assert catalog.templates.save("kestrel", WIDE, who="bob", at_ms=AT + 1) == first
    second = catalog.templates.save("kestrel", replace(WIDE, decimal=","), who="bob", at_ms=AT + 2)
    assert second.version == 2
    assert catalog.templates.get("kestrel", "wide").saved_by == "bob"
    assert catalog.templates.get("kestrel", "wide", 1).template == first
    assert catalog.templates.of("kestrel") == [second]
    catalog.templates.save("orbita", WIDE, **BY)
    assert [(saved.owner, saved.template.version) for saved in catalog.templates.list()] == [
        ("kestrel", 2),
        ("orbita", 1),
    ]


def test_templates_are_found_by_their_fingerprint_as_they_are_now(catalog: Catalog) -> None:
    catalog.templates.save("kestrel", WIDE, **BY)
    catalog.templates.save("orbita", replace(WIDE, name="o"), who="ada", at_ms=AT + 1)
    assert [saved.owner for saved in catalog.templates.like("f1")] == ["orbita", "kestrel"]
    catalog.templates.save("kestrel", replace(WIDE, fingerprint="f2"), **BY)
    assert [saved.owner for saved in catalog.templates.like("f1")] == ["orbita"]


def test_a_removed_template_reads_no_more_sheets_but_what_it_was_stays(catalog: Catalog) -> None:
    catalog.templates.save("kestrel", WIDE, **BY)
    catalog.templates.remove("kestrel", "wide", **BY)
    assert catalog.templates.of("kestrel") == []
    for refused in (lambda: catalog.templates.get("kestrel", "wide"), lambda: catalog.templates.remove("k", "x", **BY)):
        with pytest.raises(NotFoundError, match="has no template"):
            refused()
    assert catalog.templates.get("kestrel", "wide", 1).template.name == "wide"
    assert catalog.templates.save("kestrel", WIDE, **BY).version == 2
    with pytest.raises(InputError, match="names no column"):
        catalog.templates.save("kestrel", Template("empty"), **BY)


def test_names_of_a_partner_are_remembered_for_destinations(catalog: Catalog) -> None:
    catalog.partners.add(partner("kestrel"), **BY)
    catalog.codes.enter([CodeSeed("2547", "Kenya Mobile", "KE"), CodeSeed("254", "Kenya", "KE")], "seed", **BY)
    given = {"Kenya-Mobile Safaricom": "Kenya Mobile", " KENYA ": "Kenya"}
    assert catalog.name_maps.set(KESTREL, given, **BY) == 2
    assert catalog.name_maps.set(KESTREL, given, **BY) == 0
    assert catalog.name_maps.of(KESTREL) == {"KENYA": "Kenya", "Kenya-Mobile Safaricom": "Kenya Mobile"}
    with pytest.raises(NotFoundError, match="no destination 'Atlantis'"):
        catalog.name_maps.set(KESTREL, {"a": "Kenya", "b": "Atlantis"}, **BY)
    catalog.name_maps.remove(KESTREL, "KENYA", **BY)
    assert list(catalog.name_maps.of(KESTREL)) == ["Kenya-Mobile Safaricom"]
    with pytest.raises(NotFoundError, match="mapped"):
        catalog.name_maps.remove(KESTREL, "KENYA", **BY)


def test_what_is_of_a_plan_or_a_partner_goes_with_it(catalog: Catalog) -> None:
    plan = with_plan(catalog)
    catalog.partners.add(partner("kestrel"), **BY)
    catalog.codes.enter([CodeSeed("254", "Kenya", "KE")], "seed", **BY)
    catalog.rate_terms.set(plan, RateTerms(zone="UTC"), **BY)
    catalog.origins.set(plan, "eea", ["44"], 0, **BY)
    catalog.templates.save("kestrel", WIDE, **BY)
    catalog.name_maps.set(KESTREL, {"KENYA": "Kenya"}, **BY)
    catalog.removals.plan(plan, **BY)
    catalog.removals.partner(KESTREL, **BY)
    again = with_plan(catalog)
    assert (catalog.rate_terms.get(again), catalog.origins.of(again)) == (RateTerms(), ())
    assert (catalog.templates.of("kestrel"), catalog.name_maps.of(KESTREL)) == ([], {})
