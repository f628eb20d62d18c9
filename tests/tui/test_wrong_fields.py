"""A wrong value in the console's line of fields is told in the words of the command, and nothing changes."""

from collections.abc import Mapping

import pytest
from textual.widgets import Input, Static

from domain.directory import Partner
from domain.errors import InputError
from domain.ids import PartnerId
from domain.money import Currency
from domain.partner_fields import Agreement, changed_partner, partner_texts
from protos import operators_pb2 as pb
from tests.tui.console import console, text, until, until_loaded
from tests.tui.desk import Desk
from tui.app import Console
from tui.screens.fields import FieldsScreen


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


SMALL = (80, 24)


def in_card(app: Console) -> str:
    """Return what is told below the line, whatever lines it is broken into."""
    return " ".join(str(app.screen.query_one("#wrong", Static).render()).split())


def shown(app: Console) -> Mapping[str, str]:
    """Return the fields of the card."""
    assert isinstance(app.screen, FieldsScreen)
    return app.screen._fields


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
        await until(pilot, lambda: " ".join(str(refused.value).split()) in in_card(app))
        assert app.screen.query_one("#assignments", Input).value == f"name=Other {field}={value}", "to be put right"
        assert terms.now == before, "not even the field that was right"


async def test_what_is_put_right_after_a_refusal_is_taken_and_closes_the_card(desk: Desk, terms: Terms) -> None:
    app = console(desk)
    async with app.run_test(size=SMALL) as pilot:
        await until_loaded(pilot)
        await pilot.press("m", "equals_sign")
        await until(pilot, lambda: "credit_limit" in text(app))
        await pilot.press(*"credit_limit=much", "enter")
        await until(pilot, lambda: "much" in str(app.screen.query_one("#wrong", Static).render()))
        await pilot.press(*["backspace"] * 4, *"700", "enter")
        await until(pilot, lambda: "changed" in told(app))
        assert terms.now.partner.credit_limit == 70_000_000_000
        assert not app.screen.query("#assignments")


@pytest.mark.parametrize("keys", [("m",), ("2", "right")])
async def test_on_a_small_screen_the_line_is_seen_below_fields_that_scroll(
    desk: Desk, terms: Terms, keys: tuple[str, ...]
) -> None:
    app = console(desk)
    async with app.run_test(size=SMALL) as pilot:
        await until_loaded(pilot)
        await pilot.press(*keys)
        await until_loaded(pilot)
        await pilot.press("equals_sign")
        await until(pilot, lambda: app.screen.query("#assignments"))
        last = list(shown(app))[-1]
        assert "FIELD=VALUE" in text(app)
        await pilot.press(*["pagedown"] * 4)
        await until(pilot, lambda: last in text(app))
        await pilot.press("x", "enter")
        await until(pilot, lambda: "'x' is not FIELD=VALUE" in text(app))
        await pilot.press(*["pageup"] * 9)
        await until(pilot, lambda: next(iter(shown(app))) in text(app))


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
