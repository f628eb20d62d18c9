"""The terms of a partner's contract that no call needs."""

from dataclasses import dataclass

from domain.notices.states import NoticesMode

CYCLES = ("week", "half-month", "month")


@dataclass(frozen=True, slots=True)
class Contract:
    """The terms that no call needs: who bills, how often, when to pay, and the notice (days) that sheets must keep.

    `rates_form`: of the sheets that the partner gets as a client, by name; "": the usual one. `rates_notices`: whether
    notices of its rates go out when approved, by themselves, or not at all.
    """

    legal_entity: str = "main"
    cycle: str = "month"
    pay_days: int = 30
    increase_notice_days: int = 7
    new_code_notice_days: int = 1
    decrease_notice_days: int = 0
    closing_notice_days: int = 7
    rates_form: str = ""
    rates_notices: NoticesMode = NoticesMode.ASK
