"""A wrong value in the console's line of fields is told in the words of the command, and nothing changes."""


import pytest

from domain.directory import Partner
from domain.errors import InputError
from domain.ids import PartnerId
from domain.money import Currency
from domain.partner_fields import Agreement, changed_partner, partner_texts
from protos import operators_pb2 as pb
from tests.tui.console import console, text, until, until_loaded
from tests.tui.desk import Desk
from tui.app import Console


class Terms:
    """The terms of a partner at the desk, changed as the desk changes them."""

    def __init__(self) -> None:
        self.now = Agreement(Partner(PartnerId("orbita"), "Orbita", Currency("USD"), credit_limit=50_000_000_000))

    def show(self, _: pb.Named) -> pb.PartnerBalance:
        return pb.PartnerBalance(fields=partner_texts(self.now))

    def set(self, request: pb.FieldChanges) -> pb.Changed:
        try:
            self.now = changed_partner(self.now, dict(request.values))
        except InputError as error:
            raise LookupError(str(error)) from None  # so the desk of the tests refuses
        return pb.Changed(what=f"partner {request.id}: changed")


@pytest.fixture
def terms(desk: Desk) -> Terms:
    its = Terms()
    desk.answers = desk.answers | {"PartnersService/Show": its.show, "PartnersService/Set": its.set}
    return its


def told(app: Console) -> str:
    """Return what was told in passing."""
    return " ".join(str(one.message) for one in app._notifications)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("credit_limit", "much"),
        ("max_calls", "many"),
        ("warn_percent", "0,50"),
        ("outage", "hope"),
        ("short_sell.fee", "-1"),
        ("low_balance", "5"),
    ],
)
async def test_a_wrong_value_is_told_as_the_command_tells_it_and_changes_nothing(
    desk: Desk, terms: Terms, field: str, value: str
) -> None:
    before = terms.now
    with pytest.raises(InputError) as refused:
        changed_partner(before, {field: value})
    app = console(desk)
    async with app.run_test(size=(140, 60)) as pilot:
        await until_loaded(pilot)
        await pilot.press("m", "equals_sign")
        await until(pilot, lambda: "credit_limit" in text(app))
        await pilot.press(*f"name=Other {field}={value}", "enter")
        await until(pilot, lambda: str(refused.value) in told(app))
        assert [one.severity for one in app._notifications] == ["error"]
        assert terms.now == before, "not even the field that was right"


async def test_what_is_no_assignment_is_told_below_the_line_and_never_sent(desk: Desk, terms: Terms) -> None:
    app = console(desk)
    async with app.run_test(size=(140, 60)) as pilot:
        await until_loaded(pilot)
        await pilot.press("m", "equals_sign")
        await until(pilot, lambda: "credit_limit" in text(app))
        for typed, said in (("name", "'name' is not FIELD=VALUE"), ('="', "No closing quotation")):
            await pilot.press(*typed, "enter")
            await until(pilot, lambda said=said: said in text(app))  # type: ignore[misc]
        assert not any(method == "PartnersService/Set" for method, _ in desk.asked)
