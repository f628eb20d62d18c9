"""What one heading says."""

import pytest

from domain.sheets.heading_reading import Heading, read_heading
from domain.sheets.heading_words import ALIASES, name_of, words
from domain.sheets.headings import Meaning
from domain.sheets.template import Per


@pytest.mark.parametrize(
    ("heading", "meaning"),
    [
        ("Dial Code(s)", Meaning.CODE),
        ("E.164", Meaning.CODE),
        ("Préfixe", Meaning.CODE),
        ("Länderkennzahl", Meaning.COUNTRY_CODE),
        ("Zielgebiet", Meaning.DESTINATION),
        ("GÜLTIG AB", Meaning.EFFECTIVE),
        ("Effective Date (GMT+3)", Meaning.EFFECTIVE),
        ("New effective date", Meaning.EFFECTIVE),
        ("Previous effective date", Meaning.UNUSED),
        ("Fecha de vigencia", Meaning.EFFECTIVE),
        ("Data inizio", Meaning.EFFECTIVE),
        ("Действует с", Meaning.EFFECTIVE),
        ("Billing Increment (sec)", Meaning.INCREMENTS),
        ("IntervalN", Meaning.NEXT_S),
        ("intervaln", Meaning.NEXT_S),
        ("Min", Meaning.FIRST_S),
        ("Interval 1", Meaning.FIRST_S),
        ("Connection Cost (USD)", Meaning.CONNECT_FEE),
        ("Connect Fee EUR", Meaning.CONNECT_FEE),
        ("Minimum charge", Meaning.MINIMUM),
        ("Tarifzeit", Meaning.RATE_TYPE),
        ("Origin Dialcodes", Meaning.ORIGIN_CODE),
        ("Origin group", Meaning.ORIGIN),
        ("Rate change %", Meaning.UNUSED),
        ("VAT rate", Meaning.UNUSED),
        ("Exchange rate", Meaning.UNUSED),
        ("Max price", Meaning.UNUSED),
        ("Rates valid for calls to the destinations below only", None),
        ("Sheet of Acme", None),
    ],
)
def test_a_heading_has_its_meaning_in_the_usual_languages(heading: str, meaning: Meaning | None) -> None:
    assert read_heading(heading).meaning is meaning


@pytest.mark.parametrize(
    ("heading", "says"),
    [
        ("Rate", Heading(Meaning.PRICE)),
        ("Rate(s)", Heading(Meaning.PRICE)),
        ("Rate/Min", Heading(Meaning.PRICE, per=Per.MINUTE)),
        ("USD per minute", Heading(Meaning.PRICE, per=Per.MINUTE, currency="usd", sure=False)),
        ("USD min", Heading(Meaning.PRICE, per=Per.MINUTE, currency="usd", sure=False)),
        ("per MB", Heading(Meaning.PRICE, other_unit="megabyte", sure=False)),
        ("Per Message", Heading(Meaning.PRICE, other_unit="event", sure=False)),
        ("Prix (€/min)", Heading(Meaning.PRICE, per=Per.MINUTE, currency="eur")),
        ("Price per 60 seconds", Heading(Meaning.PRICE, per=Per.MINUTE)),
        ("Rate per sec", Heading(Meaning.PRICE, per=Per.SECOND)),
        ("Rate/pulse", Heading(Meaning.PRICE, per=Per.INCREMENT)),
        ("Price per 10 seconds", Heading(Meaning.PRICE, other_unit="10 seconds")),
        ("Price per MB", Heading(Meaning.PRICE, other_unit="megabyte")),
        ("Cents/min", Heading(Meaning.PRICE, per=Per.MINUTE, sure=False)),
        ("Rate per hour", Heading(Meaning.PRICE, per=Per.HOUR)),
        ("Price per 2 hours", Heading(Meaning.PRICE, other_unit="2 hours")),
        ("New Rate USD", Heading(Meaning.PRICE, age="new", currency="usd")),
        ("Alter Preis", Heading(Meaning.PRICE, age="old")),
        ("Off-peak first price", Heading(Meaning.FIRST_PRICE, rate_type="off-peak")),
        ("RateN", Heading(Meaning.NEXT_PRICE)),
        ("Weekend", Heading(Meaning.PRICE, rate_type="weekend", sure=False)),
        ("Preis Nacht", Heading(Meaning.PRICE, rate_type="nacht")),
        ("Rate - Non EEA", Heading(Meaning.PRICE, origin="non-eea")),
        ("RoW", Heading(Meaning.PRICE, origin="rest", sure=False)),
        ("Rate from origin Morocco", Heading(Meaning.PRICE, origin="morocco")),
        ("EU surcharge", Heading(Meaning.SURCHARGE, origin="eu")),
        ("Inter", Heading(Meaning.PRICE, jurisdiction="interstate", sure=False)),
        ("Rate > 100,000 min", Heading(Meaning.PRICE, tier="100 000 min")),
        ("0-100k", Heading(Meaning.PRICE, tier="0 100k", sure=False)),
        ("Gold rate", Heading(Meaning.PRICE, rest="gold")),
    ],
)
def test_a_price_says_of_what_for_whom_and_since_when(heading: str, says: Heading) -> None:
    assert read_heading(heading) == says


def test_a_rate_type_that_the_plan_has_is_called_as_the_plan_does() -> None:
    assert read_heading("Preis Nacht", frozenset({"night"})).rate_type == "night"
    assert read_heading("Rate Happy Hour", frozenset({"happy-hour"})).rate_type == "happy-hour"


def test_names_are_lower_case_with_dashes() -> None:
    assert (name_of("Off Peak"), words("Nr. DestinationName")) == ("off-peak", "nr destination name")


def test_no_alias_is_lost_to_another_meaning_by_an_accent() -> None:
    assert ALIASES["codigo de area"][0] is Meaning.CODE
    assert all(alias == words(alias) for alias in ALIASES)
