"""Forms of sheets by the names of their fields."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InputError
from domain.notices.form import CodesAs, Field, FileKind, SheetForm
from domain.notices.form_fields import FORM_FIELDS, changed_form, column_of, differing, file_name, form_texts
from domain.notices.words import LANGUAGES, month_word, status_word
from domain.sheets.day_words import MONTHS, folded
from domain.sheets.statuses import status_of
from tests.store.notices.reading_back import forms


@given(forms())
def test_a_form_is_what_its_texts_say(form: SheetForm) -> None:
    assert changed_form(SheetForm(), form_texts(form), "form f") == form
    assert tuple(form_texts(form)) == FORM_FIELDS


def test_only_what_differs_from_the_usual_is_told() -> None:
    form = changed_form(SheetForm(), {"codes": "ranged", "file": "csv", "separator": "tab", "lead": "+"}, "form f")
    assert (form.codes, form.file, form.separator) == (CodesAs.RANGED, FileKind.CSV, "\t")
    assert differing(form) == ["file", "codes", "lead", "separator"]
    assert differing(SheetForm()) == []


def test_columns_may_have_headings_of_their_own() -> None:
    form = changed_form(SheetForm(), {"columns": r"code=Prefix, price=USD\, a minute, from"}, "form f")
    assert [column_of(one) for one in form.columns] == [
        (Field.CODE, "Prefix"),
        (Field.PRICE, "USD, a minute"),
        (Field.FROM, ""),
    ]
    assert changed_form(form, {"columns": ""}, "form f").columns == ()


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ({"columns": "code,prise"}, "there is no field 'prise'.*Did you mean price"),
        ({"columns": "code,price,code=Prefix"}, "code stands there twice"),
        ({"columns": "price,from"}, "without codes or prices"),
        ({"columns": "code,destination"}, "without codes or prices"),
        ({"columns": "code,price,next-price"}, "price and next-price are the same"),
        ({"columns": "code=A,price=a"}, "heading 'a' stands there twice"),
        ({"columns": "code,price=" + "x" * 61}, "heading of price is not one"),
        ({"columns": "code,price=x\ny"}, "control characters"),
        ({"lead": "011"}, "'011' is no lead"),
        ({"separator": "x"}, "'x' is no separator"),
        ({"decimal": ";"}, "';' is no decimal"),
        ({"file": "csv", "decimal": ",", "separator": ","}, "separator and decimal are the same"),
        ({"decimals": "9"}, "Give 0 to 8"),
        ({"language": "tlh"}, "'tlh' is no language"),
        ({"zone": "Mars/Olympus"}, "no time zone"),
        ({"file_name": "../{plan}"}, "no name of a file"),
        ({"file_name": "{plan}-{secret}"}, "no name of a file"),
        ({"file_name": "{plan"}, "brace"),
        ({"file_name": "{plan.__class__}"}, "no name of a file"),
        ({"file_name": ""}, "no name of a file"),
        ({"colums": "code"}, "there is no field 'colums'"),
    ],
)
def test_what_no_form_can_be_is_refused(texts: dict[str, str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        changed_form(SheetForm(), texts, "form f")


def test_a_file_is_called_by_its_plan_partner_and_day() -> None:
    form = changed_form(SheetForm(), {"file_name": "{partner} {plan} {scope} {date}"}, "form f")
    assert file_name(form, plan="gold/a", partner="acme", date="2026-11-02") == "acme gold-a full 2026-11-02.xlsx"
    assert file_name(SheetForm(), plan="gold", partner="", date="2026-11-02") == "gold-2026-11-02.xlsx"


@given(st.sampled_from(LANGUAGES))
def test_marks_and_months_are_words_that_our_own_reader_knows(language: str) -> None:
    for status in ("new", "increase", "decrease", "unchanged", "closed", "blocked"):
        assert status_of(status_word(status, language)) == status
    assert [MONTHS[folded(month_word(month, language))] for month in range(1, 13)] == list(range(1, 13))


def test_cells_are_separated_by_semicolons_where_decimals_follow_a_comma() -> None:
    for kind in ("csv", "xlsx", "pdf"):
        form = changed_form(SheetForm(), {"file": kind, "decimal": ","}, "form f")
        assert (form.decimal, form.separator) == (",", ";")
    tabbed = changed_form(SheetForm(), {"file": "csv", "decimal": ",", "separator": "tab"}, "form f")
    assert tabbed.separator == "\t"
    with pytest.raises(InputError, match="separator and decimal are the same"):
        changed_form(tabbed, {"separator": ","}, "form f")
    assert changed_form(tabbed, {"file": "pdf", "separator": ","}, "form f").separator == ",", "a PDF has none"
