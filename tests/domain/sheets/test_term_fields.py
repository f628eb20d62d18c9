"""Terms of a plan's sheets by the names of their fields."""

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from domain.errors import InputError
from domain.sheets.term_fields import TERM_FIELDS, changed_terms, differing, terms_texts
from domain.sheets.terms import NoticeDays, RateTerms, Semantics, WhenShort

PRICES = st.integers(0, 10**12)
DAYS = st.none() | st.integers(0, 365)
STEPS = st.tuples(st.integers(1, 600), st.integers(1, 600))
COUNTRIES = st.dictionaries(st.sampled_from(["KE", "TZ", "GB", "001"]), PRICES, max_size=3)


@st.composite
def terms(draw: st.DrawFn) -> RateTerms:
    floor, ceiling = sorted((draw(PRICES), draw(PRICES)))
    return RateTerms(
        semantics=draw(st.sampled_from(Semantics)),
        zone=draw(st.sampled_from(["", "UTC", "Africa/Nairobi"])),
        increments=draw(STEPS),
        allowed_increments=tuple(draw(st.lists(STEPS, max_size=3))),
        new_days=draw(DAYS),
        increase_days=draw(DAYS),
        counted=draw(st.sampled_from(NoticeDays)),
        when_short=draw(st.sampled_from(WhenShort)),
        floor=floor,
        ceiling=ceiling,
        floors=draw(COUNTRIES),
        ceilings=draw(COUNTRIES),
        senders=tuple(draw(st.lists(st.sampled_from(["a@b.example", "@c.example"]), max_size=2))),
        subject=draw(st.sampled_from(["", "Rates, *"])),
        second_person=draw(st.booleans()),
    )


@examples(max_examples=50)
@given(terms())
def test_terms_can_be_set_as_they_are_shown(its: RateTerms) -> None:
    assert changed_terms(RateTerms(), terms_texts(its), "plan p") == its
    others = {name: text for name, text in terms_texts(its).items() if name in differing(its)}
    assert changed_terms(RateTerms(), others, "plan p") == its


def test_every_field_is_shown_under_its_name() -> None:
    shown = terms_texts(RateTerms())
    assert set(shown) == set(TERM_FIELDS) - {"floors", "ceilings"}
    assert (shown["floor"], shown["increments"], shown["increase_days"]) == ("0.0001", "1/1", "")
    assert differing(RateTerms()) == []


def test_bounds_of_a_country_come_and_go() -> None:
    its = changed_terms(RateTerms(), {"ceilings.ke": "0.5", "ceilings.TZ": "0.4"}, "plan p")
    assert its.ceilings == {"KE": 50_000_000, "TZ": 40_000_000}
    assert changed_terms(its, {"ceilings.KE": ""}, "plan p").ceilings == {"TZ": 40_000_000}


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        ({"increments": "60"}, "increments: '60' is no increment"),
        ({"allowed_increments": "60/1,0/1"}, "'0/1' is no increment"),
        ({"floor": "cheap"}, "'cheap' is no price"),
        ({"floor": "20"}, "floor 20.00 is above ceiling 10.00"),
        ({"ceilings.Kenya": "1"}, "'Kenya' is no country"),
        ({"ceilings": "1"}, "there is no field 'ceilings'"),
        ({"increase_days": "soon"}, "increase_days takes a whole number"),
        ({"increase_days": "-1"}, "increase_days is -1"),
        ({"semantics": "half"}, "semantics takes one of full, changes, full-by-country"),
        ({"zone": "Mars"}, "'Mars' is no time zone"),
        ({"senders": "kestrel"}, "'kestrel' is no sender"),
        ({"increas_days": "1"}, "Did you mean increase_days"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(texts: dict[str, str], says: str) -> None:
    with pytest.raises(InputError, match=says.replace("(", r"\(")):
        changed_terms(RateTerms(), texts, "plan p")
