"""Numbers: what routes and what never does."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.directory import NumberRules, Portability, TrunkOptions
from domain.numbers import Dialled, believed, dial, dialled, handed_on, normalise, valid

PLAIN = NumberRules()


@pytest.mark.parametrize(
    "raw",
    ["447911123456", "+447911123456", "00447911123456", "011447911123456", "+44 (7911) 123-456"],
)
def test_every_spelling_of_a_number_becomes_the_same_digits(raw: str) -> None:
    assert normalise(raw, PLAIN) == "447911123456"


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "+",
        "4479",
        "4479111234567890",
        "44abc",
        "44:7911",
        "44#7911123456",
        "٤٤٧٩١١١٢٣",
        "4479\n11123456",
        "++447911",
    ],
)
def test_letters_symbols_and_wrong_lengths_never_route(raw: str) -> None:
    assert normalise(raw, PLAIN) is None


def test_a_number_without_the_trunks_tech_prefix_is_not_taken() -> None:
    rules = NumberRules(tech_prefix="77#")
    assert normalise("77#447911123456", rules) == "447911123456"
    assert normalise("77#00447911123456", rules) == "447911123456"
    assert normalise("447911123456", rules) is None


def test_a_national_number_gets_its_country_after_its_trunk_zero_is_off() -> None:
    rules = NumberRules(country="44", national_prefix="0")
    assert normalise("07911 123456", rules) == "447911123456"
    assert normalise("7911123456", rules) == "447911123456"
    assert normalise("0033123456789", rules) == "33123456789"
    assert normalise("+33123456789", rules) == "33123456789"


def test_strip_and_add_come_after_the_tech_prefix_and_before_the_international_one() -> None:
    assert normalise("9*5544791112345", NumberRules(tech_prefix="9*", strip=2, add="+")) == "44791112345"
    assert normalise("0791112345", NumberRules(strip=1, add="0044")) == "44791112345"


def test_the_longest_international_prefix_is_taken_off() -> None:
    assert normalise("0011447911123456", NumberRules(international=("00", "0011"))) == "447911123456"


def test_an_outgoing_trunk_gets_its_tech_prefix_in_front() -> None:
    assert dial("447911123456", NumberRules(tech_prefix="1234#")) == "1234#447911123456"


@settings(deadline=None)
@given(
    st.text(),
    st.builds(
        NumberRules,
        tech_prefix=st.text(max_size=3),
        country=st.sampled_from(["", "44"]),
        national_prefix=st.sampled_from(["", "0"]),
        strip=st.integers(0, 3),
        add=st.text("0+4x", max_size=2),
    ),
)
def test_any_text_is_refused_or_becomes_a_valid_number(raw: str, rules: NumberRules) -> None:
    number = normalise(raw, rules)
    assert number is None or (valid(number) and 5 <= len(number) <= 15)


@settings(deadline=None)
@given(st.text("0123456789", min_size=5, max_size=15), st.sampled_from(["", "99", "7#"]))
def test_what_we_dial_comes_back_as_the_same_number(number: str, prefix: str) -> None:
    rules = NumberRules(tech_prefix=prefix, international=())
    assert normalise(dial(number, rules), rules) == number


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("12025550100", Dialled("12025550100")),
        ("12025550100;npdi;rn=+12025550000", Dialled("12025550100", "+12025550000", dipped=True)),
        ("tel:+1-202-555-0100;rn=+1-202-555-0000", Dialled("+1-202-555-0100", "+12025550000")),
        ("sip:777%2312025550100;npdi@h;user=phone", Dialled("777#12025550100", dipped=True)),
        ("777%2312025550100", Dialled("777#12025550100")),
        ("777#12025550100", Dialled("777#12025550100")),
        ("12025550100;RN=2025550000;rn-context=+1", Dialled("12025550100", "+12025550000")),
        ("12025550100;rn=2025550000;rn-context=carrier.example", Dialled("12025550100")),
        ("12025550100;rn=+12025550000;rn=+12025550001", Dialled("12025550100")),
        ("12025550100;cic=+16789", Dialled("12025550100", carrier="+16789")),
        ("12025550100;cic=6789;cic-context=+1", Dialled("12025550100", carrier="+16789")),
        ("12025550100;tgrp=a;trunk-context=b", Dialled("12025550100")),
        ("12025550100;", Dialled("12025550100")),
        ("%", Dialled("%")),
        (";@:", Dialled("")),
    ],
)
def test_a_called_number_is_taken_apart_as_rfc_4694_writes_it(raw: str, expected: Dialled) -> None:
    assert dialled(raw) == expected


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        ("tel:7911123456;phone-context=+44", "447911123456"),
        ("sip:7911123456;npdi;phone-context=%2B44@x", "447911123456"),
        ("7911123456;phone-context=+44", "447911123456"),
        ("+447911123456;phone-context=+1", "447911123456"),
        ("7911123456;phone-context=pbx.example", "7911123456"),
    ],
)
def test_a_local_number_is_routed_within_its_context(raw: str, number: str) -> None:
    assert normalise(dialled(raw).number, PLAIN) == number


def test_a_routing_number_beside_the_called_one_counts_first() -> None:
    assert dialled("12025550100;rn=+12025550000", "12025550009").routing_number == "12025550009"
    assert dialled("12025550100", "12025550009").routing_number == "12025550009"


ROUTE = TrunkOptions(portability=Portability.ROUTE)


@pytest.mark.parametrize(
    ("rn", "rules", "expected"),
    [
        ("+12025550000", PLAIN, "12025550000"),
        ("+12025550000", NumberRules(tech_prefix="777#", strip=3, international=("00",)), "12025550000"),
        ("2025550000", NumberRules(country="1"), "12025550000"),
        ("12025550000", PLAIN, "12025550000"),
        ("+49D1234567", PLAIN, ""),
        ("1202", PLAIN, ""),
    ],
)
def test_a_believed_routing_number_is_normalised_without_what_is_about_the_called_one(
    rn: str, rules: NumberRules, expected: str
) -> None:
    said = believed(Dialled("1", rn), rules, ROUTE)
    assert (said.routing_number, said.dipped) == (expected, bool(expected))
    assert believed(Dialled("1", rn, dipped=True, carrier="+1"), rules, TrunkOptions()) == Dialled("1")


def test_what_is_handed_on_is_what_is_known() -> None:
    assert handed_on(Dialled("")) == ""
    assert handed_on(Dialled("", "12025550000", dipped=True)) == "npdi;rn=+12025550000"
    assert handed_on(Dialled("", dipped=True, carrier="+16789")) == "cic=+16789;npdi"
    assert believed(Dialled("1", carrier="x;y=z"), PLAIN, ROUTE).carrier == ""


@given(st.text(max_size=40), st.text(max_size=12))
def test_no_text_breaks_the_taking_apart(raw: str, rn: str) -> None:
    said = believed(dialled(raw, rn), PLAIN, ROUTE)
    assert not said.routing_number or valid(said.routing_number)
    assert "\n" not in handed_on(said) and ";;" not in handed_on(said)


@given(st.from_regex(r"\+?[0-9#*()A-Za-z. -]{0,24}", fullmatch=True))
def test_a_number_without_parameters_is_left_as_it_is(raw: str) -> None:
    assert dialled(raw) == Dialled(raw)
