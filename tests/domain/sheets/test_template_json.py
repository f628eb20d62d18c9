"""Templates as JSON and back."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import InputError
from domain.sheets.headings import Meaning
from domain.sheets.template import Column, CountryCodeIn, Per, TabLayout, Template, Use
from domain.sheets.template_json import digest, template_json, template_of

TEXTS = st.text(max_size=12)
COLUMNS = st.builds(Column, st.integers(0, 300), st.sampled_from(Meaning), TEXTS, TEXTS, TEXTS)
LAYOUTS = st.builds(
    TabLayout, TEXTS, st.sampled_from(Use), st.integers(-1, 999), st.tuples(COLUMNS, COLUMNS), st.sampled_from((1, 2))
)
TEMPLATES = st.builds(
    Template,
    name=TEXTS,
    version=st.integers(0, 99),
    tabs=st.lists(LAYOUTS, max_size=2).map(tuple),
    decimal=st.sampled_from(("", ".", ",")),
    dates=st.sampled_from(("", "dmy", "mdy")),
    per=st.sampled_from(Per),
    country_code=st.sampled_from(CountryCodeIn),
    increments=st.tuples(st.integers(0, 3600), st.integers(0, 3600)),
    zone=TEXTS,
    surcharge=st.booleans(),
    fingerprint=TEXTS,
)


@given(TEMPLATES)
@settings(max_examples=40, deadline=None)
def test_what_is_written_is_read_as_it_was(template: Template) -> None:
    text = template_json(template)
    assert template_of(text) == template
    assert template_json(template_of(text)) == text


def test_fields_that_are_not_said_have_their_defaults() -> None:
    assert template_of('{"format": 1}') == Template()


@pytest.mark.parametrize(
    ("plain", "said"),
    [
        ({"format": 2}, "a template of format 2 cannot be read, only of format 1. Update Switchboard"),
        ({}, "a template of format None"),
        ({"format": 1, "colour": "red"}, "the template: 'colour' is unknown. Known are: .*decimal"),
        ({"format": 1, "tabs": [{"used": "rates"}]}, "tab 1: 'used' is unknown"),
        ({"format": 1, "tabs": [{"use": "prices"}]}, "tab 1, use: 'prices' is unknown. Known are: rates, codes"),
        ({"format": 1, "tabs": [{"columns": [{"place": 1}]}]}, "tab 1, columns: 'meaning' is missing"),
        ({"format": 1, "tabs": [{"columns": [{"place": "1", "meaning": "code"}]}]}, "place: '1' is no int"),
        ({"format": 1, "tabs": [{"columns": [{"place": -1, "meaning": "code"}]}]}, "a place is 0 or more"),
        ({"format": 1, "tabs": {}}, "tabs: this is no list"),
        ({"format": 1, "increments": [60]}, "no two whole numbers"),
        ({"format": 1, "surcharge": "yes"}, "surcharge: 'yes' is no bool"),
        ([], "the template: this is no object"),
    ],
)
def test_what_is_not_understood_is_refused(plain: object, said: str) -> None:
    with pytest.raises(InputError, match=said):
        template_of(json.dumps(plain))


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(InputError, match="this is no template"):
        template_of("Code,Rate")


def test_the_fingerprint_is_that_of_the_headings_alone() -> None:
    layout = TabLayout("Rates", columns=(Column(0, Meaning.CODE, "Code"), Column(1, Meaning.PRICE, "Rate Sep 2026")))
    moved = TabLayout("Tarife", header=9, columns=(Column(2, Meaning.CODE, "CODE"), Column(4, Meaning.PRICE, "rate")))
    other = TabLayout("Rates", columns=(Column(0, Meaning.CODE, "Code"), Column(1, Meaning.PRICE, "Price")))
    assert digest(Template(tabs=(layout,))) == digest(Template(name="x", tabs=(TabLayout(use=Use.SKIP), moved)))
    assert digest(Template(tabs=(layout,))) != digest(Template(tabs=(other,)))
