"""Files as partners and other programs really have them: each is read, asked about, or refused with the reason."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest

from actors import sheet_work
from actors.home import Home
from actors.sheet_work import Digest, DigestOrder
from cluster.tasks.sheets import digest
from domain.ids import PlanId
from domain.money import Currency
from domain.sheets.steps import SheetState
from store.catalog.codes import CodeSeed
from tests.cluster.tasks.places import BY, a_place, an_empty_catalog
from tests.domain.builders import ms, row, rules
from tests.shared_data import shared_file

PLAN = PlanId("buy")
ISSUED = ms(2026, 9, 16, 10)
READ = {
    "asterisell/international_call_rates_example.csv": (11_894, 0),
    "astpp/originationrates_sample.csv": (2, 0),
    "astpp/terminationrates_sample.csv": (2, 0),
    "gnugk/merged.csv": (74, 1),
    "tcxc/acme_rate_notice.csv": (8, 0),
}
"""Rows, and those that do not go in."""
ASKED = {
    "cdrtool/destinations.csv": "No column holds prices. Which one does?",
    "cdrtool/rates.csv": "No column holds prices. Which one does?",
    "gnugk/destinations.csv": "No column holds prices. Which one does?",
    "gnugk/voiptariff.asc": "No column holds codes",
    "rate-o-mat/etel-rates.csv": "More than one column could be the price",
}
_NO_PRICES, _NO_CODES = (
    "R04: No column holds prices.",
    "R04: No column holds codes, and no other tab says them by name.",
)
_NOTHING = "R04: No row names a code and a price column, and no columns look like them."
REFUSED = {
    "asterisell/world_prefix_table.csv": _NO_PRICES,
    "astpp/ratedeck_sample.csv": _NO_PRICES,
    "cdrtool/customers.csv": _NOTHING,
    "cdrtool/profiles.csv": _NOTHING,
    "cgrates/hundredrates/DestinationRates.csv": _NOTHING,
    "cgrates/hundredrates/Destinations.csv": _NO_PRICES,
    "cgrates/hundredrates/RateProfiles.csv": _NO_CODES,
    "cgrates/hundredrates/Rates.csv": _NO_CODES,
    "cgrates/hundredrates/RatingPlans.csv": _NOTHING,
    "cgrates/oldtutorial/DestinationRates.csv": _NOTHING,
    "cgrates/oldtutorial/Destinations.csv": _NOTHING,
    "cgrates/oldtutorial/Rates.csv": _NO_CODES,
    "cgrates/oldtutorial/RatingPlans.csv": _NOTHING,
    "cgrates/oldtutorial/RatingProfiles.csv": _NOTHING,
    "cgrates/oldtutorial/Routes.csv": _NOTHING,
    "cgrates/oldtutorial/Timings.csv": _NOTHING,
    "cgrates/tutorial2/DestinationRates.csv": _NOTHING,
    "cgrates/tutorial2/Destinations.csv": _NOTHING,
    "cgrates/tutorial2/Rates.csv": _NO_CODES,
    "cgrates/tutorial2/RatingPlans.csv": _NOTHING,
    "cgrates/tutorial2/RatingProfiles.csv": _NOTHING,
    "cgrates/tutorial2/Routes.csv": _NOTHING,
    "cgrates/tutorial2/Timings.csv": _NOTHING,
    "gnugk/pricing.csv": _NO_CODES,
    "gnugk/tariffs.sxc": "R01: tariffs.sxc: OpenOffice 1.x spreadsheets (.sxc) cannot be read. Save it as xlsx",
    "gnugk/voiptariffdst.asc": _NO_PRICES,
}
"""Other programs' own tables: rates are one of five files there, by ids of their own."""
NAMES = {
    "Germany Fixed": ("DE", "49"),
    "Germany Mobile Vodafone": ("DE", "49152 49162 49172 49173 49174"),
    "France Mobile Orange": ("FR", "33607 33608"),
    "Mexico Mobile": ("MX", "521"),
    "Nigeria Mobile MTN": ("NG", "234803 234806 234703"),
    "Nigeria Mobile Glo": ("NG", "234805"),
    "Jamaica Mobile Digicel": ("JM", "187638 187639"),
    "Nigeria": ("NG", "234"),
    "United Kingdom Mobile EE": ("GB", " ".join(f"44740{digit}" for digit in range(10))),
}
BEFORE = (
    ("49", "0.0078", "1/1"),
    ("49152 49162 49172 49173 49174", "0.0450", "60/1"),
    ("33607 33608", "0.0550", "1/1"),
    ("234803 234806 234703", "0.1123", "60/60"),
    ("234805", "0.1210", "60/60"),
    ("187638 187639", "0.0980", "60/60"),
    (NAMES["United Kingdom Mobile EE"][1], "0.0112", "1/1"),
)
"""What the plan knew when the notice came."""


