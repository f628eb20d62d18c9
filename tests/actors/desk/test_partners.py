"""A partner's fields are changed by name; its currency only while nothing was billed in the old one."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from actors.desk.core import Desk
from actors.desk.partners import PartnersService
from domain.booking import fingerprint
from domain.commands import RecordLeg
from domain.errors import ConflictError, InputError, NotFoundError
from domain.ids import PartnerId
from domain.notices.form import SheetForm
from protos import operators_pb2 as pb
from tests.cluster.tasks.places import NOW, a_place
from tests.domain.call_builders import a_leg

NOBODY: Any = None


@pytest.fixture
def partners(desk: Desk) -> PartnersService:
    return PartnersService(desk)


def changes(partner: str, **values: str) -> pb.FieldChanges:
    return pb.FieldChanges(id=partner, values=values)


async def test_fields_of_partner_contract_and_addresses_change_together(partners: PartnersService, desk: Desk) -> None:
    values = {"credit_limit": "12.50", "pay_days": "14", "emails": "pay@orbita.example", "outage": "trust"}
    said = (await partners.Set(changes("orbita", **values), NOBODY)).what
    assert "credit_limit 12.50 (was" in said and "pay_days 14 (was 30)" in said and "emails pay@" in said
    terms = desk.catalog.partners.terms(PartnerId("orbita"))
    assert (terms.partner.credit_limit, terms.contract.pay_days) == (1_250_000_000, 14)
    assert terms.emails == ("pay@orbita.example",)
    [entry] = desk.catalog.audit.list("partner", "orbita", limit=1)
    assert (entry.before["pay_days"], entry.after["pay_days"]) == (30, 14)
    assert (await partners.Set(changes("orbita", pay_days="14"), NOBODY)).what == "partner orbita is so already"


async def test_how_a_partner_is_told_rates_is_set_with_the_rest(partners: PartnersService, desk: Desk) -> None:
    added = pb.Partner(id="nova", name="Nova", currency="USD", rates_emails=["r@nova.example"])
    await partners.Add(added, NOBODY)
    shown = await partners.Show(pb.Named(name="nova"), NOBODY)
    assert list(shown.partner.rates_emails) == ["r@nova.example"] and shown.fields["rates_emails"] == "r@nova.example"
    with pytest.raises(NotFoundError, match="there is no form of sheets 'short'"):
        await partners.Set(changes("nova", rates_form="short"), NOBODY)
    desk.catalog.sheet_forms.set("short", SheetForm(), who="ada", at_ms=desk.now_ms())
    values = {"rates_form": "short", "rates_notices": "auto", "rates_emails": "a@nova.example,b@nova.example"}
    assert "rates_notices auto (was ask)" in (await partners.Set(changes("nova", **values), NOBODY)).what
    terms = desk.catalog.partners.terms(PartnerId("nova"))
    assert (terms.contract.rates_form, terms.rates_emails) == ("short", ("a@nova.example", "b@nova.example"))


async def test_nothing_changes_where_one_field_cannot_be(partners: PartnersService, desk: Desk) -> None:
    before = desk.catalog.partners.terms(PartnerId("orbita"))
    for values in ({"pay_days": "14", "zone": "Mars/Base"}, {"pay_days": "-1"}, {"emails": "nobody"}, {"cycle": "day"}):
        with pytest.raises(InputError):
            await partners.Set(changes("orbita", **values), NOBODY)
    assert desk.catalog.partners.terms(PartnerId("orbita")) == before


async def test_the_currency_changes_while_nothing_was_billed_in_it(
    partners: PartnersService, desk: Desk, tmp_path: Path
) -> None:
    assert "currency EUR (was USD)" in (await partners.Set(changes("naked", currency="eur"), NOBODY)).what
    with pytest.raises(InputError, match="is in USD, the contract in EUR"):
        await partners.Set(changes("orbita", currency="EUR"), NOBODY)  # its plan is in dollars
    with a_place(tmp_path) as place:
        leg = replace(a_leg("paid"), partner=PartnerId("naked"))
        place.shard.turn([RecordLeg(leg, fingerprint(leg), b"{}", NOW)])
    with pytest.raises(ConflictError, match=r"its currency cannot change: .*1 leg.* in EUR.*Add a second partner"):
        await partners.Set(changes("naked", currency="USD"), NOBODY)
