"""Forms of the sheets that we send."""

from dataclasses import replace

import pytest

from domain.contract import Contract
from domain.errors import ConflictError, InputError, NotFoundError
from domain.notices.form import DatesAs, FileKind, SheetForm
from domain.notices.states import NoticesMode
from store.catalog import Catalog
from tests.store.catalog.builders import BY, partner

SHORT = SheetForm(file=FileKind.CSV, columns=("code", "price=USD/min"), dates=DatesAs.DOTS, zone="Europe/Berlin")


def test_a_form_is_set_changed_and_removed_and_the_usual_one_is_always_there(catalog: Catalog) -> None:
    assert catalog.sheet_forms.get("") == SheetForm() and catalog.sheet_forms.list() == {}
    catalog.sheet_forms.set("short", SHORT, **BY)
    assert catalog.sheet_forms.get("short") == SHORT and catalog.sheet_forms.list() == {"short": SHORT}
    catalog.sheet_forms.set("short", SHORT, **BY)
    catalog.sheet_forms.set("short", replace(SHORT, decimals=6), **BY)
    assert catalog.sheet_forms.get("short").decimals == 6
    catalog.sheet_forms.remove("short", **BY)
    assert [one.action for one in catalog.audit.list("sheet-form")] == ["remove", "set", "set"]
    with pytest.raises(NotFoundError, match="there is no form of sheets 'short'"):
        catalog.sheet_forms.get("short")


@pytest.mark.parametrize(
    ("name", "form", "why"),
    [("", SHORT, "usual form"), ("A b", SHORT, "short name"), ("x", replace(SHORT, zone="Mars/Base"), "time zone")],
)
def test_what_cannot_be_a_form_is_refused(catalog: Catalog, name: str, form: SheetForm, why: str) -> None:
    with pytest.raises(InputError, match=why):
        catalog.sheet_forms.set(name, form, **BY)


def test_a_contract_names_a_form_that_is_there_and_keeps_it(catalog: Catalog) -> None:
    catalog.partners.add(partner(), **BY)
    with pytest.raises(NotFoundError, match="there is no form of sheets 'short'"):
        catalog.partners.change(partner(), Contract(rates_form="short"), **BY)
    catalog.sheet_forms.set("short", SHORT, **BY)
    contract = Contract(rates_form="short", rates_notices=NoticesMode.AUTO)
    catalog.partners.change(partner(), contract, **BY)
    assert catalog.partners.contract(partner().id) == contract
    assert catalog.sheet_forms.used_by() == {"short": ["orbita"]}
    with pytest.raises(ConflictError, match="it is the form of orbita"):
        catalog.sheet_forms.remove("short", **BY)


def test_contacts_for_rates_are_kept_beside_those_of_billing_and_noc(catalog: Catalog) -> None:
    catalog.partners.add(partner(), **BY)
    catalog.partners.change(partner(), emails=["pay@a.example"], rates_emails=["r@a.example", "s@a.example"], **BY)
    terms = catalog.partners.terms(partner().id)
    assert (terms.emails, terms.rates_emails) == (("pay@a.example",), ("r@a.example", "s@a.example"))
    with pytest.raises(InputError, match="no mail address"):
        catalog.partners.change(partner(), rates_emails=["nobody"], **BY)
    catalog.partners.change(partner(), rates_emails=[], **BY)
    assert catalog.partners.terms(partner().id).rates_emails == ()
