"""A sheet that comes by itself finds its plan by sender and subject."""

import pytest

from domain.ids import PlanId
from domain.sheets.expected import expecting, why_no_plan
from domain.sheets.terms import RateTerms

TERMS = {
    PlanId("kestrel"): RateTerms(senders=("rates@kestrel.example", "@kestrel.test")),
    PlanId("acme-a"): RateTerms(senders=("@acme.example",), subject="*standard*"),
    PlanId("acme-b"): RateTerms(senders=("@acme.example",), subject="*premium*"),
    PlanId("any"): RateTerms(subject="Rates (XY) *"),
    PlanId("silent"): RateTerms(),
}


@pytest.mark.parametrize(
    ("sender", "subject", "plans"),
    [
        ("Rates@Kestrel.example", "whatever", ["kestrel"]),
        ("anybody@KESTREL.test", "", ["kestrel"]),
        ("rates@sub.kestrel.test", "", []),
        ("other@kestrel.example", "", []),
        ("x@acme.example", "Your STANDARD  rates", ["acme-a"]),
        ("x@acme.example", "standard and premium", ["acme-a", "acme-b"]),
        ("x@acme.example", "rates", []),
        ("", "rates (xy)  of today", ["any"]),
        ("", "my rates (xy) of today", []),
        ("kestrel.example", "", []),
    ],
)
def test_a_plan_expects_those_whom_its_terms_name(sender: str, subject: str, plans: list[str]) -> None:
    assert list(expecting(TERMS, sender, subject)) == plans


def test_it_is_said_how_a_plan_comes_to_expect_mail() -> None:
    told = why_no_plan(TERMS, "a@b.c", "New rates")
    why, _, mend = told.partition("; mend: ")
    assert why == 'no plan expects mail from a@b.c with the subject "New rates"'
    assert mend == "`switchboard plans terms PLAN senders=a@b.c`"
    unnamed = why_no_plan(TERMS, "", "a.csv", "files")
    assert unnamed.endswith("mend: `switchboard sheets take`, or name plan or sender of the folder in switchboard.toml")
    both = why_no_plan(TERMS, "x@acme.example", "Standard and premium")
    assert both.startswith("acme-a, acme-b all expect mail from x@acme.example; mend:")


def test_who_is_expected_under_another_subject_is_told_so() -> None:
    one = {PlanId("acme-a"): TERMS[PlanId("acme-a")]}
    why = 'no plan expects mail from x@acme.example with the subject "New"'
    told = why_no_plan(one, "x@acme.example", "New")
    assert told == f'{why}: acme-a wants "*standard*"; mend: `switchboard plans terms acme-a subject=PATTERN`'
    told = why_no_plan(TERMS, "x@acme.example", "New")
    assert told == f"{why}: acme-a, acme-b want others; mend: `switchboard plans terms PLAN subject=PATTERN`"