@pytest.fixture(scope="module")
def home() -> Iterator[Home]:
    with TemporaryDirectory() as folder, a_place(Path(folder)) as place:
        catalog = an_empty_catalog(place.home.catalog_url())
        catalog.plans.add(rules(plan=PLAN, currency=Currency("USD")), "buy", **BY)
        known = [row(code, price, steps, valid_from_ms=ms(2026, 1, 1)) for codes, price, steps in BEFORE
                 for code in codes.split()]  # fmt: skip
        catalog.plans.add_rates(PLAN, known, **BY)
        seeds = [CodeSeed(code, name, country) for name, (country, codes) in NAMES.items() for code in codes.split()]
        catalog.codes.enter(seeds, "test", who="ada", at_ms=ms(2026, 1, 1))
        catalog.close()
        yield place.home


def sent(home: Home, name: str, answers: Mapping[str, str] | None = None) -> Digest:
    file = shared_file(f"rates/{name}")
    order = DigestOrder(1, PLAN, file.name, file.read_bytes(), ISSUED, ISSUED, effective_ms=ISSUED)
    *_, made = digest(home, replace(order, answers=answers or {}))
    assert isinstance(made, Digest)
    return made


@pytest.mark.parametrize("name", READ)
def test_what_names_codes_and_prices_is_read_without_a_question(home: Home, name: str) -> None:
    made = sent(home, name)
    assert made.state is SheetState.CHECKED
    assert (made.rows, made.rejects) == READ[name]


@pytest.mark.parametrize("name", ASKED)
def test_what_leaves_something_open_is_asked_about_in_words_with_choices(home: Home, name: str) -> None:
    made = sent(home, name)
    assert made.state is SheetState.ASKING
    assert ASKED[name] in made.questions[0].words and all(one.choices for one in made.questions)


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_rates_is_refused_with_what_is_lacking(home: Home, name: str) -> None:
    made = sent(home, name)
    assert made.state is SheetState.REFUSED
    assert made.words.startswith(REFUSED[name])


def test_no_file_of_this_machine_is_left_out(home: Home) -> None:
    folder = shared_file("rates")
    here = {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}
    assert here <= {*READ, *ASKED, *REFUSED}


def test_what_is_asked_about_is_read_when_it_is_answered(home: Home) -> None:
    name = "rate-o-mat/etel-rates.csv"
    choices = {one.key: one.choices[0] for one in sent(home, name).questions}
    made = sent(home, name, choices)
    assert (made.state, made.rows, made.rejects) == (SheetState.CHECKED, 654, 0)


def test_the_notice_fires_the_short_closing_and_the_line_of_the_past_alone(home: Home) -> None:
    made = sent(home, "tcxc/acme_rate_notice.csv")
    found = pl.read_parquet(io.BytesIO(made.parts[sheet_work.FINDINGS])).filter(pl.col("severity") != "I")
    assert sorted(found.select("check", "code", "row").rows()) == [("R30", "234805", 13), ("R34", "49", 9)]
