"""Alarms of allowed losses: at 80 % of a budget, and when it is used up."""

import pytest

from actors.desk.loss_rounds import told_of
from domain.ids import PartnerId
from domain.limits import Period
from domain.losses import AllowedLoss, LossId, LossUse
from domain.money import units_of
from tests.domain.builders import NOON

PROMO = AllowedLoss(LossId("promo"), PartnerId("acme"), units_of("10"), Period.DAY, until_ms=NOON + 1)


def boards(*uses: tuple[str, str]) -> dict[int, list[LossUse]]:
    """One book for each (lost, set aside)."""
    period_ms = PROMO.period_ms(NOON)
    return {
        book: [LossUse(PROMO.use_id, period_ms, units_of(lost), units_of(aside), 2)]
        for book, (lost, aside) in enumerate(uses)
    }


@pytest.mark.parametrize(
    ("uses", "near", "used_up"),
    [
        ([("7.99", "0")], False, False),
        ([("7", "1")], True, False),
        ([("4", "0"), ("3", "1")], True, False),
        ([("9.99", "0.01")], False, True),
        ([("11", "0")], False, True),
        ([], False, False),
    ],
)
def test_what_is_lost_and_set_aside_in_all_books_is_held_against_the_budget(
    uses: list[tuple[str, str]], near: bool, used_up: bool
) -> None:
    warned, ended = told_of([PROMO], boards(*uses), NOON, "USD")
    assert (bool(warned), bool(ended)) == (near, used_up)


def test_the_alarm_says_whose_how_much_and_what_is_open() -> None:
    warned, _ = told_of([PROMO], boards(("7", "1")), NOON, "USD")
    assert warned == (
        "allowed losses of which 80 % are used: "
        "promo of acme: 7.00 of 10.00 USD a day lost and 1.00 set aside for open calls"
    )


def test_one_whose_time_is_over_alarms_nobody_and_another_day_begins_anew() -> None:
    assert told_of([PROMO], boards(("11", "0")), NOON + 1, "USD") == ("", "")
    assert told_of([PROMO], boards(("11", "0")), NOON - 86_400_000, "USD") == ("", "")
